#include "fathom/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "fathom/base/decompress.h"
#include "fathom/base/error.h"

namespace fathom {
namespace {

// The bytes of a file as they lie on disk. Whatever was looked at by peek() is read again by read().
class RawReader : public ByteReader {
 public:
  explicit RawReader(const std::filesystem::path& path) : path_(path.string()) {
    descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor_ < 0) fail("cannot open {}: {}", path_, std::strerror(errno));
    struct stat status{};
    if (::fstat(descriptor_, &status) != 0 || S_ISDIR(status.st_mode)) {
      const bool directory = S_ISDIR(status.st_mode);
      const int error = errno;
      ::close(descriptor_);
      if (directory) fail("cannot read {}: it is a directory, a file is needed", path_);
      fail("cannot read {}: {}", path_, std::strerror(error));
    }
    size_ = S_ISREG(status.st_mode) ? static_cast<std::size_t>(status.st_size) : 0;
  }
  ~RawReader() override { ::close(descriptor_); }
  RawReader(const RawReader&) = delete;
  RawReader& operator=(const RawReader&) = delete;

  std::string_view peek(std::size_t count) {
    while (peeked_.size() < count) {
      char buffer[16];
      const std::size_t got = read_descriptor(buffer, std::min(sizeof buffer, count - peeked_.size()));
      if (got == 0) break;
      peeked_.append(buffer, got);
    }
    return peeked_;
  }

  std::size_t read(char* buffer, std::size_t capacity) override {
    if (!peeked_.empty()) {
      const std::size_t count = std::min(capacity, peeked_.size());
      std::copy_n(peeked_.data(), count, buffer);
      peeked_.erase(0, count);
      return count;
    }
    return read_descriptor(buffer, capacity);
  }

  // Size on disk; 0 for what has none (pipes, devices).
  std::size_t size() const { return size_; }

 private:
  std::size_t read_descriptor(char* buffer, std::size_t capacity) {
    for (;;) {
      const ssize_t got = ::read(descriptor_, buffer, capacity);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR) fail("cannot read {}: {}", path_, std::strerror(errno));
    }
  }

  std::string path_;
  std::string peeked_;
  int descriptor_ = -1;
  std::size_t size_ = 0;
};

constexpr std::size_t kMagicBytes = 6;
constexpr std::size_t kChunkBytes = 1 << 18;

}  // namespace

std::unique_ptr<ByteReader> open_reader(const std::filesystem::path& path) {
  auto raw = std::make_unique<RawReader>(path);
  const Compression compression = detect_compression(raw->peek(kMagicBytes));
  return make_decoder(compression, std::move(raw), path.string());
}

std::string read_file(const std::filesystem::path& path) {
  auto raw = std::make_unique<RawReader>(path);
  const Compression compression = detect_compression(raw->peek(kMagicBytes));
  const std::size_t expected = compression == Compression::none ? raw->size() : 0;
  const auto reader = make_decoder(compression, std::move(raw), path.string());
  std::string bytes;
  std::size_t filled = 0;
  for (;;) {
    // One byte of room beyond the expected size lets the last read find the end without growing the buffer.
    if (filled == bytes.size()) bytes.resize(std::max({expected + 1, filled + kChunkBytes, filled + filled / 2}));
    const std::size_t got = reader->read(bytes.data() + filled, bytes.size() - filled);
    if (got == 0) break;
    filled += got;
  }
  bytes.resize(filled);
  return bytes;
}

struct LineReader::State {
  explicit State(const std::filesystem::path& file) : path(file.string()), reader(open_reader(file)), buffer(kChunkBytes) {}

  std::string path;
  std::unique_ptr<ByteReader> reader;
  std::vector<char> buffer;  // bytes [begin, end) are read and not yet returned
  std::size_t begin = 0, end = 0;
  bool at_end = false;
  std::int64_t line = 0;
};

LineReader::LineReader(const std::filesystem::path& path) : state_(std::make_unique<State>(path)) {}
LineReader::~LineReader() = default;

std::optional<std::string_view> LineReader::next() {
  State& state = *state_;
  std::size_t searched = state.begin;
  for (;;) {
    const char* start = state.buffer.data() + state.begin;
    const auto* newline = static_cast<const char*>(std::memchr(state.buffer.data() + searched, '\n', state.end - searched));
    if (newline != nullptr || (state.at_end && state.begin < state.end)) {
      const char* stop = newline != nullptr ? newline : state.buffer.data() + state.end;
      state.begin = static_cast<std::size_t>(stop - state.buffer.data()) + (newline != nullptr ? 1 : 0);
      ++state.line;
      if (stop > start && stop[-1] == '\r') --stop;
      return std::string_view(start, static_cast<std::size_t>(stop - start));
    }
    if (state.at_end) return std::nullopt;
    // The unfinished line moves to the front; a line that fills the whole buffer makes it grow.
    std::memmove(state.buffer.data(), start, state.end - state.begin);
    state.end -= state.begin;
    state.begin = 0;
    searched = state.end;
    if (state.end == state.buffer.size()) state.buffer.resize(state.buffer.size() * 2);
    const std::size_t got = state.reader->read(state.buffer.data() + state.end, state.buffer.size() - state.end);
    state.end += got;
    state.at_end = got == 0;
  }
}

std::int64_t LineReader::line_number() const { return state_->line; }

std::string LineReader::position() const { return fmt::format("{}:{}", state_->path, state_->line); }

}  // namespace fathom

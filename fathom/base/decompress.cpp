#include "fathom/base/decompress.h"

#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "fathom/base/error.h"

namespace fathom {
namespace {

constexpr std::size_t kInputBytes = 1 << 18;

// The compressed side of a decoder: a buffer that is refilled when its bytes are used up.
class Input {
 public:
  Input(std::unique_ptr<ByteReader> source, std::string origin)
      : source_(std::move(source)), origin_(std::move(origin)), buffer_(kInputBytes) {}

  // True when there are bytes; false at the end of the file.
  bool fill() {
    if (begin_ < end_) return true;
    begin_ = 0;
    end_ = source_->read(buffer_.data(), buffer_.size());
    return end_ > 0;
  }
  const char* data() const { return buffer_.data() + begin_; }
  std::size_t size() const { return end_ - begin_; }
  void consume(std::size_t count) { begin_ += count; }
  const std::string& origin() const { return origin_; }

  [[noreturn]] void fail_truncated(const char* format) const {
    fail("{}: the {} data ends early (a partial download or copy?); get the file again", origin_, format);
  }
  [[noreturn]] void fail_damaged(const char* format, std::string_view reason) const {
    fail("{}: damaged {} data ({}); get the file again", origin_, format, reason);
  }

 private:
  std::unique_ptr<ByteReader> source_;
  std::string origin_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;
};

class GzipReader : public ByteReader {
 public:
  explicit GzipReader(Input input) : input_(std::move(input)) {
    constexpr int kGzipWindow = 16 + MAX_WBITS;  // 16: the gzip wrapper with its checksum
    require(inflateInit2(&stream_, kGzipWindow) == Z_OK, "{}: cannot start the gzip decoder (out of memory?)", input_.origin());
  }
  ~GzipReader() override { inflateEnd(&stream_); }

  std::size_t read(char* buffer, std::size_t capacity) override {
    std::size_t produced = 0;
    while (produced < capacity) {
      if (!inside_member_ && !start_member()) break;
      if (!input_.fill()) input_.fail_truncated("gzip");
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input_.data()));
      stream_.avail_in = static_cast<uInt>(input_.size());
      stream_.next_out = reinterpret_cast<Bytef*>(buffer + produced);
      const auto room = static_cast<uInt>(std::min<std::size_t>(capacity - produced, 1u << 30));
      stream_.avail_out = room;
      const int status = inflate(&stream_, Z_NO_FLUSH);
      input_.consume(input_.size() - stream_.avail_in);
      produced += room - stream_.avail_out;
      if (status == Z_STREAM_END) {
        inside_member_ = false;
      } else if (status != Z_OK && status != Z_BUF_ERROR) {
        input_.fail_damaged("gzip", stream_.msg ? stream_.msg : "checksum or structure");
      }
    }
    return produced;
  }

 private:
  // Moves to the next member of the file; false at the end. Zero bytes after a member are padding (tapes, blocks).
  bool start_member() {
    while (members_ > 0 && input_.fill() && input_.data()[0] == 0) input_.consume(1);
    if (!input_.fill()) return false;
    if (members_ > 0) {
      if (static_cast<unsigned char>(input_.data()[0]) != 0x1f) input_.fail_damaged("gzip", "other data follows the compressed stream");
      inflateReset(&stream_);
    }
    ++members_;
    return inside_member_ = true;
  }

  Input input_;
  z_stream stream_{};
  bool inside_member_ = false;
  std::size_t members_ = 0;
};

class XzReader : public ByteReader {
 public:
  explicit XzReader(Input input) : input_(std::move(input)) {
    // The strongest preset (xz -9) needs 65 MiB; a header that asks for far more is an attack or damage.
    constexpr std::uint64_t kMemoryLimit = std::uint64_t{512} << 20;
    require(lzma_stream_decoder(&stream_, kMemoryLimit, LZMA_CONCATENATED) == LZMA_OK, "{}: cannot start the xz decoder (out of memory?)",
            input_.origin());
  }
  ~XzReader() override { lzma_end(&stream_); }

  std::size_t read(char* buffer, std::size_t capacity) override {
    stream_.next_out = reinterpret_cast<std::uint8_t*>(buffer);
    stream_.avail_out = capacity;
    while (stream_.avail_out > 0 && !finished_) {
      const bool more = input_.fill();
      stream_.next_in = reinterpret_cast<const std::uint8_t*>(input_.data());
      stream_.avail_in = more ? input_.size() : 0;
      const lzma_ret status = lzma_code(&stream_, more ? LZMA_RUN : LZMA_FINISH);
      if (more) input_.consume(input_.size() - stream_.avail_in);
      switch (status) {
        case LZMA_OK: break;
        case LZMA_STREAM_END: finished_ = true; break;
        case LZMA_BUF_ERROR: input_.fail_truncated("xz");
        case LZMA_MEM_ERROR: fail("{}: not enough memory to decompress", input_.origin());
        case LZMA_MEMLIMIT_ERROR: input_.fail_damaged("xz", "it asks for more than 512 MiB of memory");
        case LZMA_OPTIONS_ERROR: input_.fail_damaged("xz", "unknown compression options");
        default: input_.fail_damaged("xz", "checksum or structure");
      }
    }
    return capacity - stream_.avail_out;
  }

 private:
  Input input_;
  lzma_stream stream_ = LZMA_STREAM_INIT;
  bool finished_ = false;
};

class ZstdReader : public ByteReader {
 public:
  explicit ZstdReader(Input input) : input_(std::move(input)), stream_(ZSTD_createDStream()) {
    require(stream_ != nullptr, "{}: cannot start the zstd decoder (out of memory?)", input_.origin());
  }
  ~ZstdReader() override { ZSTD_freeDStream(stream_); }

  std::size_t read(char* buffer, std::size_t capacity) override {
    ZSTD_outBuffer output{buffer, capacity, 0};
    while (output.pos < output.size) {
      const bool more = input_.fill();
      if (!more && !inside_frame_) break;
      ZSTD_inBuffer compressed{more ? input_.data() : nullptr, more ? input_.size() : 0, 0};
      const std::size_t before = output.pos;
      const std::size_t status = ZSTD_decompressStream(stream_, &output, &compressed);
      if (ZSTD_isError(status)) input_.fail_damaged("zstd", ZSTD_getErrorName(status));
      input_.consume(compressed.pos);
      inside_frame_ = status != 0;
      // Without input the decoder may still hand out what it holds; nothing more of either means the frame was cut off.
      if (!more && inside_frame_ && output.pos == before) input_.fail_truncated("zstd");
    }
    return output.pos;
  }

 private:
  Input input_;
  ZSTD_DStream* stream_;
  bool inside_frame_ = false;
};

bool starts_with(std::string_view bytes, std::initializer_list<unsigned char> magic) {
  return bytes.size() >= magic.size() && std::equal(magic.begin(), magic.end(), bytes.begin(), [](unsigned char expected, char byte) {
           return expected == static_cast<unsigned char>(byte);
         });
}

}  // namespace

Compression detect_compression(std::string_view first_bytes) {
  if (starts_with(first_bytes, {0x1f, 0x8b})) return Compression::gzip;
  if (starts_with(first_bytes, {0xfd, '7', 'z', 'X', 'Z', 0x00})) return Compression::xz;
  if (starts_with(first_bytes, {0x28, 0xb5, 0x2f, 0xfd})) return Compression::zstd;
  return Compression::none;
}

std::unique_ptr<ByteReader> make_decoder(Compression compression, std::unique_ptr<ByteReader> source, std::string origin) {
  switch (compression) {
    case Compression::none: return source;
    case Compression::gzip: return std::make_unique<GzipReader>(Input(std::move(source), std::move(origin)));
    case Compression::xz: return std::make_unique<XzReader>(Input(std::move(source), std::move(origin)));
    case Compression::zstd: return std::make_unique<ZstdReader>(Input(std::move(source), std::move(origin)));
  }
  fail("{}: unknown compression", origin);
}

}  // namespace fathom

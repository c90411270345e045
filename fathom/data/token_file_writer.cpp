#include "fathom/data/token_file_writer.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/base/sha256.h"
#include "fathom/data/token_file_format.h"

namespace fathom::data {
namespace {

// An open file without a name in the directory of `path`: it is gone when it is closed, however the program ends.
int nameless_file_beside(const std::filesystem::path& path) {
  std::string name = (path.parent_path() / ".tokens-XXXXXX").string();
  const int descriptor = mkostemp(name.data(), O_CLOEXEC);
  if (descriptor < 0) fail("cannot write beside {}: {}", path.string(), std::strerror(errno));
  ::unlink(name.c_str());
  return descriptor;
}

template <typename T>
std::string_view bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

// An atomic file that knows the digest of what went into it.
class HashedFile {
 public:
  explicit HashedFile(const std::filesystem::path& path) : file_(path) {}
  void write(std::string_view bytes) {
    file_.write(bytes);
    hash_.update(bytes);
    bytes_ += static_cast<std::int64_t>(bytes.size());
  }
  WrittenFile commit() {
    file_.commit();
    return {bytes_, hash_.finish()};
  }

 private:
  AtomicFile file_;
  Sha256 hash_;
  std::int64_t bytes_ = 0;
};

}  // namespace

TokenFileWriter::TokenFileWriter(std::filesystem::path path, TokenFileInfo info, std::int64_t memory_bytes)
    : path_(std::move(path)),
      info_(std::move(info)),
      memory_bytes_(static_cast<std::size_t>(memory_bytes)),
      narrow_(info_.vocab_size <= std::numeric_limits<std::uint16_t>::max() + std::int64_t{1}) {}

TokenFileWriter::~TokenFileWriter() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void TokenFileWriter::append(const TokenFileDocument& document, std::span<const text::TokenId> ids) {
  starts_.push_back(tokens_);
  documents_.push_back(document);
  tokens_ += static_cast<std::int64_t>(ids.size());
  text_bytes_ += document.text_bytes;
  if (narrow_) {
    std::vector<std::uint16_t> narrow(ids.begin(), ids.end());
    held_.append(bytes_of(narrow));
  } else {
    held_.append(reinterpret_cast<const char*>(ids.data()), ids.size_bytes());
  }
  if (held_.size() > memory_bytes_) spill();
}

void TokenFileWriter::spill() {
  if (descriptor_ < 0) descriptor_ = nameless_file_beside(path_);
  for (std::size_t done = 0; done < held_.size();) {
    const ssize_t written = ::write(descriptor_, held_.data() + done, held_.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("cannot write beside {}: {}", path_.string(), std::strerror(errno));
    done += static_cast<std::size_t>(written);
  }
  held_.clear();
}

WrittenFile TokenFileWriter::commit() {
  starts_.push_back(tokens_);
  std::vector<std::int64_t> hashes, text_bytes;
  std::vector<std::int32_t> sources;
  for (const TokenFileDocument& document : documents_) {
    hashes.push_back(static_cast<std::int64_t>(document.hash));
    text_bytes.push_back(document.text_bytes);
    sources.push_back(document.source);
  }
  OrderedJson header;
  header["__metadata__"] = {{"format", token_file_format},
                            {"tokenizer_fingerprint", std::to_string(info_.fingerprint)},
                            {"vocab_size", std::to_string(info_.vocab_size)},
                            {"text_bytes", std::to_string(text_bytes_)},
                            {"sources", OrderedJson(info_.sources).dump()}};
  std::uint64_t end = 0;
  // The wider types first, so that all of them are aligned.
  const auto add = [&](const char* name, const char* dtype, std::int64_t count, std::int64_t width) {
    const std::uint64_t begin = end;
    end += static_cast<std::uint64_t>(count * width);
    header[name] = {{"dtype", dtype}, {"shape", {count}}, {"data_offsets", {begin, end}}};
  };
  add("document_starts", "I64", documents() + 1, 8);
  add("document_hashes", "I64", documents(), 8);
  add("document_bytes", "I64", documents(), 8);
  add("document_sources", "I32", documents(), 4);
  add("tokens", narrow_ ? "U16" : "I32", tokens_, narrow_ ? 2 : 4);
  std::string text = header.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
  text.append((8 - text.size() % 8) % 8, ' ');
  const std::uint64_t length = text.size();

  HashedFile file(path_);
  file.write({reinterpret_cast<const char*>(&length), sizeof length});
  file.write(text);
  file.write(bytes_of(starts_));
  file.write(bytes_of(hashes));
  file.write(bytes_of(text_bytes));
  file.write(bytes_of(sources));
  if (descriptor_ >= 0) {
    spill();
    if (::lseek(descriptor_, 0, SEEK_SET) != 0) fail("cannot read back the tokens of {}: {}", path_.string(), std::strerror(errno));
    std::vector<char> buffer(1 << 20);
    while (true) {
      const ssize_t count = ::read(descriptor_, buffer.data(), buffer.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) fail("cannot read back the tokens of {}: {}", path_.string(), std::strerror(errno));
      if (count == 0) break;
      file.write({buffer.data(), static_cast<std::size_t>(count)});
    }
  } else {
    file.write(held_);
  }
  return file.commit();
}

text::TokenId separator_of(const text::Tokenizer& tokenizer) {
  const std::optional<text::TokenId> eos = tokenizer.eos_id();
  require(eos.has_value(),
          "the tokenizer names no end-of-sequence token, which separates documents; set eos_token in tokenizer_config.json");
  return *eos;
}

}  // namespace fathom::data

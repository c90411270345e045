#include "fathom/data/token_file.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/base/progress.h"
#include "fathom/data/documents.h"
#include "fathom/data/mapped_file.h"

namespace fathom::data {
namespace {

constexpr const char* format_name = "fathom-tokens";

struct Array {
  std::string dtype;
  std::int64_t count = 0;
  const char* data = nullptr;
};

std::int64_t width_of(const std::string& dtype) { return dtype == "U16" ? 2 : dtype == "I32" ? 4 : dtype == "I64" ? 8 : 0; }

// The one-dimensional tensor `name` of a safetensors file, its place checked against the file's size.
Array find_array(const Json& header, const std::string& name, std::string_view data, const std::string& origin) {
  const Json entry = json_get<Json>(header, name, origin);
  Array array;
  array.dtype = json_get<std::string>(entry, "dtype", origin);
  const auto shape = json_get<std::vector<std::int64_t>>(entry, "shape", origin);
  const auto offsets = json_get<std::vector<std::int64_t>>(entry, "data_offsets", origin);
  const std::int64_t width = width_of(array.dtype), size = static_cast<std::int64_t>(data.size());
  require(width > 0 && shape.size() == 1 && offsets.size() == 2, "{}: '{}' is no list of integers; this is no token file", origin, name);
  array.count = shape[0];
  require(offsets[0] >= 0 && offsets[0] <= offsets[1] && offsets[1] <= size, "{}: the file is truncated: '{}' ends at byte {} of {}",
          origin, name, offsets[1], size);
  require(array.count >= 0 && array.count <= (offsets[1] - offsets[0]) / width && array.count * width == offsets[1] - offsets[0],
          "{}: '{}' has {} elements in {} bytes", origin, name, array.count, offsets[1] - offsets[0]);
  array.data = data.data() + offsets[0];
  return array;
}

std::uint64_t parse_number(const Json& metadata, const std::string& key, const std::string& origin) {
  const auto text = json_get<std::string>(metadata, key, origin);
  std::uint64_t value = 0;
  const bool digits = !text.empty() && text.size() <= 20 && text.find_first_not_of("0123456789") == std::string::npos;
  require(digits, "{}: metadata '{}' is '{}'; a number is expected", origin, key, text);
  for (const char c : text) value = value * 10 + static_cast<std::uint64_t>(c - '0');
  return value;
}

// Collects tokens as narrow as the vocabulary allows. They are held in memory until all are there, because the header that
// precedes them states their number.
class TokenWriter {
 public:
  explicit TokenWriter(bool narrow) : narrow_(narrow) {}

  void append(const std::vector<text::TokenId>& ids) {
    starts_.push_back(tokens_);
    tokens_ += static_cast<std::int64_t>(ids.size());
    for (const text::TokenId id : ids) {
      if (narrow_) {
        const auto narrow = static_cast<std::uint16_t>(id);
        bytes_.append(reinterpret_cast<const char*>(&narrow), sizeof narrow);
      } else {
        bytes_.append(reinterpret_cast<const char*>(&id), sizeof id);
      }
    }
  }
  std::int64_t tokens() const { return tokens_; }
  std::int64_t documents() const { return static_cast<std::int64_t>(starts_.size()); }

  void write(const std::filesystem::path& path, OrderedJson metadata) {
    starts_.push_back(tokens_);
    const std::size_t starts_size = starts_.size() * sizeof(std::int64_t);
    OrderedJson header;
    header["__metadata__"] = std::move(metadata);
    // The wider type first keeps both aligned.
    header["document_starts"] = {{"dtype", "I64"}, {"shape", {starts_.size()}}, {"data_offsets", {0, starts_size}}};
    header["tokens"] = {
        {"dtype", narrow_ ? "U16" : "I32"}, {"shape", {tokens_}}, {"data_offsets", {starts_size, starts_size + bytes_.size()}}};
    std::string text = header.dump();
    text.append((8 - text.size() % 8) % 8, ' ');
    const std::uint64_t length = text.size();
    AtomicFile file(path);
    file.write(&length, sizeof length);
    file.write(text);
    file.write(starts_.data(), starts_size);
    file.write(bytes_);
    file.commit();
  }

 private:
  bool narrow_;
  std::string bytes_;
  std::vector<std::int64_t> starts_;
  std::int64_t tokens_ = 0;
};

}  // namespace

struct TokenFile::State {
  explicit State(const std::filesystem::path& path) : file(path) {}
  MappedFile file;
  Array tokens, starts;
  std::int64_t text_bytes = 0, vocab_size = 0;
  std::uint64_t fingerprint = 0;
  std::int64_t start(std::int64_t index) const {
    std::int64_t value;
    std::memcpy(&value, starts.data + index * 8, sizeof value);
    return value;
  }
};

TokenFile::TokenFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
TokenFile::TokenFile(TokenFile&&) noexcept = default;
TokenFile& TokenFile::operator=(TokenFile&&) noexcept = default;
TokenFile::~TokenFile() = default;

TokenFile TokenFile::open(const std::filesystem::path& path, std::uint64_t fingerprint) {
  const std::string origin = path.string();
  auto state = std::make_unique<State>(path);
  const std::string_view bytes = state->file.bytes();
  std::uint64_t header_size = 0;
  require(bytes.size() >= sizeof header_size, "{}: {} bytes are too few for a token file", origin, bytes.size());
  std::memcpy(&header_size, bytes.data(), sizeof header_size);
  require(header_size <= bytes.size() - sizeof header_size,
          "{}: not a token file, or truncated: its header would take {} of {} bytes; make one with `fathom data prepare`", origin,
          header_size, bytes.size());
  const Json header = parse_json(bytes.substr(sizeof header_size, header_size), origin);
  require(header.is_object(), "{}: not a token file: the header is no JSON object", origin);
  const Json metadata = json_get<Json>(header, "__metadata__", origin);
  require(json_get_or<std::string>(metadata, "format", "", origin) == format_name, "{}: a safetensors file, but no token file", origin);

  const std::string_view data = bytes.substr(sizeof header_size + header_size);
  state->tokens = find_array(header, "tokens", data, origin);
  state->starts = find_array(header, "document_starts", data, origin);
  state->text_bytes = static_cast<std::int64_t>(parse_number(metadata, "text_bytes", origin));
  state->vocab_size = static_cast<std::int64_t>(parse_number(metadata, "vocab_size", origin));
  state->fingerprint = parse_number(metadata, "tokenizer_fingerprint", origin);
  require(state->starts.dtype == "I64" && state->starts.count >= 1, "{}: the list of documents is damaged", origin);
  std::int64_t previous = 0;
  for (std::int64_t i = 0; i < state->starts.count; ++i) {
    const std::int64_t start = state->start(i);
    require(start >= previous && start <= state->tokens.count, "{}: document {} begins at token {} of {}; the file is damaged", origin, i,
            start, state->tokens.count);
    previous = start;
  }
  require(state->start(0) == 0 && previous == state->tokens.count, "{}: the documents do not cover the tokens; the file is damaged",
          origin);
  if (fingerprint != 0 && fingerprint != state->fingerprint) {
    fail("{}: made with another tokenizer (fingerprint {:016x}) than this model's ({:016x}); tokenise the text again", origin,
         state->fingerprint, fingerprint);
  }
  return TokenFile(std::move(state));
}

std::int64_t TokenFile::size() const { return state_->tokens.count; }
std::int64_t TokenFile::documents() const { return state_->starts.count - 1; }
std::int64_t TokenFile::text_bytes() const { return state_->text_bytes; }
std::int64_t TokenFile::vocab_size() const { return state_->vocab_size; }
std::uint64_t TokenFile::fingerprint() const { return state_->fingerprint; }
std::int64_t TokenFile::document_begin(std::int64_t document) const { return state_->start(document); }

void TokenFile::read(std::int64_t begin, std::int64_t count, std::int64_t* out) const {
  require(begin >= 0 && count >= 0 && begin <= size() - count, "tokens {} to {} of a file of {} were asked for", begin, begin + count,
          size());
  const bool narrow = state_->tokens.dtype == "U16";
  for (std::int64_t i = 0; i < count; ++i) {
    if (narrow) {
      std::uint16_t id;
      std::memcpy(&id, state_->tokens.data + (begin + i) * 2, sizeof id);
      out[i] = id;
    } else {
      std::int32_t id;
      std::memcpy(&id, state_->tokens.data + (begin + i) * 4, sizeof id);
      out[i] = id;
    }
    require(out[i] >= 0 && out[i] < state_->vocab_size, "token {} of the file is {}, outside its vocabulary of {}; the file is damaged",
            begin + i, out[i], state_->vocab_size);
  }
}

PrepareResult prepare_token_file(const std::vector<std::string>& inputs, const text::Tokenizer& tokenizer, const std::filesystem::path& out,
                                 const std::string& text_field, bool quiet) {
  const std::optional<text::TokenId> eos = tokenizer.eos_id();
  require(eos.has_value(),
          "the tokenizer names no end-of-sequence token, which separates documents; set eos_token in tokenizer_config.json");
  TokenWriter writer(tokenizer.vocab_size() <= std::numeric_limits<std::uint16_t>::max() + std::int64_t{1});
  DocumentOptions options;
  options.text_field = text_field;
  PrepareResult result;
  OrderedJson sources = OrderedJson::array();
  Progress progress("Tokenising", 0, "document", quiet);
  for (const std::filesystem::path& file : expand_paths(inputs)) {
    sources.push_back(file.filename().string());
    for_each_document(file, options, [&](std::string_view document) {
      std::vector<text::TokenId> ids = tokenizer.encode(document);
      if (ids.empty() || ids.back() != *eos) ids.push_back(*eos);
      writer.append(ids);
      result.text_bytes += static_cast<std::int64_t>(document.size());
      progress.update(writer.documents(), fmt::format("{} tokens", format_count(static_cast<double>(writer.tokens()))));
    });
  }
  progress.finish();
  result.documents = writer.documents();
  result.tokens = writer.tokens();
  writer.write(out, {{"format", format_name},
                     {"tokenizer_fingerprint", std::to_string(tokenizer.fingerprint())},
                     {"vocab_size", std::to_string(tokenizer.vocab_size())},
                     {"text_bytes", std::to_string(result.text_bytes)},
                     {"sources", sources.dump()}});
  return result;
}

}  // namespace fathom::data

#include "fathom/data/token_file.h"

#include <cstring>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/json.h"
#include "fathom/data/mapped_file.h"
#include "fathom/data/token_file_format.h"

namespace fathom::data {
namespace {

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

}  // namespace

struct TokenFile::State {
  explicit State(const std::filesystem::path& path) : file(path) {}
  MappedFile file;
  Array tokens, starts;
  Array hashes, bytes, document_sources;  // of every document, or empty in a file of the first release
  std::vector<std::string> sources;
  std::int64_t text_bytes = 0, vocab_size = 0;
  std::uint64_t fingerprint = 0;
  std::int64_t start(std::int64_t index) const {
    std::int64_t value;
    std::memcpy(&value, starts.data + index * 8, sizeof value);
    return value;
  }
  void read_documents(const Json& header, const Json& metadata, std::string_view data, const std::string& origin);
  // Element `index` of a table of the documents, 0 when the file has none.
  template <typename T>
  static T element(const Array& array, std::int64_t index) {
    T value = 0;
    if (array.data != nullptr) std::memcpy(&value, array.data + index * static_cast<std::int64_t>(sizeof value), sizeof value);
    return value;
  }
};

void TokenFile::State::read_documents(const Json& header, const Json& metadata, std::string_view data, const std::string& origin) {
  const std::string names = json_get_or<std::string>(metadata, "sources", "[]", origin);
  sources = json_get<std::vector<std::string>>(Json{{"sources", parse_json(names, origin)}}, "sources", origin);
  if (!header.contains("document_sources")) return;
  hashes = find_array(header, "document_hashes", data, origin);
  bytes = find_array(header, "document_bytes", data, origin);
  document_sources = find_array(header, "document_sources", data, origin);
  const std::int64_t documents = starts.count - 1;
  require(hashes.dtype == "I64" && bytes.dtype == "I64" && document_sources.dtype == "I32" && hashes.count == documents &&
              bytes.count == documents && document_sources.count == documents,
          "{}: the table of {} documents is damaged", origin, documents);
  for (std::int64_t i = 0; i < documents; ++i) {
    const auto source = element<std::int32_t>(document_sources, i);
    require(source >= 0 && source < static_cast<std::int64_t>(sources.size()), "{}: document {} is of source {}, but {} are named", origin,
            i, source, sources.size());
  }
}

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
  require(json_get_or<std::string>(metadata, "format", "", origin) == token_file_format, "{}: a safetensors file, but no token file",
          origin);

  const std::string_view data = bytes.substr(sizeof header_size + header_size);
  state->tokens = find_array(header, "tokens", data, origin);
  state->starts = find_array(header, "document_starts", data, origin);
  state->text_bytes = static_cast<std::int64_t>(parse_number(metadata, "text_bytes", origin));
  state->vocab_size = static_cast<std::int64_t>(parse_number(metadata, "vocab_size", origin));
  state->fingerprint = parse_number(metadata, "tokenizer_fingerprint", origin);
  require(state->tokens.dtype != "I64", "{}: tokens are expected as U16 or I32, found {}", origin, state->tokens.dtype);
  require(state->starts.dtype == "I64" && state->starts.count >= 1, "{}: the list of documents is damaged", origin);
  state->read_documents(header, metadata, data, origin);
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

std::uint64_t TokenFile::document_hash(std::int64_t document) const {
  return static_cast<std::uint64_t>(State::element<std::int64_t>(state_->hashes, document));
}
std::int64_t TokenFile::document_bytes(std::int64_t document) const { return State::element<std::int64_t>(state_->bytes, document); }
std::int32_t TokenFile::document_source(std::int64_t document) const {
  return State::element<std::int32_t>(state_->document_sources, document);
}
const std::vector<std::string>& TokenFile::sources() const { return state_->sources; }

}  // namespace fathom::data

// The text formats of GloVe and word2vec.
#include <charconv>
#include <cmath>
#include <optional>
#include <unordered_set>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/vectors/word_vectors.h"

namespace fathom::vectors {
namespace {

std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> fields;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t end = std::min(line.find_first_of(" \t", at), line.size());
    if (end > at) fields.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  return fields;
}

template <typename Number>
std::optional<Number> parse(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string shown(std::string_view field) { return std::string(field.substr(0, 40)); }

}  // namespace

WordVectors read_word_vectors_text(const std::filesystem::path& path, std::int64_t most) {
  LineReader lines(path);
  std::vector<std::string> words;
  std::vector<float> values, row;
  std::unordered_set<std::string> seen;
  std::size_t width = 0;
  for (bool first = true; const auto line = lines.next(); first = false) {
    const std::vector<std::string_view> fields = fields_of(*line);
    if (fields.empty()) continue;
    if (first && fields.size() == 2 && parse<std::int64_t>(fields[0])) {  // word2vec's "words width"
      const auto stated = parse<std::int64_t>(fields[1]);
      require(stated && *stated >= 1 && *stated <= 65536,
              "{}: the first line should state the number of words and their width, but ends with '{}'", lines.position(),
              shown(fields[1]));
      width = static_cast<std::size_t>(*stated);
      continue;
    }
    if (width == 0) width = fields.size() - 1;
    require(width >= 1 && fields.size() > width, "{}: a word and {} numbers are expected, but the line has {} fields", lines.position(),
            width, fields.size());
    row.clear();
    for (std::size_t i = fields.size() - width; i < fields.size(); ++i) {
      const auto value = parse<float>(fields[i]);
      require(value && std::isfinite(*value), "{}: '{}' is no finite number; a word and {} numbers are expected", lines.position(),
              shown(fields[i]), width);
      row.push_back(*value);
    }
    if (fields.size() != width + 1) continue;  // a word with spaces in it: no splitter of ours makes one
    if (!seen.emplace(fields[0]).second) continue;
    words.emplace_back(fields[0]);
    values.insert(values.end(), row.begin(), row.end());
    if (most > 0 && static_cast<std::int64_t>(words.size()) == most) break;
  }
  require(!words.empty(), "{}: no word vectors found; lines of a word and its numbers are expected", path.string());
  return {std::move(words), static_cast<std::int64_t>(width), std::move(values), path.string()};
}

}  // namespace fathom::vectors

#include "fathom/vectors/word_vectors.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/vectors/matrix_file.h"

namespace fathom::vectors {
namespace {

namespace fs = std::filesystem;

constexpr const char* model_type = "fathom_word_vectors";
constexpr std::int64_t format_version = 1;
constexpr const char* tensor_name = "vectors";

bool has_white_space(std::string_view word) {
  return std::any_of(word.begin(), word.end(), [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); });
}

std::vector<std::string> read_words(const fs::path& path) {
  std::vector<std::string> words;
  LineReader lines(path);
  while (const auto line = lines.next()) words.emplace_back(*line);
  return words;
}

}  // namespace

WordVectors::WordVectors(std::vector<std::string> words, std::int64_t width, std::vector<float> values, const std::string& origin)
    : words_(std::move(words)), width_(width), values_(std::move(values)) {
  require(width_ >= 1 && static_cast<std::size_t>(width_) * words_.size() == values_.size(),
          "{}: {} words of width {} need {} values, but there are {}", origin, words_.size(), width_,
          static_cast<std::size_t>(std::max<std::int64_t>(width_, 0)) * words_.size(), values_.size());
  index_.reserve(words_.size());
  for (std::size_t i = 0; i < words_.size(); ++i) {
    require(!words_[i].empty() && !has_white_space(words_[i]), "{}: word {} is '{}'; words without white space are expected", origin, i + 1,
            words_[i]);
    require(index_.emplace(words_[i], static_cast<std::int32_t>(i)).second, "{}: the word '{}' is given twice", origin, words_[i]);
  }
  const auto bad = std::find_if(values_.begin(), values_.end(), [](float value) { return !std::isfinite(value); });
  if (bad != values_.end()) {
    fail("{}: the vector of '{}' holds a value that is not finite", origin,
         words_[static_cast<std::size_t>((bad - values_.begin()) / width_)]);
  }
}

std::int64_t WordVectors::find(std::string_view word) const {
  const auto found = index_.find(word);
  return found == index_.end() ? -1 : found->second;
}

WordVectors WordVectors::subset(const std::function<bool(std::string_view)>& keep) const {
  std::vector<std::string> words;
  std::vector<float> values;
  for (std::int64_t i = 0; i < size(); ++i) {
    if (!keep(words_[static_cast<std::size_t>(i)])) continue;
    words.push_back(words_[static_cast<std::size_t>(i)]);
    values.insert(values.end(), row(i), row(i) + width_);
  }
  return {std::move(words), width_, std::move(values)};
}

void WordVectors::save(const fs::path& directory, const OrderedJson& record) const {
  AtomicDirectory staging(directory);
  OrderedJson config = {{"model_type", model_type}, {"format_version", format_version}, {"words", size()}, {"width", width_}};
  config["record"] = record;
  write_file_atomically(staging.path() / "config.json", config.dump(2) + "\n");
  std::string text;
  for (const std::string& word : words_) text += word + "\n";
  write_file_atomically(staging.path() / "vocabulary.txt", text);
  write_matrix(staging.path() / "vectors.safetensors", tensor_name, size(), width_, values_.data());
  staging.commit();
}

WordVectors WordVectors::load(const fs::path& path) {
  if (!fs::is_directory(path)) return read_word_vectors_text(path);
  const fs::path config_path = path / "config.json";
  const std::string origin = config_path.string();
  const Json config = read_json(config_path);
  const auto type = json_get<std::string>(config, "model_type", origin);
  require(type == model_type, "{}: model_type is '{}'; word vectors have '{}'", origin, type, model_type);
  const auto version = json_get<std::int64_t>(config, "format_version", origin);
  require(version == format_version,
          "{}: format_version is {}; this fathom reads {}. Make the vectors again, or use the fathom that wrote them", origin, version,
          format_version);
  Matrix matrix = read_matrix(path / "vectors.safetensors", tensor_name);
  std::vector<std::string> words = read_words(path / "vocabulary.txt");
  require(static_cast<std::int64_t>(words.size()) == matrix.rows, "{}: vocabulary.txt has {} words, vectors.safetensors {} rows",
          path.string(), words.size(), matrix.rows);
  return {std::move(words), matrix.columns, std::move(matrix.values), path.string()};
}

}  // namespace fathom::vectors

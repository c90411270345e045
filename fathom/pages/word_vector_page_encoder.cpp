#include "fathom/pages/word_vector_page_encoder.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/sha256.h"
#include "fathom/pages/sentence_choice.h"
#include "fathom/text/words.h"
#include "fathom/vectors/matrix_file.h"

namespace fathom::pages {
namespace {

constexpr std::int64_t encoder_version = 1;

std::string_view bytes_of(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

double length_of(const std::vector<double>& vector) {
  double squares = 0.0;
  for (const double value : vector) squares += value * value;
  return std::sqrt(squares);
}

// Adds `share` times the vector at length 1.
void add_unit(std::vector<double>& sum, const std::vector<double>& vector, double share) {
  const double length = length_of(vector);
  if (vector.empty() || length == 0.0) return;
  if (sum.empty()) sum.assign(vector.size(), 0.0);
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += share / length * vector[i];
}

std::vector<float> unit(const std::vector<double>& vector) {
  const double length = length_of(vector);
  std::vector<float> out(vector.size(), 0.0f);
  for (std::size_t i = 0; i < vector.size() && length > 0.0; ++i) out[i] = static_cast<float>(vector[i] / length);
  return out;
}

}  // namespace

WordVectorPageEncoder::WordVectorPageEncoder(vectors::WordVectors words, std::vector<float> weights, std::vector<float> common,
                                             double page_share, double title_share, OrderedJson record)
    : words_(std::move(words)),
      weights_(std::move(weights)),
      common_(std::move(common)),
      page_share_(page_share),
      title_share_(title_share),
      record_(std::move(record)) {
  require(static_cast<std::int64_t>(weights_.size()) == words_.size() && static_cast<std::int64_t>(common_.size()) == words_.width(),
          "{} weights and a common direction of {} values for {} word vectors of width {}; the parts are not of one encoder",
          weights_.size(), common_.size(), words_.size(), words_.width());
  Sha256 hash;
  hash.update(fmt::format("{} {} {} {} {}\n", word_vector_encoder_type, encoder_version, words_.width(), page_share_, title_share_));
  for (const std::string& word : words_.words()) hash.update(word + "\n");
  hash.update(bytes_of(words_.values()));
  hash.update(bytes_of(weights_));
  hash.update(bytes_of(common_));
  fingerprint_ = hash.finish();
}

std::vector<double> WordVectorPageEncoder::mean_of(std::string_view text) const {
  thread_local text::WordSplitter splitter({.split_contractions = true});
  std::vector<double> sum;
  for (const text::Word& word : splitter.split(text)) {
    const std::int64_t at = words_.find(word.text);
    if (at < 0) continue;
    if (sum.empty()) sum.assign(static_cast<std::size_t>(width()), 0.0);
    const float* row = words_.row(at);
    const auto weight = static_cast<double>(weights_[static_cast<std::size_t>(at)]);
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += weight * static_cast<double>(row[i]);
  }
  double along = 0.0;
  for (std::size_t i = 0; i < sum.size(); ++i) along += sum[i] * static_cast<double>(common_[i]);
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] -= along * static_cast<double>(common_[i]);
  return sum;
}

std::vector<float> WordVectorPageEncoder::encode_query(std::string_view query) const {
  const std::vector<double> mean = mean_of(query);
  return mean.empty() ? std::vector<float>(static_cast<std::size_t>(width()), 0.0f) : unit(mean);
}

std::vector<index::PageVector> WordVectorPageEncoder::encode_page(std::string_view title, const std::vector<std::string_view>& sentences,
                                                                  std::int64_t most_vectors) const {
  std::vector<std::vector<double>> means;
  std::vector<double> page, context;
  for (const std::string_view sentence : sentences) {
    means.push_back(mean_of(sentence));
    if (means.back().empty()) continue;
    if (page.empty()) page.assign(means.back().size(), 0.0);
    for (std::size_t i = 0; i < page.size(); ++i) page[i] += means.back()[i];
  }
  add_unit(context, page, page_share_);
  add_unit(context, mean_of(title), title_share_);
  std::vector<std::vector<float>> units(means.size());
  for (std::size_t i = 0; i < means.size(); ++i) {
    if (means[i].empty()) continue;
    std::vector<double> sum = context;
    add_unit(sum, means[i], 1.0);
    if (!sum.empty() && length_of(sum) > 0.0) units[i] = unit(sum);
  }
  std::vector<index::PageVector> vectors;
  for (const std::size_t at : choose_sentences(units, most_vectors))
    vectors.push_back({static_cast<std::int64_t>(at), std::move(units[at])});
  return vectors;
}

void WordVectorPageEncoder::save(const std::filesystem::path& path) const {
  AtomicDirectory directory(path);
  const OrderedJson config = {{"model_type", word_vector_encoder_type},
                              {"format_version", encoder_version},
                              {"width", width()},
                              {"words", words_.size()},
                              {"page_share", page_share_},
                              {"title_share", title_share_},
                              {"fingerprint", fingerprint_},
                              {"record", record_}};
  write_file_atomically(directory.path() / "config.json", config.dump(2) + "\n");
  if (words_.size() > 0) {
    words_.save(directory.path() / "word-vectors");
    vectors::write_matrix(directory.path() / "weights.safetensors", "weights", 1, words_.size(), weights_.data());
    vectors::write_matrix(directory.path() / "common.safetensors", "common", 1, width(), common_.data());
  }
  directory.commit();
}

WordVectorPageEncoder WordVectorPageEncoder::load(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / "config.json";
  const std::string origin = path.string();
  const Json config = read_json(path);
  const auto type = json_get<std::string>(config, "model_type", origin);
  require(type == word_vector_encoder_type, "{}: model_type is '{}', expected '{}'", origin, type, word_vector_encoder_type);
  const auto version = json_get<std::int64_t>(config, "format_version", origin);
  require(version == encoder_version, "{}: the encoder has format version {}, this program reads version {}; make the index again", origin,
          version, encoder_version);
  vectors::WordVectors words;
  std::vector<float> weights, common;
  if (json_get<std::int64_t>(config, "words", origin) > 0) {
    words = vectors::WordVectors::load(directory / "word-vectors");
    weights = vectors::read_matrix(directory / "weights.safetensors", "weights").values;
    common = vectors::read_matrix(directory / "common.safetensors", "common").values;
  }
  WordVectorPageEncoder encoder(std::move(words), std::move(weights), std::move(common), json_get<double>(config, "page_share", origin),
                                json_get<double>(config, "title_share", origin), OrderedJson::parse(config.value("record", Json()).dump()));
  const auto fingerprint = json_get<std::string>(config, "fingerprint", origin);
  require(encoder.fingerprint() == fingerprint, "{}: the encoder's files have changed since it was saved (fingerprint {} instead of {})",
          origin, encoder.fingerprint().substr(0, 12), fingerprint.substr(0, 12));
  return encoder;
}

}  // namespace fathom::pages

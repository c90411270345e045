#include "fathom/faq/question_matcher.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/faq/cosines.h"
#include "fathom/text/function_words.h"

namespace fathom::faq {
namespace {

constexpr const char* matcher_type = "fathom_question_matcher";
constexpr std::int64_t matcher_version = 2;
// A word outside the vocabulary is a number from here on, made of its bytes: it still matches itself.
constexpr std::uint32_t first_unknown = 0x80000000u;

std::uint32_t unknown_number(std::string_view word) {
  std::uint32_t hash = 2166136261u;  // FNV-1a
  for (const char c : word) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return hash | first_unknown;
}

// The words of `question` that take part in matching and are not in `other`, as places in question.content.
std::vector<std::size_t> words_apart(const Question& question, const Question& other) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < question.content.size(); ++i) {
    const std::uint32_t word = question.words[question.content[i]];
    const bool common = std::any_of(other.content.begin(), other.content.end(), [&](std::uint32_t at) { return other.words[at] == word; });
    if (!common) out.push_back(i);
  }
  return out;
}

}  // namespace

OrderedJson MatchWeights::to_json() const {
  return {{"mismatch", mismatch}, {"alignment", alignment}, {"initial_rank", initial_rank}, {"states", states}};
}

MatchWeights MatchWeights::from_json(const Json& json, const std::string& origin) {
  const auto weight = [&](const char* key) {
    const auto value = json_get<double>(json, key, origin);
    require(value >= 0.0 && value <= most, "{}: '{}' is {}; a weight from 0 to {} is expected; build the FAQ again", origin, key, value,
            most);
    return value;
  };
  return {weight("mismatch"), weight("alignment"), weight("initial_rank"), weight("states")};
}

QuestionMatcher::QuestionMatcher(WordImportance importance, vectors::WordVectors word_vectors, MatchWeights weights,
                                 std::optional<QuestionEncoder> encoder)
    : importance_(std::move(importance)),
      word_vectors_(std::move(word_vectors)),
      weights_(weights),
      encoder_(std::move(encoder)),
      splitter_({.split_contractions = true}) {
  require(!encoder_ || encoder_->input_width() == word_vectors_.width(), "the encoder reads vectors of width {}, the words have {}",
          encoder_ ? encoder_->input_width() : 0, word_vectors_.width());
  // Sorted, so that numbers do not depend on the order of a hash table.
  std::vector<std::pair<std::int64_t, std::string>> counted;
  for (const auto& [word, count] : importance_.counts()) counted.emplace_back(-count, word);
  std::sort(counted.begin(), counted.end());
  for (const auto& [count, word] : counted) add_word(word);
  for (const std::string& word : word_vectors_.words())
    if (!numbers_.contains(word)) add_word(word);
  for (const std::string& word : text::english_function_words())  // known as such, though the text had none
    if (!numbers_.contains(word)) add_word(word);

  const auto width = static_cast<std::size_t>(word_vectors_.width());
  normalized_ = word_vectors_.values();
  for (std::size_t at = 0; at < normalized_.size(); at += width) {
    double squares = 0.0;
    for (std::size_t i = 0; i < width; ++i) squares += static_cast<double>(normalized_[at + i]) * static_cast<double>(normalized_[at + i]);
    const auto scale = static_cast<float>(squares > 0.0 ? 1.0 / std::sqrt(squares) : 0.0);
    for (std::size_t i = 0; i < width; ++i) normalized_[at + i] *= scale;
  }
}

void QuestionMatcher::add_word(const std::string& word) {
  numbers_.emplace(word, static_cast<std::uint32_t>(words_.size()));
  words_.push_back(word);
  idf_.push_back(static_cast<float>(importance_.idf(word)));
  function_.push_back(text::is_function_word(word));
  rows_.push_back(static_cast<std::int32_t>(word_vectors_.find(word)));
}

Question QuestionMatcher::read(std::string_view text) {
  std::vector<std::uint32_t> words;
  for (const text::Word& word : splitter_.split(text)) {
    const auto found = numbers_.find(word.text);
    words.push_back(found == numbers_.end() ? unknown_number(word.text) : found->second);
  }
  return from_words(std::move(words));
}

Question QuestionMatcher::without_states(std::vector<std::uint32_t> words) const {
  Question question{std::move(words), {}, {}};
  for (std::uint32_t at = 0; at < question.words.size(); ++at) {
    const std::uint32_t word = question.words[at];
    if (word >= words_.size() || !function_[word]) question.content.push_back(at);
  }
  if (question.content.empty())  // "Who are you?"
    for (std::uint32_t at = 0; at < question.words.size(); ++at) question.content.push_back(at);
  return question;
}

Question QuestionMatcher::from_words(std::vector<std::uint32_t> words) const {
  Question question = without_states(std::move(words));
  if (!encoder_) return question;
  const auto width = static_cast<std::ptrdiff_t>(encoder_->state_width());
  std::vector<const float*> inputs;
  for (const std::uint32_t word : question.words) inputs.push_back(vector_of(word));
  const std::vector<float> all = encoder_->states(inputs);
  for (const std::uint32_t at : question.content)
    question.states.insert(question.states.end(), all.begin() + at * width, all.begin() + (at + 1) * width);
  return question;
}

const float* QuestionMatcher::vector_of(std::uint32_t word) const {
  if (word >= rows_.size() || rows_[word] < 0) return nullptr;
  return normalized_.data() + static_cast<std::int64_t>(rows_[word]) * word_vectors_.width();
}

Match QuestionMatcher::match(const Question& query, const Question& candidate) const {
  if (query.content.empty() || candidate.content.empty()) return {1.0, 1.0, 0.0, 0.0, 0.0};
  const std::vector<std::size_t> of_query = words_apart(query, candidate), of_candidate = words_apart(candidate, query);
  const auto vectors_of = [&](const Question& question, const std::vector<std::size_t>& places) {
    std::vector<const float*> rows;
    for (const std::size_t i : places) rows.push_back(vector_of(question.words[question.content[i]]));
    return rows;
  };
  const auto states_of = [&](const Question& question, const std::vector<std::size_t>& places) {
    std::vector<const float*> rows;
    for (const std::size_t i : places) rows.push_back(question.states.data() + i * static_cast<std::size_t>(state_width()));
    return rows;
  };
  std::vector<float> similarity(of_query.size() * of_candidate.size());
  row_products(vectors_of(query, of_query), vectors_of(candidate, of_candidate), vector_width(), similarity.data());
  if (encoder_ && weights_.states > 0.0) {
    std::vector<float> states(similarity.size());
    row_products(states_of(query, of_query), states_of(candidate, of_candidate), state_width(), states.data());
    const auto share = static_cast<float>(weights_.states);
    for (std::size_t i = 0; i < states.size(); ++i)
      similarity[i] = (1.0f - share) * std::max(similarity[i], 0.0f) + share * std::max(states[i], 0.0f);
  }
  std::vector<double> best_of_query(of_query.size(), 0.0), best_of_candidate(of_candidate.size(), 0.0);
  for (std::size_t i = 0; i < of_query.size(); ++i) {
    for (std::size_t j = 0; j < of_candidate.size(); ++j) {
      const double s = std::min(1.0, static_cast<double>(similarity[i * of_candidate.size() + j]));
      best_of_query[i] = std::max(best_of_query[i], s);
      best_of_candidate[j] = std::max(best_of_candidate[j], s);
    }
  }
  const auto shares = [&](const Question& question, const std::vector<std::size_t>& apart, const std::vector<double>& best) {
    double all = 0.0, missing = 0.0, aligned = 0.0;
    for (const std::uint32_t at : question.content) all += idf(question.words[at]);
    for (std::size_t i = 0; i < apart.size(); ++i) {
      const double weight = idf(question.words[question.content[apart[i]]]);
      missing += weight;
      aligned += weight * best[i];
    }
    // Words that are in every text weigh nothing; they must at least be the same ones.
    if (all <= 0.0) return std::tuple(apart.empty() ? 0.0 : 1.0, 0.0, 0.0);
    return std::tuple(missing / all, aligned / all, all - missing);
  };
  const auto [missing_query, aligned_query, shared] = shares(query, of_query, best_of_query);
  const auto [missing_candidate, aligned_candidate, unused] = shares(candidate, of_candidate, best_of_candidate);
  return {missing_query, missing_candidate, aligned_query, aligned_candidate, shared};
}

double QuestionMatcher::score(const Match& match) const {
  return -weights_.mismatch * (match.mismatch_query + match.mismatch_candidate) / 2.0 +
         weights_.alignment * (match.alignment_query + match.alignment_candidate) / 2.0;
}

double QuestionMatcher::rank_bonus(std::int64_t order) const {
  return weights_.initial_rank * (1.0 - static_cast<double>(order - 1) / 10.0);
}

std::vector<AlignedWord> QuestionMatcher::explain(const Question& query, const Question& candidate) const {
  const std::vector<std::size_t> apart = words_apart(candidate, query);
  std::vector<AlignedWord> out;
  for (std::size_t i = 0; i < query.content.size(); ++i) {
    const std::uint32_t number = query.words[query.content[i]];
    AlignedWord aligned{word(number), "", 0.0, idf(number)};
    const bool common =
        std::any_of(candidate.content.begin(), candidate.content.end(), [&](std::uint32_t at) { return candidate.words[at] == number; });
    if (common) {
      aligned.candidate_word = aligned.query_word;
      aligned.similarity = 1.0;
    } else {
      for (const std::size_t j : apart) {
        const std::uint32_t other = candidate.words[candidate.content[j]];
        const double similarity = word_similarity(number, other);
        if (similarity > aligned.similarity) {
          aligned.similarity = similarity;
          aligned.candidate_word = word(other);
        }
      }
    }
    out.push_back(std::move(aligned));
  }
  return out;
}

std::vector<std::string> QuestionMatcher::content_words(const Question& question) const {
  std::vector<std::string> out;
  for (const std::uint32_t at : question.content)
    if (question.words[at] < words_.size()) out.push_back(words_[question.words[at]]);
  return out;
}

std::vector<float> QuestionMatcher::sentence_vector(const Question& question) const {
  const auto width = static_cast<std::size_t>(vector_width());
  std::vector<double> sum(width, 0.0);
  for (const std::uint32_t at : question.content) {
    const float* row = vector_of(question.words[at]);
    if (row == nullptr) continue;
    const double weight = idf(question.words[at]);
    for (std::size_t i = 0; i < width; ++i) sum[i] += weight * static_cast<double>(row[i]);
  }
  double squares = 0.0;
  for (const double value : sum) squares += value * value;
  const double scale = squares > 0.0 ? 1.0 / std::sqrt(squares) : 0.0;
  std::vector<float> out(width);
  for (std::size_t i = 0; i < width; ++i) out[i] = static_cast<float>(sum[i] * scale);
  return out;
}

double QuestionMatcher::idf(std::uint32_t word) const {
  // A word never seen is as rare as can be.
  return word < idf_.size() ? static_cast<double>(idf_[word]) : std::log((static_cast<double>(importance_.documents()) + 1.0) / 0.5);
}

double QuestionMatcher::word_similarity(std::uint32_t a, std::uint32_t b) const {
  if (a == b) return 1.0;
  float product = 0.0f;
  row_products({vector_of(a)}, {vector_of(b)}, vector_width(), &product);
  return std::min(1.0, static_cast<double>(product));
}

const std::string& QuestionMatcher::word(std::uint32_t number) const {
  static const std::string none;
  return number < words_.size() ? words_[number] : none;
}

std::optional<std::uint32_t> QuestionMatcher::nearest_word(std::uint32_t number, double least) const {
  const float* own = vector_of(number);
  if (own == nullptr) return std::nullopt;
  std::vector<const float*> rows;
  for (std::uint32_t other = 0; other < words_.size(); ++other) rows.push_back(other == number ? nullptr : vector_of(other));
  std::vector<float> products(rows.size());
  row_products({own}, rows, vector_width(), products.data());
  const auto best = std::max_element(products.begin(), products.end());
  if (static_cast<double>(*best) < least) return std::nullopt;
  return static_cast<std::uint32_t>(best - products.begin());
}

void QuestionMatcher::save(const std::filesystem::path& directory, const OrderedJson& record) const {
  AtomicDirectory out(directory);
  OrderedJson config = {{"model_type", matcher_type},
                        {"format_version", matcher_version},
                        {"word_vectors", word_vectors_.size() > 0},
                        {"encoder", encoder_.has_value()},
                        {"weights", weights_.to_json()},
                        {"calibration", calibration_.to_json()},
                        {"record", record}};
  importance_.save(out.path() / "word-counts.tsv");
  if (word_vectors_.size() > 0) word_vectors_.save(out.path() / "word-vectors");
  if (encoder_) encoder_->save(out.path() / "encoder");
  write_file_atomically(out.path() / "config.json", config.dump(2) + "\n");
  out.commit();
}

QuestionMatcher QuestionMatcher::load(const std::filesystem::path& directory) {
  const std::filesystem::path file = directory / "config.json";
  const std::string origin = file.string();
  const Json config = read_json(file);
  const auto type = json_get<std::string>(config, "model_type", origin);
  require(type == matcher_type, "{}: model_type is '{}'; a question matcher ('{}') is needed", origin, type, matcher_type);
  const auto version = json_get<std::int64_t>(config, "format_version", origin);
  require(version == matcher_version, "{}: the matcher has format version {}, this program reads version {}; build the FAQ again", origin,
          version, matcher_version);
  WordImportance importance = WordImportance::load(directory / "word-counts.tsv");
  vectors::WordVectors word_vectors;
  if (json_get<bool>(config, "word_vectors", origin)) word_vectors = vectors::WordVectors::load(directory / "word-vectors");
  std::optional<QuestionEncoder> encoder;
  if (json_get<bool>(config, "encoder", origin)) encoder = QuestionEncoder::load(directory / "encoder", word_vectors.width());
  QuestionMatcher matcher(std::move(importance), std::move(word_vectors),
                          MatchWeights::from_json(json_get<Json>(config, "weights", origin), origin), std::move(encoder));
  matcher.calibration_ = Calibration::from_json(json_get<Json>(config, "calibration", origin), origin);
  matcher.record_ = json_get<Json>(config, "record", origin);
  return matcher;
}

}  // namespace fathom::faq

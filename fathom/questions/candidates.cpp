#include "fathom/questions/candidates.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/parallel.h"
#include "fathom/questions/candidate_spans.h"

namespace fathom::questions {
namespace {

constexpr const char* weights_file = "answer_selector.tsv";
constexpr const char* words_file = "answer_words.tsv";
constexpr const char* contexts_key = "number of contexts";  // no word has a space
constexpr std::size_t contexts_a_piece = 64;

using Range = std::pair<std::size_t, std::size_t>;

// A context and the places that records ask about.
struct AskedContext {
  std::string_view text;
  std::set<Range> answers;
};

std::vector<AskedContext> asked_contexts(std::span<const QuestionRecord> records) {
  std::vector<AskedContext> contexts;
  std::unordered_map<std::string_view, std::size_t> known;
  for (const QuestionRecord& record : records) {
    const auto [place, fresh] = known.emplace(record.place.context, contexts.size());
    if (fresh) contexts.push_back({record.place.context, {}});
    contexts[place->second].answers.emplace(record.place.answer_start, record.place.answer_start + record.place.answer.size());
  }
  return contexts;
}

// Calls `visit` with each candidate of the text and its clues.
template <typename Visit>
void for_each_candidate(FeatureExtractor& features, std::string_view text, const std::function<int(const std::string&)>& rarity,
                        Visit&& visit) {
  const std::vector<text::Span> sentences = features.sentences(text);
  for (std::size_t s = 0; s < sentences.size(); ++s) {
    const std::string_view sentence = sentences[s].of(text);
    const AnalyzedText analyzed = features.analyze(sentence);
    for (const CandidateSpan& span : candidate_spans(analyzed)) {
      AnswerCandidate candidate;
      candidate.begin = sentences[s].begin + analyzed.tokens[span.begin].begin;
      candidate.end = sentences[s].begin + analyzed.tokens[span.end - 1].end;
      candidate.entity = span.entity;
      visit(candidate, candidate_clues(analyzed, sentence, span, {s, sentences.size(), text}, rarity));
    }
  }
}

bool overlap(const AnswerCandidate& a, const AnswerCandidate& b) { return a.begin < b.end && b.begin < a.end; }

// Whether what both share is at least half of each, in bytes.
bool is_near(const AnswerCandidate& candidate, const Range& answer) {
  const std::size_t begin = std::max(candidate.begin, answer.first), end = std::min(candidate.end, answer.second);
  const std::size_t shared = end > begin ? end - begin : 0;
  return 2 * shared >= candidate.end - candidate.begin && 2 * shared >= answer.second - answer.first;
}

// Contexts of all in which a word is, as steps of a factor of four from the rarest.
int rarity_of(std::int64_t count, std::int64_t contexts) {
  int rarity = 0;
  for (std::int64_t limit = contexts; limit > count && rarity < 8; limit /= 4) ++rarity;
  return rarity;
}

// A training set of candidates with numbered clues.
struct NumberedCandidates {
  std::vector<std::int32_t> clues;
  std::vector<std::size_t> begins = {0};
  std::vector<bool> right;
};

// Logistic regression by stochastic gradients in the order given, each weight with a step of its own (AdaGrad, Duchi et al. 2011).
std::vector<float> fit(const NumberedCandidates& data, std::size_t clues, int rounds) {
  constexpr double step = 0.1, shrinkage = 1e-6;
  std::vector<float> weights(clues, 0.0F), squares(clues, 1e-8F);
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t c = 0; c + 1 < data.begins.size(); ++c) {
      double logit = 0;
      for (std::size_t i = data.begins[c]; i < data.begins[c + 1]; ++i) logit += weights[static_cast<std::size_t>(data.clues[i])];
      const double error = 1 / (1 + std::exp(-logit)) - (data.right[c] ? 1 : 0);
      for (std::size_t i = data.begins[c]; i < data.begins[c + 1]; ++i) {
        float& weight = weights[static_cast<std::size_t>(data.clues[i])];
        float& square = squares[static_cast<std::size_t>(data.clues[i])];
        const double gradient = error + shrinkage * weight;
        square += static_cast<float>(gradient * gradient);
        weight -= static_cast<float>(step * gradient / std::sqrt(square));
      }
    }
  }
  return weights;
}

template <typename Value>
Value parse_value(std::string_view text, const std::string& position) {
  Value value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  require(error == std::errc() && end == text.data() + text.size() && std::isfinite(static_cast<double>(value)),
          "{}: a number is expected, found '{}'", position, text);
  return value;
}

// "key TAB number" lines in the order of the keys.
template <typename Map>
void write_table(const std::filesystem::path& file, const Map& table) {
  std::vector<std::pair<std::string, typename Map::mapped_type>> sorted(table.begin(), table.end());
  std::sort(sorted.begin(), sorted.end());
  AtomicFile out(file);
  for (const auto& [key, value] : sorted) out.write(fmt::format("{}\t{:.9g}\n", key, static_cast<double>(value)));
  out.commit();
}

template <typename Map>
Map read_table(const std::filesystem::path& file) {
  Map table;
  LineReader lines(file);
  while (const auto line = lines.next()) {
    const std::size_t tab = line->rfind('\t');
    require(tab != std::string_view::npos && tab > 0, "{}: 'name TAB number' is expected", lines.position());
    table[std::string(line->substr(0, tab))] = parse_value<typename Map::mapped_type>(line->substr(tab + 1), lines.position());
  }
  require(!table.empty(), "{}: the file is empty", file.string());
  return table;
}

}  // namespace

std::vector<AnswerCandidate> without_overlaps(std::vector<AnswerCandidate> candidates, std::size_t most, double least_score) {
  std::stable_sort(candidates.begin(), candidates.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
  std::vector<AnswerCandidate> kept;
  for (const AnswerCandidate& candidate : candidates) {
    if (kept.size() == most || candidate.score < least_score) break;
    if (std::none_of(kept.begin(), kept.end(), [&](const auto& other) { return overlap(candidate, other); })) kept.push_back(candidate);
  }
  return kept;
}

AnswerSelector AnswerSelector::learn(const FeatureExtractor& features, std::span<const QuestionRecord> records,
                                     const SelectorOptions& options) {
  constexpr std::int32_t rarest_word = 3;  // contexts; rarer ones are not kept
  constexpr std::int64_t rarest_clue = 5;  // candidates
  AnswerSelector selector;
  const std::vector<AskedContext> contexts = asked_contexts(records);
  selector.contexts_ = static_cast<std::int64_t>(contexts.size());
  for (const AskedContext& context : contexts) {
    const std::vector<std::string> words = lower_case_words(context.text);
    for (const std::string& word : std::set<std::string>(words.begin(), words.end())) ++selector.word_counts_[word];
  }
  std::erase_if(selector.word_counts_, [&](const auto& word) { return word.second < rarest_word; });
  const auto rarity = [&](const std::string& word) {
    const auto found = selector.word_counts_.find(word);
    return rarity_of(found == selector.word_counts_.end() ? 0 : found->second, selector.contexts_);
  };

  // Clues are numbered a batch of contexts at a time, in order, so that no more than a batch is held as text.
  NumberedCandidates data;
  std::unordered_map<std::string, std::int32_t> numbers;
  std::vector<std::int64_t> uses;
  std::int64_t right = 0;
  constexpr std::size_t batch = 16 * contexts_a_piece;
  for (std::size_t first = 0; first < contexts.size(); first += batch) {
    const std::size_t count = std::min(batch, contexts.size() - first);
    std::vector<std::vector<std::pair<bool, std::vector<std::string>>>> found(count);
    for_each_piece(static_cast<std::int64_t>((count + contexts_a_piece - 1) / contexts_a_piece), options.threads, [&](std::int64_t piece) {
      FeatureExtractor own(features);
      const std::size_t begin = static_cast<std::size_t>(piece) * contexts_a_piece;
      for (std::size_t c = begin; c < std::min(count, begin + contexts_a_piece); ++c) {
        const AskedContext& context = contexts[first + c];
        for_each_candidate(own, context.text, rarity, [&](const AnswerCandidate& candidate, std::vector<std::string> clues) {
          found[c].emplace_back(context.answers.contains({candidate.begin, candidate.end}), std::move(clues));
        });
      }
    });
    for (const auto& of_context : found) {
      for (const auto& [is_answer, clues] : of_context) {
        for (const std::string& clue : clues) {
          const auto [place, fresh] = numbers.emplace(clue, static_cast<std::int32_t>(uses.size()));
          if (fresh) uses.push_back(0);
          ++uses[static_cast<std::size_t>(place->second)];
          data.clues.push_back(place->second);
        }
        data.begins.push_back(data.clues.size());
        data.right.push_back(is_answer);
        right += is_answer ? 1 : 0;
      }
    }
  }
  require(right > 0, "none of the answers of {} records is a name, a number or a noun phrase; there is nothing to learn a selector from",
          records.size());
  // Rare clues share the number of one that has no weight in the end.
  const std::int32_t rare = static_cast<std::int32_t>(uses.size());
  for (std::int32_t& clue : data.clues)
    if (uses[static_cast<std::size_t>(clue)] < rarest_clue) clue = rare;
  std::vector<float> weights = fit(data, uses.size() + 1, options.rounds);
  for (const auto& [clue, number] : numbers)
    if (uses[static_cast<std::size_t>(number)] >= rarest_clue) selector.weights_.emplace(clue, weights[static_cast<std::size_t>(number)]);
  return selector;
}

double AnswerSelector::score(std::span<const std::string> clues) const {
  double logit = 0;
  for (const std::string& clue : clues) {
    const auto found = weights_.find(clue);
    if (found != weights_.end()) logit += found->second;
  }
  return 1 / (1 + std::exp(-logit));
}

std::vector<AnswerCandidate> AnswerSelector::all(FeatureExtractor& features, std::string_view text) const {
  const auto rarity = [&](const std::string& word) {
    const auto found = word_counts_.find(word);
    return rarity_of(found == word_counts_.end() ? 0 : found->second, contexts_);
  };
  std::vector<AnswerCandidate> candidates;
  for_each_candidate(features, text, rarity, [&](AnswerCandidate candidate, const std::vector<std::string>& clues) {
    candidate.score = score(clues);
    candidates.push_back(candidate);
  });
  std::stable_sort(candidates.begin(), candidates.end(), [](const auto& a, const auto& b) { return a.begin < b.begin; });
  return candidates;
}

std::vector<AnswerCandidate> AnswerSelector::best(FeatureExtractor& features, std::string_view text, std::size_t most,
                                                  double least_score) const {
  return without_overlaps(all(features, text), most, least_score);
}

CandidateMeasures AnswerSelector::measure(const FeatureExtractor& features, std::span<const QuestionRecord> records,
                                          std::span<const int> depths, int threads) const {
  const std::vector<AskedContext> contexts = asked_contexts(records);
  std::vector<std::vector<AnswerCandidate>> candidates(contexts.size());
  for_each_piece(static_cast<std::int64_t>((contexts.size() + contexts_a_piece - 1) / contexts_a_piece), threads, [&](std::int64_t piece) {
    FeatureExtractor own(features);
    const std::size_t begin = static_cast<std::size_t>(piece) * contexts_a_piece;
    for (std::size_t c = begin; c < std::min(contexts.size(), begin + contexts_a_piece); ++c) candidates[c] = all(own, contexts[c].text);
  });
  CandidateMeasures measures;
  measures.contexts = static_cast<std::int64_t>(contexts.size());
  std::int64_t exact = 0, near = 0;
  const auto is_near_any = [](const AnswerCandidate& candidate, const AskedContext& context) {
    return std::any_of(context.answers.begin(), context.answers.end(), [&](const Range& answer) { return is_near(candidate, answer); });
  };
  for (std::size_t c = 0; c < contexts.size(); ++c) {
    measures.candidates += static_cast<std::int64_t>(candidates[c].size());
    for (const Range& answer : contexts[c].answers) {
      ++measures.answers;
      const auto is_it = [&](const AnswerCandidate& candidate) { return Range(candidate.begin, candidate.end) == answer; };
      if (std::any_of(candidates[c].begin(), candidates[c].end(), is_it)) ++exact;
      if (std::any_of(candidates[c].begin(), candidates[c].end(), [&](const auto& candidate) { return is_near(candidate, answer); }))
        ++near;
    }
  }
  measures.recall = static_cast<double>(exact) / static_cast<double>(measures.answers);
  measures.recall_overlap = static_cast<double>(near) / static_cast<double>(measures.answers);
  for (const int depth : depths) {
    std::int64_t taken = 0, right = 0, about = 0, entities = 0, right_entities = 0;
    for (std::size_t c = 0; c < contexts.size(); ++c) {
      const auto is_answer = [&](const AnswerCandidate& candidate) {
        return contexts[c].answers.contains({candidate.begin, candidate.end});
      };
      for (const AnswerCandidate& candidate : without_overlaps(candidates[c], static_cast<std::size_t>(depth), 0)) {
        ++taken;
        right += is_answer(candidate) ? 1 : 0;
        about += is_near_any(candidate, contexts[c]) ? 1 : 0;
      }
      int left = depth;
      for (const AnswerCandidate& candidate : candidates[c]) {
        if (candidate.entity == EntityClass::none || left-- <= 0) continue;
        ++entities;
        right_entities += is_answer(candidate) ? 1 : 0;
      }
    }
    const auto share = [](std::int64_t part, std::int64_t whole) {
      return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
    };
    measures.precision.push_back({depth, share(right, taken), share(about, taken), share(right_entities, entities)});
  }
  return measures;
}

void AnswerSelector::save(const std::filesystem::path& directory) const {
  write_table(directory / weights_file, weights_);
  std::unordered_map<std::string, std::int32_t> words = word_counts_;
  words[contexts_key] = static_cast<std::int32_t>(contexts_);
  write_table(directory / words_file, words);
}

AnswerSelector AnswerSelector::load(const std::filesystem::path& directory) {
  AnswerSelector selector;
  selector.weights_ = read_table<decltype(selector.weights_)>(directory / weights_file);
  selector.word_counts_ = read_table<decltype(selector.word_counts_)>(directory / words_file);
  const auto contexts = selector.word_counts_.extract(contexts_key);
  require(!contexts.empty(), "{}: the number of contexts is missing", (directory / words_file).string());
  selector.contexts_ = contexts.mapped();
  return selector;
}

}  // namespace fathom::questions

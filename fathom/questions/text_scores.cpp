#include "fathom/questions/text_scores.h"

#include <span>
#include <unordered_map>
#include <utility>

#include "fathom/metrics/bleu.h"
#include "fathom/metrics/meteor.h"
#include "fathom/metrics/rouge.h"
#include "fathom/questions/meteor_knowledge.h"
#include "fathom/questions/question.h"
#include "fathom/questions/words.h"
#include "fathom/text/mteval_words.h"
#include "fathom/text/words.h"

namespace fathom::questions {
namespace {

using metrics::BleuCounts;
using metrics::CorpusStatistics;
using metrics::WordNumbers;

constexpr std::size_t bleu_width = 2 * BleuCounts::orders + 2;

void append(CorpusStatistics& statistics, const BleuCounts& counts) {
  std::vector<double>& rows = statistics.rows;
  rows.insert(rows.end(), counts.matched.begin(), counts.matched.end());
  rows.insert(rows.end(), counts.all.begin(), counts.all.end());
  rows.insert(rows.end(), {static_cast<double>(counts.length), static_cast<double>(counts.reference_length)});
}

BleuCounts bleu_counts_of(std::span<const double> sums) {
  BleuCounts counts;
  for (std::size_t n = 0; n < BleuCounts::orders; ++n) {
    counts.matched[n] = static_cast<std::int64_t>(sums[n]);
    counts.all[n] = static_cast<std::int64_t>(sums[BleuCounts::orders + n]);
  }
  counts.length = static_cast<std::int64_t>(sums[bleu_width - 2]);
  counts.reference_length = static_cast<std::int64_t>(sums[bleu_width - 1]);
  return counts;
}

void append(CorpusStatistics& statistics, const metrics::MeteorCounts& counts) {
  statistics.rows.insert(statistics.rows.end(), {counts.hypothesis_matches, counts.reference_matches, counts.hypothesis_length,
                                                 counts.reference_length, counts.matches, counts.chunks});
}

metrics::MeteorCounts meteor_counts_of(std::span<const double> sums) { return {sums[0], sums[1], sums[2], sums[3], sums[4], sums[5]}; }

// Texts as words, and words as numbers.
class TextCutter {
 public:
  explicit TextCutter(const ScoreOptions& options) : options_(options) {}

  std::vector<std::string> words(const std::string& text) const {
    const std::string cased = options_.lower_case ? text::lower_case(text) : text;
    std::vector<std::string> words;
    if (options_.words == ScoreWords::penn) {
      for (Token& token : tokenize(cased)) words.push_back(std::move(token.word));
    } else {
      for (text::Word& word : text::split_whitespace(cased)) words.push_back(std::move(word.text));
    }
    return words;
  }

  std::vector<std::string> mteval_words(const std::string& text) const {
    return text::mteval_words(options_.lower_case ? text::lower_case(text) : text);
  }

  WordNumbers numbers(const std::vector<std::string>& words) {
    WordNumbers numbers;
    for (const std::string& word : words)
      numbers.push_back(numbers_.try_emplace(word, static_cast<std::int64_t>(numbers_.size())).first->second);
    return numbers;
  }

 private:
  const ScoreOptions& options_;
  std::unordered_map<std::string, std::int64_t> numbers_;
};

metrics::Words lower_cased(metrics::Words words) {
  for (std::string& word : words) word = text::lower_case(word);
  return words;
}

}  // namespace

SystemScores score_texts(const std::vector<std::string>& generated, const std::vector<std::vector<std::string>>& references,
                         const ScoreOptions& options) {
  TextCutter cutter(options);
  const metrics::MeteorKnowledge knowledge = english_meteor_knowledge(options.net);
  SystemScores scores;
  CorpusStatistics bleu{bleu_width, {}, {}};
  CorpusStatistics sacre{bleu_width, {}, [](std::span<const double> sums) { return sacre_bleu(bleu_counts_of(sums)); }};
  CorpusStatistics meteor_1_5{6, {}, [](std::span<const double> sums) { return metrics::meteor_1_5(meteor_counts_of(sums)); }};
  std::vector<double> meteor, rouge, type;
  for (std::size_t i = 0; i < generated.size(); ++i) {
    const metrics::Words words = cutter.words(generated[i]);
    const WordNumbers numbers = cutter.numbers(words);
    std::vector<WordNumbers> reference_numbers, reference_mteval;
    std::vector<metrics::Words> reference_words;
    bool type_right = false;
    for (const std::string& reference : references[i]) {
      const metrics::Words cut = cutter.words(reference);
      reference_numbers.push_back(cutter.numbers(cut));
      reference_words.push_back(lower_cased(cut));
      reference_mteval.push_back(cutter.numbers(cutter.mteval_words(reference)));
      type_right |= type_of_question(generated[i]) == type_of_question(reference);
    }
    const BleuCounts counts = metrics::bleu_counts(numbers, reference_numbers);
    append(bleu, counts);
    append(sacre, metrics::bleu_counts(cutter.numbers(cutter.mteval_words(generated[i])), reference_mteval));
    const metrics::Words hypothesis = lower_cased(words);
    append(meteor_1_5, metrics::meteor_1_5_counts(hypothesis, reference_words, knowledge));
    meteor.push_back(metrics::nltk_meteor(hypothesis, reference_words, knowledge));
    rouge.push_back(metrics::rouge_l(numbers, reference_numbers));
    type.push_back(type_right ? 1.0 : 0.0);
    scores.texts.push_back({coco_bleu(counts).back(), meteor.back(), rouge.back(), type_right});
  }
  for (std::size_t n = 0; n < BleuCounts::orders; ++n) {
    bleu.score = [n](std::span<const double> sums) { return coco_bleu(bleu_counts_of(sums))[n]; };
    scores.metrics.push_back({"bleu_" + std::to_string(n + 1), bleu});
  }
  scores.metrics.push_back({"meteor", metrics::mean_statistics(meteor)});
  scores.metrics.push_back({"meteor_1_5_without_paraphrases", std::move(meteor_1_5)});
  scores.metrics.push_back({"rouge_l", metrics::mean_statistics(rouge)});
  scores.metrics.push_back({"type_accuracy", metrics::mean_statistics(type)});
  scores.metrics.push_back({"sacrebleu", std::move(sacre)});
  return scores;
}

}  // namespace fathom::questions

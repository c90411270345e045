// How near generated questions are to their references, by the metrics of the field.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "fathom/base/json.h"
#include "fathom/metrics/corpus_statistics.h"
#include "fathom/questions/generated_texts.h"
#include "fathom/text/wordnet.h"

namespace fathom::questions {

enum class ScoreWords : std::uint8_t {
  spaces,  // the texts are tokenised: words are what spaces part
  penn,    // the Penn Treebank's (questions/words.h), in the case of the text
};

struct ScoreOptions {
  ScoreWords words = ScoreWords::spaces;
  bool lower_case = false;  // all metrics; METEOR is lower-cased always
  std::int64_t resamples = 1000;
  std::uint64_t seed = 0;
  std::shared_ptr<const text::WordNet> net = nullptr;  // null: METEOR knows no synonyms
};

// One metric of one system, with what its intervals are made of. `name` is the key of the report:
//   bleu_1 … bleu_4    of the corpus, as coco-caption and nlg-eval (metrics/bleu.h)
//   meteor             mean over the texts, as nltk (metrics/meteor.h)
//   meteor_1_5_without_paraphrases  of the corpus
//   rouge_l            mean over the texts, as coco-caption (metrics/rouge.h)
//   type_accuracy      share of the texts whose question type (question.h) is that of one of their references
//   sacrebleu          of the corpus; cuts the texts into its own words ("13a") and takes no notice of ScoreOptions::words
struct Metric {
  std::string name;
  metrics::CorpusStatistics statistics;
};

// One scored text of one system.
struct TextScore {
  double bleu_4 = 0, meteor = 0, rouge_l = 0;  // as above, of this text alone; in [0, 1]
  bool type_right = false;
};

struct SystemScores {
  std::vector<Metric> metrics;  // in the order above
  std::vector<TextScore> texts;
};

SystemScores score_texts(const std::vector<std::string>& generated, const std::vector<std::vector<std::string>>& references,
                         const ScoreOptions& options);

// {sentences, references, words, lower_case, synonyms, resamples, seed, systems: [{generated, scores: {NAME: {value, low, high}}}],
// comparisons: [{system, baseline, differences: {NAME: {value, low, high, p}}}]}: values in percent, 95% intervals, each further system
// against the first. `names` are the systems' files.
OrderedJson score_report(const GeneratedTexts& texts, const std::vector<SystemScores>& scores, const std::vector<std::string>& names,
                         const ScoreOptions& options);

// The same for people.
std::string score_table(const OrderedJson& report);

// One JSON line for each text of each system: {system, id, generated, bleu_4, meteor, rouge_l, type_right}; values in percent.
std::string sentence_scores(const GeneratedTexts& texts, const std::vector<SystemScores>& scores, const std::vector<std::string>& names);

}  // namespace fathom::questions

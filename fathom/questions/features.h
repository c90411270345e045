// Lexical features of sentences for question generation (arXiv 1909.00140, 1908.11813: answer position, part of speech, entity class, word
// case), from what can be had without a tagged corpus.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/questions/entity_class.h"
#include "fathom/questions/example.h"
#include "fathom/questions/part_of_speech.h"
#include "fathom/questions/records.h"
#include "fathom/questions/words.h"
#include "fathom/text/sentences.h"
#include "fathom/text/wordnet.h"

namespace fathom::questions {

enum class WordCase : std::uint8_t { lower, upper_first, all_capitals, mixed, digits, other };
constexpr int word_case_count = 6;
WordCase word_case_of(std::string_view surface);

// A stretch of text and what is known of its words; one entry a word everywhere.
struct AnalyzedText {
  std::vector<Token> tokens;       // places count from the beginning of the text
  std::vector<std::string> words;  // lower-cased
  std::vector<Tag> tags;
  std::vector<EntityClass> entities;
  std::vector<WordCase> cases;
};

struct LearnOptions {
  int threads = 0;  // 0: one a core; the result is the same for any number
  std::function<void(const std::string& what)> report = {};
};

class FeatureExtractor {
 public:
  // One more than the largest value of each feature of an Example.
  static constexpr int answer_values = answer_tag_count;
  static constexpr int part_of_speech_values = tag_count;
  static constexpr int entity_values = entity_class_count;
  static constexpr int word_case_values = word_case_count;
  // A longer sentence is cut to so many words around the answer.
  static constexpr std::size_t longest_sentence = 250;

  // Learns from running text (contexts; equal ones count as often as they come: distinct_contexts()). Deterministic.
  // Throws Error when there is no word in the texts.
  static FeatureExtractor learn(std::span<const std::string> texts, const text::WordNet& wordnet, const LearnOptions& options = {});
  // Files lexicon.tsv, tag_transitions.tsv, entity_phrases.tsv, entity_evidence.tsv in the directory, which must exist. All that is needed
  // at run time is in them: WordNet is not.
  void save(const std::filesystem::path& directory) const;
  // Throws Error naming file and line.
  static FeatureExtractor load(const std::filesystem::path& directory);

  // A copy shares what was learned; each copy serves one thread.
  FeatureExtractor(const FeatureExtractor& other);
  FeatureExtractor& operator=(const FeatureExtractor& other);
  FeatureExtractor(FeatureExtractor&&) noexcept;
  FeatureExtractor& operator=(FeatureExtractor&&) noexcept;
  ~FeatureExtractor();

  // The sentence that holds the answer (text/sentences.h; an answer over an edge joins the sentences), its words and features; no id,
  // article, question. Throws Error as check_answer() does.
  Example describe(const AnswerInContext& place);
  // The same with the record's sentence, where it has one, and its id, article, question (as lower-cased words) and the question's type.
  Example describe(const QuestionRecord& record);
  // Of many records, in their order; the same for any number of threads.
  std::vector<Example> describe_all(std::span<const QuestionRecord> records, int threads = 0);

  // Words and features of a sentence (or of any text, as one sentence).
  AnalyzedText analyze(std::string_view sentence) const;
  // The parts of speech of words that are tokenised already, one a word: in their sentence, and the likeliest of each word by itself.
  std::vector<Tag> tag(std::span<const std::string> words) const;
  std::vector<Tag> tag_alone(std::span<const std::string> words) const;
  // A generated question as text: spaces and signs as people write them, names with capitals (as the sentence writes the word, else as the
  // texts that were learned from mostly do), a capital first and one question mark at the end.
  std::string write_question(std::span<const std::string> words, const Example& sentence) const;
  // Byte ranges of the text's sentences.
  std::vector<text::Span> sentences(std::string_view text);

 private:
  struct Learned;
  explicit FeatureExtractor(std::shared_ptr<const Learned> learned);
  Example describe_range(const AnswerInContext& place, std::size_t begin, std::size_t end) const;
  std::shared_ptr<const Learned> learned_;
  text::SentenceSplitter splitter_;
  // The sentences of the last context: records of one context mostly come one after the other.
  std::string split_text_;
  std::vector<text::Span> spans_;
};

// Each context once, in the order of its first record.
std::vector<std::string> distinct_contexts(std::span<const QuestionRecord> records);

}  // namespace fathom::questions

// The part of speech of each word of a sentence: a hidden Markov model of tag pairs over a lexicon. Private to the room; features.h is the
// interface.
#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "fathom/questions/tag_lexicon.h"
#include "fathom/questions/words.h"
#include "fathom/text/wordnet.h"

namespace fathom::questions {

// A sentence to learn from or to tag; `words` are the tokens' in lower case.
struct TokenizedSentence {
  std::vector<Token> tokens;
  std::vector<std::string> words;
};

// Parameters of the model. The boundary of a sentence is the tag number tag_count.
struct TagModel {
  static constexpr std::size_t boundary = tag_count;
  std::array<std::array<float, tag_count + 1>, tag_count + 1> transitions{};  // P(second | first)
  TagShares priors{};                                                         // P(tag)
};

struct TaggerTraining {
  int rounds = 4;         // of expectation maximisation
  float dictionary = 20;  // how many occurrences the dictionary's opinion on a word weighs
  int threads = 0;
};

class Tagger {
 public:
  // From raw sentences: the dictionary gives each word its tags, expectation maximisation the transitions and the words' shares. The same
  // for any number of threads.
  static Tagger learn(std::span<const TokenizedSentence> sentences, const text::WordNet& wordnet, const TaggerTraining& training = {});

  // The likeliest tags (Viterbi).
  std::vector<Tag> tag(std::span<const Token> tokens, std::span<const std::string> words) const;
  // The likeliest tag of each word by itself: what the transitions are measured against.
  std::vector<Tag> tag_alone(std::span<const Token> tokens, std::span<const std::string> words) const;

  const TagLexicon& lexicon() const { return lexicon_; }

  void save(const std::filesystem::path& directory) const;  // lexicon.tsv, tag_transitions.tsv
  static Tagger load(const std::filesystem::path& directory);

 private:
  Tagger(TagLexicon lexicon, const TagModel& model) : lexicon_(std::move(lexicon)), model_(model) {}
  TagLexicon lexicon_;
  TagModel model_;
};

// Whether a word at this place says nothing by its capital: the first one, behind opening quotes and brackets, too.
bool begins_sentence(std::span<const Token> tokens, std::size_t at);

}  // namespace fathom::questions

// METEOR: words of a hypothesis are aligned with words of a reference (equal, of one stem, synonyms), and the share that is aligned is
// lowered where the aligned words stand in another order. Two versions, which give different numbers:
//   nltk_meteor   Lavie and Agarwal 2007 as nltk.translate.meteor_score computes it
//   meteor_1_5    Denkowski and Lavie 2014 with its English parameters, but without paraphrases: its tables are not at hand, so the scores
//                 are below those of the program meteor-1.5.jar wherever that finds a paraphrase
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fathom::metrics {

using Words = std::vector<std::string>;  // lower-cased

// What METEOR knows of a language.
struct MeteorKnowledge {
  std::function<std::string(std::string_view word)> stem;
  // nltk_meteor: whether `other` is written as a synonym of `word` is. Both are stems: nltk looks up what its stemmer has left.
  std::function<bool(std::string_view word, std::string_view other)> names_synonym;
  // meteor_1_5: whether the two words share a meaning, in any form.
  std::function<bool(std::string_view word, std::string_view other)> shares_meaning;
  std::function<bool(std::string_view word)> is_function_word;  // meteor_1_5: such words weigh less
};

// Best over the references; in [0, 1]. α = 0.9, β = 3, γ = 0.5. Alignment as nltk's: greedy from the last word to the first, equal words,
// then stems, then synonyms.
double nltk_meteor(const Words& hypothesis, std::span<const Words> references, const MeteorKnowledge& knowledge);

// What adds up over a corpus for meteor_1_5.
struct MeteorCounts {
  double hypothesis_matches = 0, reference_matches = 0;  // weighted by matcher and kind of word
  double hypothesis_length = 0, reference_length = 0;    // weighted by kind of word
  double matches = 0;                                    // aligned words, unweighted
  double chunks = 0;  // runs of aligned words in one order; 0 where both sentences are aligned as a whole

  MeteorCounts& operator+=(const MeteorCounts& other);
};

// Against the reference that gives the highest score. Throws Error without references, as nltk_meteor() does.
MeteorCounts meteor_1_5_counts(const Words& hypothesis, std::span<const Words> references, const MeteorKnowledge& knowledge);

// Of a sentence or of a corpus's sums; in [0, 1]. α = 0.85, β = 0.2, γ = 0.6, δ = 0.75; equal words weigh 1, stems 0.6, synonyms 0.8.
double meteor_1_5(const MeteorCounts& counts);

}  // namespace fathom::metrics

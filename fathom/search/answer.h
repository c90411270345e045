// Answering a question from an index without a language model: the sentences that most likely hold the answer, each of which can be cited.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fathom/search/searcher.h"

namespace fathom::search {

// A sentence of a page, with what is needed to cite it.
struct Passage {
  std::string page, title, url;        // the page's id, title and address
  std::int64_t sentence = 0;           // ordinal
  std::size_t begin = 0, end = 0;      // bytes of the page's text
  std::string text;                    // the sentence
  std::string before, after;           // its neighbours on the page, for a reader who needs the context; may be empty
  std::vector<text::Span> highlights;  // bytes of `text` where words of the question stand
  double probability = 0;              // that the answer stands in this sentence

  // What the probability goes by.
  double page_logit = 0;  // of the page, Ranking's
  double share = 0;       // of the question's words in the sentence, by their weight
  double near = 0;        // the same for the sentence with its neighbours and the page's title
  double cosine = 0;      // of the two vectors; `share` in its place where the question has no vector
};

struct AnswerOptions {
  std::int64_t pages = 5;     // whose sentences are looked at
  std::int64_t passages = 5;  // returned at most
  double threshold = 0.5;     // a best passage below it is no answer
  index::PageFilter filter = {};
};

struct Answer {
  std::vector<Passage> passages;  // best first
  bool answered = false;          // whether the best one reaches the threshold
};

// The weights of a passage's features in the log-odds that it holds the answer. Their proportions were set by hand; their scale and the
// offset were fitted on SQuAD's training questions, half of which had no answer in the index (bench/squad_answers.py).
struct AnswerWeights {
  double offset, page_logit, share, near, cosine;
  double logit(const Passage& passage) const {
    return offset + page_logit * passage.page_logit + share * passage.share + near * passage.near + cosine * passage.cosine;
  }
};
AnswerWeights answer_weights();

// Any number of threads at once. Throws as Searcher::search().
Answer answer(Searcher& searcher, const std::string& question, const AnswerOptions& options = {});

}  // namespace fathom::search

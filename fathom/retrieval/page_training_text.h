// Pages and clicks as numbered words, the vocabulary that follows from them, and what training begins with.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <span>
#include <vector>

#include "fathom/pages/encoder_vocabulary.h"
#include "fathom/pages/page_collection.h"
#include "fathom/retrieval/page_training_recipe.h"
#include "fathom/vectors/sentence_corpus.h"

namespace fathom::retrieval {

struct PageText {
  std::int64_t title = -1;              // a text; -1: none
  std::vector<std::int64_t> sentences;  // texts
  std::vector<std::int64_t> ordinals;   // of these sentences in the page: those without words are left out
};

struct PageClick {
  std::int64_t query;  // a text
  std::int32_t page;
  std::int32_t sentence;  // index into PageText::sentences: the clicked one, or the most similar to the query where the log has none
  float weight;
};

struct PageTrainingText {
  vectors::SentenceCorpus corpus;  // every text: titles, sentences, queries. Words below vocabulary.size() have a row
  pages::EncoderVocabulary vocabulary;
  std::vector<std::vector<std::int32_t>> ngrams;  // rows of the corpus's words, by word (of frequent ones, too: word dropout reads them so)
  std::vector<PageText> pages;
  std::vector<PageClick> clicks, validation;
  std::int64_t labelled_by_similarity = 0;  // clicks of which the log names no sentence
  std::int64_t without_words = 0;           // clicks that were left out: no word in the query or in the page
  at::Tensor rows;                          // [vocabulary + buckets, width] fp32: word vectors, random n-grams
  at::Tensor word_weights;                  // [1, vocabulary + 1]: logarithms, frequent words little

  std::span<const std::int32_t> text(std::int64_t index) const { return corpus.sentence(index); }
};

// Throws Error when no click is left.
PageTrainingText prepare_page_text(const pages::PageCollection& collection, const std::vector<pages::PageExample>& examples,
                                   const PageTrainingRecipe& recipe, int threads);

}  // namespace fathom::retrieval

// Sentence vectors that need no training beyond word vectors: what a trained encoder has to beat at equal width (Wieting and Kiela,
// "No training required", ICLR 2019, arXiv 1901.10444, §3). All read the words that a vocabulary knows.
//
//   mean                the mean of the word vectors; its width is theirs
//   random-projection   BOREP: words times one random matrix, maximum over the words
//   random-lstm         a bidirectional LSTM with random weights, maximum over its states
//   esn                 a bidirectional echo state network: random recurrence of a spectral radius below one, maximum over its states
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "fathom/retrieval/sentence_encoder.h"

namespace fathom::retrieval {

const std::vector<std::string>& baseline_names();

// `embedding` [vocab, width] fp32: rows as the vocabulary's ids. The weights follow from `seed`, on any device. `width` is even.
// Throws Error for a name that is not one of baseline_names().
std::unique_ptr<SentenceEncoder> make_baseline(const std::string& name, EncoderVocabulary vocabulary, const at::Tensor& embedding,
                                               std::int64_t width, std::uint64_t seed, at::Device device);

}  // namespace fathom::retrieval

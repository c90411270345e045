#include "fathom/retrieval/sentence_encoder.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/file.h"

namespace fathom::retrieval {
namespace {

// Sentences of equal length side by side: [batch, length].
at::Tensor batch_of(const std::vector<std::vector<std::int64_t>>& ids, const std::vector<std::size_t>& order, std::size_t begin,
                    std::size_t end) {
  const auto length = static_cast<std::int64_t>(ids[order[begin]].size());
  at::Tensor batch = at::empty({static_cast<std::int64_t>(end - begin), length}, at::kLong);
  auto* out = batch.data_ptr<std::int64_t>();
  for (std::size_t i = begin; i < end; ++i) out = std::copy(ids[order[i]].begin(), ids[order[i]].end(), out);
  return batch;
}

}  // namespace

Encoded SentenceEncoder::encode(const std::vector<std::string>& sentences) const {
  const at::NoGradGuard no_grad;
  Encoded result;
  std::vector<std::vector<std::int64_t>> ids = vocabulary().ids_of(sentences, at::get_num_threads());
  for (std::vector<std::int64_t>& sentence : ids) {
    if (static_cast<std::int64_t>(sentence.size()) > max_length()) {
      sentence.resize(static_cast<std::size_t>(max_length()));
      ++result.cut;
    }
  }
  // Equal lengths next to each other; equal sentences, too, which then have equal rows.
  std::vector<std::size_t> order(ids.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return ids[a].size() < ids[b].size(); });
  result.embeddings = at::zeros({static_cast<std::int64_t>(sentences.size()), width()}, at::kFloat);
  std::size_t begin = 0;
  while (begin < order.size() && ids[order[begin]].empty()) ++begin;
  result.without_words = static_cast<std::int64_t>(begin);
  while (begin < order.size()) {
    const std::size_t length = ids[order[begin]].size();
    const std::size_t most = std::max<std::size_t>(1, static_cast<std::size_t>(batch_tokens()) / length);
    std::size_t end = begin;
    while (end < order.size() && end - begin < most && ids[order[end]].size() == length) ++end;
    const at::Tensor rows = encode_batch(batch_of(ids, order, begin, end)).to(at::kCPU, at::kFloat);
    std::vector<std::int64_t> places(order.begin() + static_cast<std::ptrdiff_t>(begin), order.begin() + static_cast<std::ptrdiff_t>(end));
    result.embeddings.index_copy_(0, at::tensor(places, at::kLong), rows);
    begin = end;
  }
  return result;
}

MeanMaxSentenceEncoder::MeanMaxSentenceEncoder(MeanMaxEncoder model, EncoderVocabulary vocabulary, Json record,
                                               const EncoderOptions& options)
    : model_(std::move(model)), vocabulary_(std::move(vocabulary)), record_(std::move(record)), options_(options) {
  require(vocabulary_.size() == model_.config().vocab_size, "the vocabulary has {} entries, the encoder's weights are for {}",
          vocabulary_.size(), model_.config().vocab_size);
}

at::Tensor MeanMaxSentenceEncoder::encode_batch(const at::Tensor& ids) const {
  const at::Tensor ended = at::cat({ids, at::full({ids.size(0), 1}, end_id, at::kLong)}, 1);
  return model_.sentence_vectors(ended.to(options_.device), options_.dtype);
}

std::int64_t MeanMaxSentenceEncoder::batch_tokens() const { return options_.device.is_cpu() ? 2048 : 65536; }

}  // namespace fathom::retrieval

#include "fathom/retrieval/length_batches.h"

#include <algorithm>
#include <map>

#include "fathom/base/error.h"
#include "fathom/base/rng.h"

namespace fathom::retrieval {

LengthBatches::LengthBatches(const std::vector<std::vector<std::int64_t>>& sentences, std::int64_t batch_size, std::uint64_t seed,
                             at::Device device)
    : batch_size_(batch_size), seed_(seed), device_(device) {
  require(batch_size >= 1, "a batch of at least one sentence is expected, got {}", batch_size);
  std::map<std::size_t, std::vector<std::int64_t>> joined;
  for (const std::vector<std::int64_t>& sentence : sentences) {
    require(!sentence.empty(), "an empty sentence cannot be batched");
    std::vector<std::int64_t>& ids = joined[sentence.size()];
    ids.insert(ids.end(), sentence.begin(), sentence.end());
  }
  require(!joined.empty(), "there are no sentences to train on");
  for (const auto& [length, ids] : joined) {
    const auto columns = static_cast<std::int64_t>(length), rows = static_cast<std::int64_t>(ids.size()) / columns;
    by_length_.push_back(at::tensor(ids, at::kLong).view({rows, columns}).to(device));
    sentences_ += rows;
    per_epoch_ += (rows + batch_size - 1) / batch_size;
  }
}

void LengthBatches::plan(std::int64_t epoch) {
  Rng rng(seed_, static_cast<std::uint64_t>(epoch));
  order_.clear();
  std::vector<Place> places;
  for (std::size_t i = 0; i < by_length_.size(); ++i) {
    const std::int64_t rows = by_length_[i].size(0);
    order_.push_back(at::tensor(rng.permutation(rows), at::kLong).to(device_));
    for (std::int64_t begin = 0; begin < rows; begin += batch_size_) places.push_back({i, begin, std::min(batch_size_, rows - begin)});
  }
  places_.clear();
  for (const std::int64_t i : rng.permutation(static_cast<std::int64_t>(places.size())))
    places_.push_back(places[static_cast<std::size_t>(i)]);
  epoch_ = epoch;
}

at::Tensor LengthBatches::batch(std::int64_t step) {
  if (step / per_epoch_ != epoch_) plan(step / per_epoch_);
  const Place& place = places_[static_cast<std::size_t>(step % per_epoch_)];
  return by_length_[place.length].index_select(0, order_[place.length].narrow(0, place.begin, place.count));
}

}  // namespace fathom::retrieval

#include "fathom/retrieval/page_batch.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace fathom::retrieval {
namespace {

using Indices = std::vector<std::int64_t>;

at::Tensor to_device(const Indices& values, at::Device device) { return at::tensor(values, at::kLong).to(device); }

class WordEntries {
 public:
  WordEntries(const PageTrainingText& text, const BatchOptions& options) : text_(text), options_(options) {}

  void add(std::int64_t number) {
    offsets_.push_back(static_cast<std::int64_t>(entries_.size()));
    if (number < 0) return;
    const auto words = text_.text(number);
    const bool drop = options_.word_dropout > 0 && words.size() > 1;
    for (const std::int32_t word : words) {
      const double chance = drop ? options_.rng->uniform() : 1.0;
      if (chance < options_.word_dropout) continue;
      const bool rare = word >= text_.vocabulary.size() || chance < 2 * options_.word_dropout;
      if (!rare) {
        push(word, word, 1.0F);
        continue;
      }
      const std::vector<std::int32_t>& ngrams = text_.ngrams[static_cast<std::size_t>(word)];
      const float coefficient = 1.0F / std::sqrt(static_cast<float>(ngrams.size()));
      for (const std::int32_t row : ngrams) push(row, text_.vocabulary.size(), coefficient);
    }
  }

  void move_to(PageBatch& batch, at::Device device) const {
    batch.rows = to_device(rows_, device);
    batch.entries = to_device(entries_, device);
    batch.weights = to_device(weights_, device);
    batch.coefficients = at::tensor(coefficients_, at::kFloat).to(device);
    batch.offsets = to_device(offsets_, device);
  }

 private:
  void push(std::int64_t row, std::int64_t weight, float coefficient) {
    const auto [found, is_new] = places_.emplace(row, static_cast<std::int64_t>(rows_.size()));
    if (is_new) rows_.push_back(row);
    entries_.push_back(found->second);
    weights_.push_back(weight);
    coefficients_.push_back(coefficient);
  }

  const PageTrainingText& text_;
  const BatchOptions& options_;
  std::unordered_map<std::int64_t, std::int64_t> places_;
  Indices rows_, entries_, weights_, offsets_;
  std::vector<float> coefficients_;
};

}  // namespace

PageBatch make_page_batch(const PageTrainingText& text, const pages::EncoderConfig& config, const std::vector<std::int64_t>& queries,
                          const std::vector<std::int32_t>& page_numbers, at::Device device, const BatchOptions& options) {
  PageBatch batch;
  batch.queries = static_cast<std::int64_t>(queries.size());
  batch.pages = static_cast<std::int64_t>(page_numbers.size());
  WordEntries words(text, options);
  for (const std::int64_t query : queries) words.add(query);
  for (const std::int32_t number : page_numbers) words.add(text.pages[static_cast<std::size_t>(number)].title);

  Indices page_of, positions;
  std::int64_t longest = 1, longest_chunk = 1, chunks = 0;
  batch.begins = {0};
  for (std::int64_t p = 0; p < batch.pages; ++p) {
    const PageText& page = text.pages[static_cast<std::size_t>(page_numbers[static_cast<std::size_t>(p)])];
    for (std::size_t i = 0; i < page.sentences.size(); ++i) {
      words.add(page.sentences[i]);
      page_of.push_back(p);
      positions.push_back(pages::position_bucket(page.ordinals[i]));
    }
    const auto count = static_cast<std::int64_t>(page.sentences.size());
    longest = std::max(longest, count);
    longest_chunk = std::max(longest_chunk, std::min(count, config.chunk));
    chunks += (count + config.chunk - 1) / config.chunk;
    batch.begins.push_back(batch.begins.back() + count);
  }
  batch.sentences = batch.begins.back();
  words.move_to(batch, device);

  const std::int64_t length = longest_chunk + 2, zeros = 2 * batch.pages + batch.sentences;
  Indices page_slots(static_cast<std::size_t>(batch.pages * longest), batch.sentences);
  Indices chunk_slots(static_cast<std::size_t>(chunks * length), zeros), chunk_roles(chunk_slots.size(), 0), sentence_slots;
  std::int64_t chunk = 0;
  for (std::int64_t p = 0; p < batch.pages; ++p) {
    const std::int64_t begin = batch.begins[static_cast<std::size_t>(p)], end = batch.begins[static_cast<std::size_t>(p) + 1];
    for (std::int64_t i = begin; i < end; ++i) page_slots[static_cast<std::size_t>(p * longest + i - begin)] = i;
    for (std::int64_t first = begin; first < end; first += config.chunk, ++chunk) {
      std::int64_t slot = chunk * length;
      const auto put = [&](std::int64_t source, std::int64_t role) {
        chunk_slots[static_cast<std::size_t>(slot)] = source;
        chunk_roles[static_cast<std::size_t>(slot)] = role;
        return slot++;
      };
      put(p, 0);
      put(batch.pages + p, 1);
      for (std::int64_t i = first; i < std::min(end, first + config.chunk); ++i) sentence_slots.push_back(put(2 * batch.pages + i, 2));
    }
  }
  batch.page_of = to_device(page_of, device);
  batch.positions = to_device(positions, device);
  batch.page_slots = to_device(page_slots, device).view({batch.pages, longest});
  batch.chunk_slots = to_device(chunk_slots, device).view({chunks, length});
  batch.chunk_roles = to_device(chunk_roles, device).view({chunks, length});
  batch.sentence_slots = to_device(sentence_slots, device);
  return batch;
}

}  // namespace fathom::retrieval

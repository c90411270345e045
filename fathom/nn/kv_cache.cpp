#include "fathom/nn/kv_cache.h"

#include <algorithm>
#include <cstring>

#include "fathom/base/error.h"

namespace fathom::nn {
namespace {

// Host numbers as a tensor on the cache's device.
template <typename T>
at::Tensor to_tensor(const std::vector<T>& values, at::IntArrayRef shape, at::ScalarType dtype, at::Device device) {
  at::Tensor host = at::empty(shape, at::TensorOptions().dtype(dtype));
  if (!values.empty()) std::memcpy(host.data_ptr(), values.data(), values.size() * sizeof(T));
  return device.is_cpu() ? host : host.to(device);
}

}  // namespace

KvCache::KvCache(KvCacheOptions options) : options_(std::move(options)) {
  require(options_.layers > 0 && options_.width > 0 && options_.page_size > 0 && options_.pages > 0,
          "a key-value cache needs layers, width, page size and pages above zero; got {}, {}, {}, {}", options_.layers, options_.width,
          options_.page_size, options_.pages);
  require(options_.pages * options_.page_size < (std::int64_t{1} << 31), "a key-value cache of {} pages of {} tokens is too large",
          options_.pages, options_.page_size);
  layers_.reserve(static_cast<std::size_t>(options_.layers));
  // On the CPU untouched pages cost no memory; on a device kernels may read (and mask) rows that were never written.
  const bool zero = !options_.tensor_options.device().is_cpu();
  const std::vector<std::int64_t> shape = {options_.pages, options_.page_size, options_.width};
  for (std::int64_t layer = 0; layer < options_.layers; ++layer)
    layers_.push_back(zero ? at::zeros(shape, options_.tensor_options) : at::empty(shape, options_.tensor_options));
  references_.assign(static_cast<std::size_t>(options_.pages), 0);
  // The lowest page is taken first, so that a short run touches little memory.
  for (std::int64_t page = options_.pages - 1; page >= 0; --page) free_.push_back(static_cast<std::int32_t>(page));
}

KvCache::Sequence KvCache::add() {
  const auto unused = std::find(lengths_.begin(), lengths_.end(), -1);
  const auto sequence = static_cast<std::size_t>(unused - lengths_.begin());
  if (unused == lengths_.end()) {
    lengths_.push_back(0);
    tables_.emplace_back();
  }
  lengths_[sequence] = 0;
  tables_[sequence].clear();
  return static_cast<Sequence>(sequence);
}

KvCache::Sequence KvCache::fork(Sequence source) {
  const std::int64_t tokens = length(source);
  const Sequence sequence = add();
  const auto to = static_cast<std::size_t>(sequence);
  lengths_[to] = tokens;
  tables_[to] = tables_[static_cast<std::size_t>(source)];
  for (const std::int32_t page : tables_[to]) ++references_[static_cast<std::size_t>(page)];
  return sequence;
}

void KvCache::drop_page(std::int32_t page) {
  if (--references_[static_cast<std::size_t>(page)] == 0) free_.push_back(page);
}

std::int32_t KvCache::take_page() {
  const std::int32_t page = free_.back();
  free_.pop_back();
  references_[static_cast<std::size_t>(page)] = 1;
  return page;
}

void KvCache::release(Sequence sequence) {
  truncate(sequence, 0);
  lengths_[static_cast<std::size_t>(sequence)] = -1;
}

void KvCache::truncate(Sequence sequence, std::int64_t new_length) {
  const std::int64_t tokens = length(sequence);
  require(new_length >= 0 && new_length <= tokens, "cannot cut a cached sequence of {} tokens to {}", tokens, new_length);
  auto& table = tables_[static_cast<std::size_t>(sequence)];
  const auto keep = static_cast<std::size_t>((new_length + options_.page_size - 1) / options_.page_size);
  while (table.size() > keep) {
    drop_page(table.back());
    table.pop_back();
  }
  lengths_[static_cast<std::size_t>(sequence)] = new_length;
}

std::int64_t KvCache::length(Sequence sequence) const {
  const auto index = static_cast<std::size_t>(sequence);
  require(sequence >= 0 && index < lengths_.size() && lengths_[index] >= 0, "the cache holds no sequence {}", sequence);
  return lengths_[index];
}

std::int64_t KvCache::free_pages() const { return static_cast<std::int64_t>(free_.size()); }

std::int64_t KvCache::pages_needed(Sequence sequence, std::int64_t tokens) const {
  const std::int64_t before = length(sequence);
  if (tokens <= 0) return 0;
  const auto& table = tables_[static_cast<std::size_t>(sequence)];
  const std::int64_t after = (before + tokens + options_.page_size - 1) / options_.page_size;
  return after - static_cast<std::int64_t>(table.size()) + (writes_shared_page(sequence) ? 1 : 0);
}

bool KvCache::writes_shared_page(Sequence sequence) const {
  const auto index = static_cast<std::size_t>(sequence);
  return lengths_[index] % options_.page_size != 0 && references_[static_cast<std::size_t>(tables_[index].back())] > 1;
}

std::int64_t KvCache::bytes_per_token() const {
  return options_.layers * options_.width * static_cast<std::int64_t>(layers_.front().element_size());
}

KvCache::Step KvCache::append(const std::vector<Sequence>& sequences, const std::vector<std::int64_t>& new_tokens) {
  require(sequences.size() == new_tokens.size() && !sequences.empty(), "append: {} sequences but {} token counts", sequences.size(),
          new_tokens.size());
  // Nothing changes when the pages do not suffice. (Two sequences that share a page count a copy each although the second
  // then owns it alone: while copies are counted, references are taken away and given back.)
  std::int64_t needed = 0;
  std::vector<std::int32_t> counted;
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    require(new_tokens[i] > 0, "append: sequence {} gets {} tokens", sequences[i], new_tokens[i]);
    needed += pages_needed(sequences[i], new_tokens[i]);
    if (writes_shared_page(sequences[i])) {
      counted.push_back(tables_[static_cast<std::size_t>(sequences[i])].back());
      --references_[static_cast<std::size_t>(counted.back())];
    }
  }
  for (const std::int32_t page : counted) ++references_[static_cast<std::size_t>(page)];
  require(needed <= free_pages(), "the key-value cache is full: {} more pages of {} tokens are needed, {} of {} are free", needed,
          options_.page_size, free_pages(), options_.pages);

  Step step;
  std::size_t max_pages = 1;
  std::vector<std::int64_t> rows;
  std::vector<std::int32_t> context_lengths;
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    const auto index = static_cast<std::size_t>(sequences[i]);
    auto& table = tables_[index];
    const std::int64_t before = lengths_[index];
    if (writes_shared_page(sequences[i])) {
      const std::int32_t shared = table.back();
      table.back() = take_page();
      for (at::Tensor& pages : layers_) pages.select(0, table.back()).copy_(pages.select(0, shared));
      drop_page(shared);
    }
    const std::int64_t after = before + new_tokens[i];
    while (static_cast<std::int64_t>(table.size()) * options_.page_size < after) table.push_back(take_page());
    for (std::int64_t token = before; token < after; ++token) {
      const std::int64_t page = table[static_cast<std::size_t>(token / options_.page_size)];
      rows.push_back(page * options_.page_size + token % options_.page_size);
    }
    lengths_[index] = after;
    step.lengths_before.push_back(before);
    context_lengths.push_back(static_cast<std::int32_t>(after));
    max_pages = std::max(max_pages, table.size());
  }

  std::vector<std::int32_t> page_table(sequences.size() * max_pages, 0);
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    const auto& table = tables_[static_cast<std::size_t>(sequences[i])];
    std::copy(table.begin(), table.end(), page_table.begin() + static_cast<std::ptrdiff_t>(i * max_pages));
  }
  const at::Device device = layers_.front().device();
  const auto count = static_cast<std::int64_t>(sequences.size());
  step.rows = to_tensor(rows, {static_cast<std::int64_t>(rows.size())}, at::kLong, device);
  step.page_table = to_tensor(page_table, {count, static_cast<std::int64_t>(max_pages)}, at::kInt, device);
  step.context_lengths = to_tensor(context_lengths, {count}, at::kInt, device);
  return step;
}

void KvCache::store(std::int64_t layer, const Step& step, const at::Tensor& rows) {
  at::Tensor& pages = layers_[static_cast<std::size_t>(layer)];
  require(rows.dim() == 2 && rows.size(0) == step.rows.size(0) && rows.size(1) == options_.width,
          "the cache takes [{}, {}] values of a layer, got {} values", step.rows.size(0), options_.width, rows.numel());
  const at::NoGradGuard no_grad;
  const at::Tensor values = rows.detach().to(pages.scalar_type()).contiguous();
  if (!pages.device().is_cpu()) {
    pages.view({-1, options_.width}).index_copy_(0, step.rows, values);
    return;
  }
  const auto row_bytes = static_cast<std::size_t>(options_.width) * pages.element_size();
  const auto* from = static_cast<const char*>(values.data_ptr());
  auto* to = static_cast<char*>(pages.data_ptr());
  const std::int64_t* index = step.rows.data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < values.size(0); ++i)
    std::memcpy(to + static_cast<std::size_t>(index[i]) * row_bytes, from + static_cast<std::size_t>(i) * row_bytes, row_bytes);
}

ops::PagedKeys KvCache::keys(std::int64_t layer, const Step& step) const {
  return {layers_[static_cast<std::size_t>(layer)], step.page_table, step.context_lengths, options_.page_size};
}

}  // namespace fathom::nn

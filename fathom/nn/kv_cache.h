// A paged cache of what attention needs of earlier tokens. For MLA a token's row is the compressed latent and the rotary
// key (kv_lora_rank + rope_dim values, DeepSeek-V3 §2.1.1); for GQA all keys and values of its heads.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

#include "fathom/ops/attention.h"
#include "fathom/ops/packed.h"

namespace fathom::nn {

struct KvCacheOptions {
  std::int64_t layers = 0;
  std::int64_t width = 0;            // values a token and layer
  std::int64_t page_size = 32;       // tokens a page
  std::int64_t pages = 0;            // pages a layer; the memory is layers · pages · page_size · width values
  at::TensorOptions tensor_options;  // dtype and device
};

class KvCache {
 public:
  using Sequence = std::int64_t;

  explicit KvCache(KvCacheOptions options);

  // An empty sequence. Handles are reused after release().
  Sequence add();
  // A new sequence that shares all tokens of `source` (samples of one prompt); a page is copied when first written to.
  Sequence fork(Sequence source);
  void release(Sequence sequence);
  // Forgets tokens beyond `length` (rejected speculation).
  void truncate(Sequence sequence, std::int64_t length);
  std::int64_t length(Sequence sequence) const;
  std::int64_t free_pages() const;
  // Pages needed to append `tokens` to a sequence.
  std::int64_t pages_needed(Sequence sequence, std::int64_t tokens) const;
  std::int64_t bytes_per_token() const;

  // Makes room for new tokens of each sequence (their lengths grow) and fixes the rows they go to. Throws Error when pages
  // run out (nothing has changed then). A sequence appears once. The result is used by every layer of one forward pass.
  struct Step {
    at::Tensor rows;             // [tokens] int64: row of each new token in a layer's pages
    at::Tensor page_table;       // [sequences, max_pages] int32
    at::Tensor context_lengths;  // [sequences] int32, the new tokens included
    std::vector<std::int64_t> lengths_before;
  };
  Step append(const std::vector<Sequence>& sequences, const std::vector<std::int64_t>& new_tokens);

  // Stores the new tokens' rows [tokens, width] of a layer.
  void store(std::int64_t layer, const Step& step, const at::Tensor& rows);
  ops::PagedKeys keys(std::int64_t layer, const Step& step) const;

 private:
  std::int32_t take_page();
  void drop_page(std::int32_t page);
  bool writes_shared_page(Sequence sequence) const;

  KvCacheOptions options_;
  std::vector<at::Tensor> layers_;                 // each [pages, page_size, width]
  std::vector<std::vector<std::int32_t>> tables_;  // pages of each sequence
  std::vector<std::int64_t> lengths_;              // -1: handle is free
  std::vector<std::int32_t> references_;           // of each page
  std::vector<std::int32_t> free_;
};

}  // namespace fathom::nn

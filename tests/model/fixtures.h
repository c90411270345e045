// Model directories with reference outputs: the small ones of tests/fixtures/hf and those of the shared folder.
#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "fathom/model/causal_lm.h"
#include "fathom/model/safetensors.h"

namespace fathom::model {

inline std::filesystem::path fixture(const std::string& name) {
  return std::filesystem::path(FATHOM_SOURCE_DIR) / "tests/fixtures/hf" / name;
}

inline std::filesystem::path shared_folder() {
  const char* set = std::getenv("FATHOM_SHARED");
  return set != nullptr ? std::filesystem::path(set) : std::filesystem::path(FATHOM_SOURCE_DIR) / "../shared";
}
inline std::filesystem::path shared_fixture(const std::string& name) { return shared_folder() / "fixtures/hf" / name; }

inline std::vector<std::string> fixture_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(fixture(""))) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

inline nn::ForwardContext packed(const std::vector<std::int64_t>& lengths, at::Device device = at::kCPU) {
  return nn::ForwardContext::packed(ops::PackedSequences::from_lengths(lengths, device));
}

// input_ids [batch, tokens] → [batch, tokens, vocab], all rows in one pack.
inline at::Tensor logits_of(const CausalLM& model, const at::Tensor& ids) {
  const std::vector<std::int64_t> lengths(static_cast<std::size_t>(ids.size(0)), ids.size(1));
  const at::Tensor hidden = model.forward(ids.reshape({-1}), packed(lengths));
  return model.logits(hidden).view({ids.size(0), ids.size(1), -1});
}

// The first module's logits [batch, tokens - 1, vocab].
inline at::Tensor mtp_logits_of(const CausalLM& model, const at::Tensor& ids) {
  const std::int64_t batch = ids.size(0), tokens = ids.size(1);
  const std::vector<std::int64_t> whole(static_cast<std::size_t>(batch), tokens), shorter(static_cast<std::size_t>(batch), tokens - 1);
  const at::Tensor hidden = model.forward(ids.reshape({-1}), packed(whole)).view({batch, tokens, -1});
  const at::Tensor before = hidden.narrow(1, 0, tokens - 1).reshape({batch * (tokens - 1), -1});
  const at::Tensor out = model.mtp_forward(0, before, ids.narrow(1, 1, tokens - 1).reshape({-1}), packed(shorter));
  return at::matmul(out, model.mtp_output_weight(0).t()).view({batch, tokens - 1, -1});
}

inline double largest_difference(const at::Tensor& a, const at::Tensor& b) {
  EXPECT_EQ(a.sizes(), b.sizes());
  return (a - b).abs().max().item<double>();
}

}  // namespace fathom::model

// The page encoder that learns from clicks (CPS-MEBR, arXiv 2210.09787; its sizes and layers are ours, the paper's are not public), run
// without libtorch. fathom/retrieval/page_model.h has the same in tensors and trains it.
//
//   text → z: the sum of its words' vectors, each times the exponential of the word's learned weight, scaled to length √width
//   query vector: z + FF_query(z), to length 1.     sentence: s = z + FF_sentence(z), FF(x) = W₂ gelu(W₁ x + b₁) + b₂
//   a page: the title, the mean of its sentences and the sentences themselves (with learned places) pass a pre-norm transformer, at most
//   `chunk` sentences at a time → h;  n = LN(h);  b = s + W n, to length 1
//   summariser: a sentence's click logit is FF_click(n), and select_sentences() takes the sentences K
//   vectors (form several): v_k = b_k + γ Σ_j α_jk π_j b_j / Σ_j α_jk π_j + δ Σ_j π_j b_j, to length 1, with π = softmax over the page of
//   p·n_j and α_j = softmax over K of β b_j·b_k: each vector leans on the sentences nearest to its own, so that what is not chosen is
//   represented too, and on the page as a whole form one: the softmax of p·n_j pools the b_j into one vector; one_wide: several such,
//   projected and side by side
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/index/page_encoder.h"
#include "fathom/pages/dense.h"
#include "fathom/pages/encoder_config.h"
#include "fathom/pages/encoder_vocabulary.h"

namespace fathom::pages {

class ClickPageEncoder final : public index::PageEncoder {
 public:
  // A directory with config.json (encoder_config.h), vocabulary.txt and model.safetensors (F32, tensor_shapes()). Throws Error with file,
  // tensor and shapes: incomplete, of another version, or parts that do not fit each other.
  static ClickPageEncoder load(const std::filesystem::path& directory);

  std::int64_t width() const override { return config_.vector_width(); }
  // Over config.json, vocabulary.txt and model.safetensors.
  const std::string& fingerprint() const override { return fingerprint_; }
  std::vector<float> encode_query(std::string_view query) const override;
  std::vector<index::PageVector> encode_page(std::string_view title, const std::vector<std::string_view>& sentences,
                                             std::int64_t most_vectors) const override;

  const EncoderConfig& config() const { return config_; }
  // How likely a click on the page wants each sentence: adds up to 1; 0 for sentences without words.
  std::vector<float> click_probabilities(std::string_view title, const std::vector<std::string_view>& sentences) const;

 private:
  struct FeedForward {
    Linear up, down;
    std::vector<float> apply(const float* x, std::int64_t rows) const;  // W₂ gelu(W₁ x + b₁) + b₂
  };
  struct Layer {
    LayerNorm attention_norm, feed_forward_norm;
    Linear qkv, out;
    FeedForward feed_forward;
  };
  // A page's sentences that have words.
  struct Page {
    std::vector<std::int64_t> ordinals;
    std::vector<float> base, context;  // b and n, [sentences, width]
    std::int64_t size() const { return static_cast<std::int64_t>(ordinals.size()); }
  };

  ClickPageEncoder() = default;
  // Adds z to `out`; returns false, adding nothing, when the text has no word.
  bool append_words(std::string_view text, std::vector<float>& out) const;
  Page read(std::string_view title, const std::vector<std::string_view>& sentences) const;
  void transform(std::vector<float>& x) const;                     // one chunk, [rows, width], in place
  std::vector<float> attend(const std::vector<float>& qkv) const;  // [rows, 3 width] → [rows, width]
  std::vector<float> click_logits(const Page& page) const;
  std::vector<index::PageVector> several(const Page& page, std::int64_t most) const;
  index::PageVector pooled(const Page& page) const;

  EncoderConfig config_;
  EncoderVocabulary vocabulary_;
  std::string fingerprint_;
  std::vector<float> embeddings_, word_weights_;  // weights: their exponentials
  FeedForward sentence_, query_, click_;
  std::vector<float> positions_, roles_;
  std::vector<Layer> layers_;
  LayerNorm context_norm_;
  Linear context_out_, pool_;
  float neighbour_weight_ = 1, neighbour_sharpness_ = 1, page_weight_ = 1;  // γ, β, δ
  std::vector<Linear> page_parts_, query_parts_;
};

}  // namespace fathom::pages

// The encoder of the attention autoencoder (RAMN's deep part): a bidirectional GRU over word vectors, run without libtorch.
// fathom/autoencoder/ trains it to reconstruct unlabelled questions.
//
// A direction (Cho et al. 2014, with the reset gate behind the product, as cuDNN and PyTorch have it):
//   r = σ(W_r x + b_r + U_r h + c_r),  z = σ(W_z x + b_z + U_z h + c_z),  n = tanh(W_n x + b_n + r ⊙ (U_n h + c_n)),  h' = (1 − z) ⊙ n + z
//   ⊙ h
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "fathom/vectors/matrix_file.h"

namespace fathom::faq {

class QuestionEncoder {
 public:
  // Each direction's weights side by side: [W | U | b | c], [3 · hidden, input_width + hidden + 2], gates in the order r, z, n.
  // Throws Error when the sizes do not fit or a value is not finite.
  QuestionEncoder(std::int64_t input_width, vectors::Matrix forward, vectors::Matrix backward);

  std::int64_t input_width() const { return input_width_; }
  std::int64_t hidden() const { return hidden_; }
  std::int64_t state_width() const { return 2 * hidden_; }

  // inputs: [words] rows of input_width floats, null for a word without a vector (zeros). → [words, state_width], both directions' states
  // at each word side by side, each row of length 1.
  std::vector<float> states(const std::vector<const float*>& inputs) const;

  // A directory with forward.safetensors and backward.safetensors (`weights` F32).
  void save(const std::filesystem::path& directory) const;
  static QuestionEncoder load(const std::filesystem::path& directory, std::int64_t input_width);

 private:
  struct Direction {
    std::vector<float> input, recurrent, input_bias, recurrent_bias;  // [3 hidden, input_width], [3 hidden, hidden], [3 hidden] twice
  };
  Direction unpack(const vectors::Matrix& packed, const char* name) const;
  void run(const Direction& direction, const std::vector<const float*>& inputs, bool backward, float* states) const;

  std::int64_t input_width_ = 0, hidden_ = 0;
  vectors::Matrix packed_forward_, packed_backward_;
  Direction forward_, backward_;
};

}  // namespace fathom::faq

// An LSTM in one or two directions as a building block.
#pragma once

#include <vector>

#include "fathom/nn/module.h"
#include "fathom/ops/lstm.h"

namespace fathom::asking {

class LstmLayer final : public nn::Module {
 public:
  // `width`: of all directions together. Values are left uninitialised.
  LstmLayer(std::int64_t in, std::int64_t width, int directions, at::TensorOptions tensors);
  // x [rows, in] → [rows, width] (ops/lstm.h).
  at::Tensor forward(const at::Tensor& x, const ops::StepRows& steps) const { return ops::lstm(x, steps, directions_); }

  void collect_parameters(const std::string& prefix, std::vector<nn::Parameter>& out) const override;
  void collect_checkpoint(const std::string& prefix, std::vector<nn::CheckpointTensor>& out) const override;

 private:
  std::vector<ops::LstmWeights> directions_;
};

// What a module's checkpoint holds when it holds its parameters as they are.
void collect_as_they_are(const nn::Module& module, const std::string& prefix, std::vector<nn::CheckpointTensor>& out);

}  // namespace fathom::asking

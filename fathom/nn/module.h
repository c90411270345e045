// What every building block can list: its parameters (for the optimizer) and its checkpoint tensors (for reading and
// writing). The two differ where blocks keep several checkpoint tensors joined in one parameter, so that one product
// serves them all (q/k/v, gate/up, all experts of a layer).
#pragma once

#include <ATen/ATen.h>

#include <string>
#include <vector>

namespace fathom::nn {

// A trainable tensor. `decay`: AdamW's weight decay applies (matrices; not norms and biases).
struct Parameter {
  std::string name;
  at::Tensor tensor;
  bool decay = true;
};

// One tensor of a checkpoint: its name there, and the view of our storage that holds it. Writing to the view loads it.
struct CheckpointTensor {
  std::string name;
  at::Tensor view;
  bool fp32 = false;  // kept in fp32 whatever the checkpoint's dtype (the router's correction bias)
};

class Module {
 public:
  virtual ~Module() = default;
  // `prefix` is the block's name in the checkpoint with a trailing dot ("model.layers.0.self_attn.").
  virtual void collect_parameters(const std::string& prefix, std::vector<Parameter>& out) const = 0;
  virtual void collect_checkpoint(const std::string& prefix, std::vector<CheckpointTensor>& out) const = 0;
};

}  // namespace fathom::nn

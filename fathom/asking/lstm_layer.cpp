#include "fathom/asking/lstm_layer.h"

namespace fathom::asking {

LstmLayer::LstmLayer(std::int64_t in, std::int64_t width, int directions, at::TensorOptions tensors) {
  const std::int64_t each = width / directions;
  for (int i = 0; i < directions; ++i)
    directions_.push_back({at::empty({4 * each, in}, tensors), at::empty({4 * each, each}, tensors), at::empty({4 * each}, tensors)});
}

void LstmLayer::collect_parameters(const std::string& prefix, std::vector<nn::Parameter>& out) const {
  for (std::size_t i = 0; i < directions_.size(); ++i) {
    const std::string name = prefix + (i == 0 ? "forward." : "backward.");
    out.push_back({name + "input", directions_[i].input});
    out.push_back({name + "recurrent", directions_[i].recurrent});
    out.push_back({name + "bias", directions_[i].bias, false});
  }
}

void LstmLayer::collect_checkpoint(const std::string& prefix, std::vector<nn::CheckpointTensor>& out) const {
  collect_as_they_are(*this, prefix, out);
}

void collect_as_they_are(const nn::Module& module, const std::string& prefix, std::vector<nn::CheckpointTensor>& out) {
  std::vector<nn::Parameter> parameters;
  module.collect_parameters(prefix, parameters);
  for (const nn::Parameter& parameter : parameters) out.push_back({parameter.name, parameter.tensor.detach()});
}

}  // namespace fathom::asking

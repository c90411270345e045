#include "fathom/nn/initialize.h"

#include <ATen/CPUGeneratorImpl.h>

#include <cmath>

namespace fathom::nn {

void initialize_glorot(const Module& module, std::uint64_t seed) {
  const at::NoGradGuard no_grad;
  at::Generator generator = at::detail::createCPUGenerator(seed);
  std::vector<Parameter> parameters;
  module.collect_parameters("", parameters);
  for (Parameter& parameter : parameters) {
    at::Tensor value = parameter.tensor.detach();
    if (value.dim() == 2) {
      const double bound = std::sqrt(6.0 / static_cast<double>(value.size(0) + value.size(1)));
      value.copy_(at::empty(value.sizes(), at::kFloat).uniform_(-bound, bound, generator));
    } else if (parameter.name.find("norm.weight") == std::string::npos) {
      value.zero_();
    }
  }
}

}  // namespace fathom::nn

// safetensors: no header makes a tensor reach outside its file.
#include "fathom/model/safetensors.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fathom::fuzz::expect_error_or_success([&] {
    const auto file = fathom::model::SafetensorsFile::open(fathom::fuzz::as_file(data, size, ".safetensors"));
    unsigned sum = 0;
    for (const auto& name : file.names()) {
      const at::Tensor tensor = file.tensor(name);
      const auto* bytes = static_cast<const unsigned char*>(tensor.data_ptr());
      for (std::size_t i = 0; i < tensor.nbytes(); ++i) sum += bytes[i];
    }
    static volatile unsigned sink;
    sink = sum;
  });
}

// Token files: no header makes a read reach outside the file.
#include <vector>

#include "fathom/data/token_file.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fathom::fuzz::expect_error_or_success([&] {
    const auto file = fathom::data::TokenFile::open(fathom::fuzz::as_file(data, size, ".safetensors"));
    std::vector<std::int64_t> tokens(static_cast<std::size_t>(file.size()));
    file.read(0, file.size(), tokens.data());
    for (std::int64_t document = 0; document < file.documents(); ++document) {
      const auto begin = file.document_begin(document);
      std::int64_t first = 0;
      if (begin < file.size()) file.read(begin, 1, &first);
    }
  });
}

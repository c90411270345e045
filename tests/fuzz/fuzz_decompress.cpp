// Compressed files: whatever gzip, xz or zstd data claims, it is read within bounds.
#include "fathom/base/file.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fathom::fuzz::expect_error_or_success([&] {
    const auto reader = fathom::open_reader(fathom::fuzz::as_file(data, size, ".bin"));
    std::string buffer(1 << 16, '\0');
    // A few bytes can stand for gigabytes of zeros: that is legal, and enough is enough.
    for (int pieces = 0; pieces < 64 && reader->read(buffer.data(), buffer.size()) > 0; ++pieces) {
    }
  });
}

// Documents: the same bytes as plain text and as JSON lines.
#include "fathom/data/documents.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::size_t bytes = 0;
  const auto count = [&](std::string_view document) { bytes += document.size(); };
  fathom::data::DocumentOptions options;
  options.max_document_bytes = 64;
  for (const char* suffix : {".jsonl", ".txt"}) {
    fathom::fuzz::expect_error_or_success(
        [&] { fathom::data::for_each_document(fathom::fuzz::as_file(data, size, suffix), options, count); });
  }
  return 0;
}

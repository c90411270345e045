// Documents: the same bytes as plain text, as JSON lines and as HTML; stopping at bad input, and passing it over.
#include "fathom/data/documents.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::size_t bytes = 0;
  const auto count = [&](std::string_view document) { bytes += document.size(); };
  fathom::data::DocumentOptions options;
  options.max_document_bytes = 64;
  options.max_record_bytes = 4096;
  for (const char* suffix : {".jsonl", ".txt", ".html"}) {
    const auto file = fathom::fuzz::as_file(data, size, suffix);
    options.on_bad = fathom::data::OnBad::fail;
    fathom::fuzz::expect_error_or_success([&] { fathom::data::for_each_document(file, options, count); });
    options.on_bad = fathom::data::OnBad::skip;
    fathom::data::for_each_document(file, options, count);
  }
  return 0;
}

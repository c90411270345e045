// Manifests of prepared corpora: what can be read can be written and read again.
#include "fathom/data/corpus_manifest.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fathom::fuzz::expect_error_or_success([&] {
    const auto manifest = fathom::data::CorpusManifest::parse(fathom::fuzz::as_text(data, size), "input");
    const std::string written = manifest.dump();
    if (fathom::data::CorpusManifest::parse(written, "again").dump() != written) __builtin_trap();
  });
}

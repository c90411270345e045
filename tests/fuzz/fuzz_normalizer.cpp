// Normalisation, quality rules and language guesses take any bytes; what is normalised is valid UTF-8.
#include <cstdlib>

#include "fathom/data/quality_filter.h"
#include "fathom/data/text_normalizer.h"
#include "fathom/text/utf8.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fathom::fuzz::as_text(data, size);
  const std::string normalized = fathom::data::normalize_text(text);
  if (fathom::text::valid_prefix(normalized) != normalized.size()) std::abort();
  fathom::data::QualityFilter filter;
  filter.disable("length.min_words");
  filter.accept_languages({"en"});
  filter.judge(text).message();
  return 0;
}

// tokenizer.json: what loads must encode and decode without loss of bytes (a file may ask for a space before the text).
#include <cstdlib>
#include <string>

#include "fathom/text/tokenizer.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fathom::fuzz::expect_error_or_success([&] {
    const auto tokenizer = fathom::text::Tokenizer::load(fathom::fuzz::as_file(data, size, ".json"));
    const std::string text = "Two fathoms, 12 feet: \xE6\xB5\xB7\n\xFF" + std::string(fathom::fuzz::as_text(data, size).substr(0, 64));
    // A vocabulary without some byte cannot encode everything, and says so with an Error.
    const auto without_spaces = [](std::string bytes) {
      std::erase(bytes, ' ');
      return bytes;
    };
    if (without_spaces(tokenizer.decode(tokenizer.encode(text))) != without_spaces(text)) std::abort();
  });
}

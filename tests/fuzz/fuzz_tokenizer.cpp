// tokenizer.json: what loads must encode and decode, be saved and read again with equal ids, and lose no byte unless the file asks
// for that.
#include <cstdlib>
#include <string>

#include "fathom/text/tokenizer.h"
#include "fathom/text/tokenizer_inspection.h"
#include "tests/fuzz/fuzz_input.h"

namespace {

// Whether decoding gives back what was encoded, spaces apart: nothing is normalised, removed, or taken by tokens for other bytes.
bool keeps_bytes(const fathom::text::Tokenizer& tokenizer) {
  const fathom::OrderedJson description = fathom::text::TokenizerInspection::describe(tokenizer);
  if (!description.at("normalizer").is_null() || !description.at("added_tokens").empty()) return false;
  for (const auto& step : description.at("pre_tokenizer"))
    if (step.get<std::string>().find("Removed") != std::string::npos) return false;
  return true;
}

std::string without_spaces(std::string bytes) {
  std::erase(bytes, ' ');
  return bytes;
}

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fathom::fuzz::expect_error_or_success([&] {
    const auto path = fathom::fuzz::as_file(data, size, ".json");
    const auto tokenizer = fathom::text::Tokenizer::load(path);
    const std::string text = "Two fathoms, 12 feet: \xE6\xB5\xB7\n\xFF" + std::string(fathom::fuzz::as_text(data, size).substr(0, 64));
    // A vocabulary without some byte cannot encode everything, and says so with an Error.
    const auto ids = tokenizer.encode_with_special_tokens(text);
    const std::string decoded = tokenizer.decode(ids);
    if (keeps_bytes(tokenizer) && ids.size() == tokenizer.encode(text).size()) require(without_spaces(decoded) == without_spaces(text));

    fathom::text::StreamDecoder decoder(tokenizer, /*skip_special=*/false);
    std::string streamed;
    for (const auto id : ids) streamed += decoder.push(id);
    require(streamed + decoder.flush() == decoded);

    if (const std::size_t cut = tokenizer.cut_position(text, text.size()); cut > 0) {
      auto joined = tokenizer.encode(std::string_view(text).substr(0, cut));
      const auto rest = tokenizer.encode(std::string_view(text).substr(cut));
      joined.insert(joined.end(), rest.begin(), rest.end());
      require(joined == tokenizer.encode(text));
    }

    const auto copy = path.parent_path() / "copy";
    std::filesystem::create_directories(copy);
    tokenizer.save(copy);
    const auto again = fathom::text::Tokenizer::load(copy);
    require(again.fingerprint() == tokenizer.fingerprint() && again.encode_with_special_tokens(text) == ids);
  });
}

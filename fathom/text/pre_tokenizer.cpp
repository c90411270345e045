#include "fathom/text/pre_tokenizer.h"

#include "fathom/base/error.h"
#include "fathom/text/byte_level.h"
#include "fathom/text/pre_tokenizer_sequence.h"
#include "fathom/text/scanned_words.h"
#include "fathom/text/split.h"

namespace fathom::text {
namespace {

constexpr int deepest_nesting = 8;  // of sequences; a hostile file must not use up the stack

std::unique_ptr<PreTokenizer> make_step(const Json& description, const std::string& origin, int depth);

std::unique_ptr<PreTokenizer> make_sequence(const Json& description, const std::string& origin, int depth) {
  require(depth < deepest_nesting, "{}: pre_tokenizer Sequences are nested more than {} deep", origin, deepest_nesting);
  const Json steps = json_get<Json>(description, "pretokenizers", origin);
  require(steps.is_array() && !steps.empty(), "{}: pre_tokenizer Sequence needs a list 'pretokenizers' with at least one step", origin);
  std::vector<std::unique_ptr<PreTokenizer>> made;
  for (const Json& step : steps) made.push_back(make_step(step, origin, depth + 1));
  return std::make_unique<PreTokenizerSequence>(std::move(made));
}

std::unique_ptr<PreTokenizer> make_step(const Json& description, const std::string& origin, int depth) {
  const auto type = json_get<std::string>(description, "type", origin + ": pre_tokenizer");
  const std::string where = fmt::format("{}: pre_tokenizer {}", origin, type);
  if (type == "ByteLevel") {
    // `trim_offsets` concerns positions in the text only.
    return std::make_unique<ByteLevel>(json_get_or(description, "add_prefix_space", true, where),
                                       json_get_or(description, "use_regex", true, where));
  }
  if (type == "Digits") {
    // A digit is a character of the Unicode categories Nd, Nl and No.
    const bool apart = json_get_or(description, "individual_digits", false, where);
    return std::make_unique<Split>(SplitPattern(apart ? "\\p{N}" : "\\p{N}+"), SplitBehavior::isolated, false);
  }
  if (type == "Split") return Split::from_json(description, origin);
  if (type == "Sequence") return make_sequence(description, origin, depth);
  fail("{}: the pre_tokenizer '{}' is not supported; supported are Split, Digits, ByteLevel and Sequence of them", origin, type);
}

// The steps in the order in which they work on the text.
void collect_steps(const Json& description, std::vector<const Json*>& steps) {
  if (description.at("type") != "Sequence") {
    steps.push_back(&description);
    return;
  }
  for (const Json& step : description.at("pretokenizers")) collect_steps(step, steps);
}

}  // namespace

void PreTokenizer::cut(std::string_view text, Pieces& pieces) const {
  for_each_utf8_stretch(text, [&](std::string_view stretch, bool is_valid) {
    if (is_valid) return cut_valid(stretch, pieces);
    pieces.views.push_back(stretch);
  });
}

void ScannedWords::cut_valid(std::string_view text, Pieces& pieces) const {
  for_each_word(pattern_, text, [&](std::string_view word) { pieces.views.push_back(word); });
}

std::unique_ptr<PreTokenizer> make_pre_tokenizer(const Json& description, const std::string& origin, bool use_scanner) {
  require(!description.is_null(),
          "{}: there is no pre_tokenizer; a vocabulary of characters is not supported, only one of bytes (pre_tokenizer ByteLevel)",
          origin);
  std::unique_ptr<PreTokenizer> made = make_step(description, origin, 0);
  std::vector<const Json*> steps;
  collect_steps(description, steps);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const bool last = i + 1 == steps.size();
    const auto type = steps[i]->at("type").get<std::string>();
    require((type == "ByteLevel") == last,
            "{}: the pre_tokenizer must have one ByteLevel step and it must be the last; step {} of {} is {}", origin, i + 1, steps.size(),
            type);
  }
  if (const auto known = use_scanner ? known_word_pattern(description) : std::nullopt) return std::make_unique<ScannedWords>(*known);
  return made;
}

std::vector<std::string> pre_tokenizer_steps(const Json& description) {
  std::vector<const Json*> steps;
  collect_steps(description, steps);
  std::vector<std::string> lines;
  for (const Json* step : steps) {
    std::string line = step->at("type").get<std::string>();
    for (const auto& [key, value] : step->items())
      if (key != "type" && key != "trim_offsets") line += fmt::format(" {}={}", key, value.dump());
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace fathom::text

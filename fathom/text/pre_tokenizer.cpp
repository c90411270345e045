#include "fathom/text/pre_tokenizer.h"

#include "fathom/base/error.h"
#include "fathom/text/byte_level.h"
#include "fathom/text/digits.h"
#include "fathom/text/pre_tokenizer_sequence.h"

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
  if (type == "ByteLevel") {
    // `trim_offsets` concerns positions in the text only.
    return std::make_unique<ByteLevel>(json_get_or(description, "add_prefix_space", true, origin),
                                       json_get_or(description, "use_regex", true, origin));
  }
  if (type == "Digits") return std::make_unique<Digits>(json_get_or(description, "individual_digits", false, origin));
  if (type == "Sequence") return make_sequence(description, origin, depth);
  fail("{}: the pre_tokenizer '{}' is not supported; supported are ByteLevel, Digits and Sequence of them", origin, type);
}

// Types in the order in which they work on the text.
void collect_types(const Json& description, std::vector<std::string>& types) {
  if (description.at("type") != "Sequence") {
    types.push_back(description.at("type"));
    return;
  }
  for (const Json& step : description.at("pretokenizers")) collect_types(step, types);
}

}  // namespace

std::unique_ptr<PreTokenizer> make_pre_tokenizer(const Json& description, const std::string& origin) {
  require(!description.is_null(),
          "{}: there is no pre_tokenizer; a vocabulary of characters is not supported, only one of bytes (pre_tokenizer ByteLevel)",
          origin);
  std::unique_ptr<PreTokenizer> made = make_step(description, origin, 0);
  std::vector<std::string> types;
  collect_types(description, types);
  for (std::size_t i = 0; i < types.size(); ++i) {
    const bool last = i + 1 == types.size();
    require((types[i] == "ByteLevel") == last,
            "{}: the pre_tokenizer must have one ByteLevel step and it must be the last; step {} of {} is {}", origin, i + 1, types.size(),
            types[i]);
  }
  return made;
}

}  // namespace fathom::text

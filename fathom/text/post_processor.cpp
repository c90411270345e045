#include "fathom/text/post_processor.h"

#include <utility>

#include "fathom/base/error.h"

namespace fathom::text {
namespace {

constexpr int deepest_nesting = 8;  // of sequences; a hostile file must not use up the stack

SpecialTokenFrame frame_of_template(const Json& description, std::int64_t vocab_size, const std::string& where) {
  const Json pieces = json_get<Json>(description, "single", where);
  const Json special = json_get_or(description, "special_tokens", Json::object(), where);
  require(pieces.is_array() && special.is_object(), "{}: 'single' must be a list and 'special_tokens' an object", where);
  SpecialTokenFrame frame;
  bool behind_text = false;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const std::string place = fmt::format("{}: single[{}]", where, i);
    const Json& piece = pieces[i];
    require(piece.is_object() && piece.size() == 1, "{} must be {{\"Sequence\": …}} or {{\"SpecialToken\": …}}", place);
    if (piece.contains("Sequence")) {
      const auto id = json_get<std::string>(piece.at("Sequence"), "id", place);
      require(id == "A" && !behind_text, "{}: a template for one text holds the Sequence A once", place);
      behind_text = true;
      continue;
    }
    const auto name = json_get<std::string>(json_get<Json>(piece, "SpecialToken", place), "id", place);
    require(special.contains(name), "{}: special_tokens has no '{}'", place, name);
    for (const Json& id : json_get<Json>(special.at(name), "ids", where + ": special_tokens: " + name)) {
      require(id.is_number_integer() && id >= 0 && id < vocab_size, "{}: special_tokens: '{}' has the id {}; the tokenizer's are 0 to {}",
              where, name, id.dump(), vocab_size - 1);
      (behind_text ? frame.after : frame.before).push_back(id.get<TokenId>());
    }
  }
  require(behind_text, "{}: single holds no Sequence A", where);
  return frame;
}

SpecialTokenFrame frame_of(const Json& description, std::int64_t vocab_size, const std::string& origin, int depth) {
  if (description.is_null()) return {};
  const auto type = json_get<std::string>(description, "type", origin + ": post_processor");
  const std::string where = fmt::format("{}: post_processor {}", origin, type);
  if (type == "ByteLevel") return {};
  if (type == "TemplateProcessing") return frame_of_template(description, vocab_size, where);
  require(type == "Sequence",
          "{}: the post_processor '{}' is not supported; supported are ByteLevel, TemplateProcessing and Sequence of them", origin, type);
  require(depth < deepest_nesting, "{}: post_processor Sequences are nested more than {} deep", origin, deepest_nesting);
  const Json list = json_get<Json>(description, "processors", where);
  require(list.is_array(), "{}: 'processors' must be a list", where);
  SpecialTokenFrame frame;
  for (const Json& step : list) {
    SpecialTokenFrame made = frame_of(step, vocab_size, origin, depth + 1);
    if (made.before.empty() && made.after.empty()) continue;
    // The reference does not put a second template's tokens around what the first made.
    require(frame.before.empty() && frame.after.empty(), "{}: a Sequence with two TemplateProcessing steps is not supported", where);
    frame = std::move(made);
  }
  return frame;
}

}  // namespace

SpecialTokenFrame special_token_frame(const Json& post_processor, std::int64_t vocab_size, const std::string& origin) {
  return frame_of(post_processor, vocab_size, origin, 0);
}

}  // namespace fathom::text

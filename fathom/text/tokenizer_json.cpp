#include "fathom/text/tokenizer_json.h"

#include "fathom/base/error.h"
#include "fathom/text/byte_alphabet.h"

namespace fathom::text {
namespace {

// The member, or null.
Json member(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() ? Json() : *found;
}

void refuse_unless_neutral(const Json& model, const char* key, const std::string& origin) {
  const Json value = member(model, key);
  const bool neutral = value.is_null() || value == "" || value == false || value == 0.0;
  require(neutral, "{}: model.{} = {} is not supported", origin, key, value.dump());
}

// A `normalizer` that leaves the text as it is: none, or an empty Sequence.
bool is_neutral_normalizer(const Json& normalizer) {
  if (normalizer.is_null()) return true;
  return normalizer.is_object() && member(normalizer, "type") == "Sequence" && member(normalizer, "normalizers") == Json::array();
}

void require_byte_level(const Json& part, const char* name, const std::string& origin) {
  const auto type = json_get<std::string>(part, "type", fmt::format("{}: {}", origin, name));
  require(type == "ByteLevel", "{}: the {} '{}' is not supported; supported is ByteLevel", origin, name, type);
}

Vocabulary parse_vocabulary(const Json& model, const std::string& origin) {
  const auto found = model.find("vocab");
  require(found != model.end() && found->is_object() && !found->empty(), "{}: model.vocab must be an object of tokens and ids", origin);
  Vocabulary vocabulary;
  for (const auto& [spelled, id] : found->items()) {
    require(id.is_number_integer() && id >= 0 && id <= Vocabulary::largest_id, "{}: model.vocab: token '{}' needs an id of 0 to {}, not {}",
            origin, spelled, Vocabulary::largest_id, id.dump());
    try {
      vocabulary.add(id.get<TokenId>(), spelled, unspell(spelled).value_or(spelled));
    } catch (const Error& error) {
      fail("{}: model.vocab: {}", origin, error.what());
    }
  }
  return vocabulary;
}

// A merge is "left right" in older files, ["left", "right"] in newer ones.
std::pair<std::string, std::string> parse_merge(const Json& merge, std::size_t rank, const std::string& origin) {
  if (merge.is_string()) {
    const std::string& line = merge.get_ref<const std::string&>();
    const std::size_t space = line.find(' ');
    if (space != std::string::npos && line.find(' ', space + 1) == std::string::npos)
      return {line.substr(0, space), line.substr(space + 1)};
  } else if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()) {
    return {merge[0], merge[1]};
  }
  fail("{}: model.merges[{}] must be \"left right\" or [\"left\", \"right\"]", origin, rank);
}

std::vector<Merge> parse_merges(const Json& model, const Vocabulary& vocabulary, const std::string& origin) {
  const auto found = model.find("merges");
  require(found != model.end() && found->is_array(), "{}: model.merges must be a list", origin);
  std::vector<Merge> merges;
  merges.reserve(found->size());
  PairTable<bool> seen;
  for (const Json& entry : *found) {
    const auto [left, right] = parse_merge(entry, merges.size(), origin);
    const auto id = [&, rank = merges.size()](const std::string& token) {
      const auto known = vocabulary.find_spelled(token);
      require(known.has_value(), "{}: model.merges[{}] needs the token '{}', which model.vocab does not have", origin, rank, token);
      return *known;
    };
    merges.push_back({id(left), id(right), id(left + right)});
    bool& again = seen[pair_key(merges.back().left, merges.back().right)];
    require(!again, "{}: model.merges[{}] repeats an earlier one: '{}' '{}'", origin, merges.size() - 1, left, right);
    again = true;
  }
  return merges;
}

AddedTokens parse_added_tokens(const Json& document, const Vocabulary& vocabulary, const std::string& origin) {
  AddedTokens added;
  const Json list = member(document, "added_tokens");
  if (list.is_null()) return added;
  require(list.is_array(), "{}: added_tokens must be a list", origin);
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string where = fmt::format("{}: added_tokens[{}]", origin, i);
    AddedToken token;
    token.id = json_get<TokenId>(list[i], "id", where);
    token.content = json_get<std::string>(list[i], "content", where);
    token.special = json_get_or(list[i], "special", false, where);
    for (const char* flag : {"single_word", "lstrip", "rstrip"}) {
      require(!json_get_or(list[i], flag, false, where), "{}: {} is not supported (token '{}')", where, flag, token.content);
    }
    require(token.id >= 0 && token.id <= Vocabulary::largest_id, "{}: the id {} is not within 0 to {}", where, token.id,
            Vocabulary::largest_id);
    const auto same = vocabulary.find_spelled(token.content);
    require(!same || *same == token.id, "{}: '{}' has the id {} here and {} in model.vocab", where, token.content, token.id,
            same.value_or(0));
    require(!same || vocabulary.bytes(*same) == token.content, "{}: '{}' is in model.vocab too, where it spells other bytes", where,
            token.content);
    require(same || !vocabulary.contains(token.id), "{}: '{}' has the id {}, which is that of a token of model.vocab", where, token.content,
            token.id);
    try {
      added.add(std::move(token));
    } catch (const Error& error) {
      fail("{}: {}", where, error.what());
    }
  }
  return added;
}

std::string json_string(std::string_view text) { return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

TokenizerParts parse_tokenizer_json(std::string_view text, const std::string& origin) {
  const Json document = parse_json(text, origin);
  const Json::const_iterator model = document.is_object() ? document.find("model") : document.end();
  require(document.is_object() && model != document.end() && model->is_object(),
          "{}: this is no tokenizer.json (an object with 'model' is needed)", origin);
  // Very old files leave the type out; theirs is BPE when there are merges.
  const auto type = json_get_or<std::string>(*model, "type", model->contains("merges") ? "BPE" : "unknown", origin + ": model");
  require(type == "BPE", "{}: the model '{}' is not supported; supported is BPE", origin, type);
  for (const char* key : {"dropout", "continuing_subword_prefix", "end_of_word_suffix", "byte_fallback"})
    refuse_unless_neutral(*model, key, origin);

  const Json normalizer = member(document, "normalizer");
  require(is_neutral_normalizer(normalizer), "{}: the normalizer '{}' is not supported; supported is none", origin,
          normalizer.is_object() ? json_get_or<std::string>(normalizer, "type", "?", origin) : normalizer.dump());

  TokenizerParts parts;
  parts.pre_tokenizer = member(document, "pre_tokenizer");
  parts.post_processor = member(document, "post_processor");
  if (!parts.post_processor.is_null()) require_byte_level(parts.post_processor, "post_processor", origin);
  parts.decoder = member(document, "decoder");
  require(!parts.decoder.is_null(), "{}: there is no decoder; supported is ByteLevel", origin);
  require_byte_level(parts.decoder, "decoder", origin);

  parts.whole_words_first = json_get_or(*model, "ignore_merges", false, origin + ": model");
  parts.vocabulary = parse_vocabulary(*model, origin);
  parts.merges = parse_merges(*model, parts.vocabulary, origin);
  parts.added = parse_added_tokens(document, parts.vocabulary, origin);
  return parts;
}

std::string tokenizer_json(const BpeModel& model, const AddedTokens& added, const Json& pre_tokenizer, const Json& post_processor,
                           const Json& decoder) {
  // Written by hand: as a JSON value an ordered vocabulary of 100,000 tokens would take minutes to build.
  std::string out = "{\n  \"version\": \"1.0\",\n  \"truncation\": null,\n  \"padding\": null,\n  \"added_tokens\": [";
  const char* separator = "\n";
  for (const AddedToken& token : added.all()) {
    out += fmt::format(
        "{}    {{\"id\": {}, \"content\": {}, \"single_word\": false, \"lstrip\": false, \"rstrip\": false, \"normalized\": false, "
        "\"special\": {}}}",
        separator, token.id, json_string(token.content), token.special);
    separator = ",\n";
  }
  out += fmt::format("\n  ],\n  \"normalizer\": null,\n  \"pre_tokenizer\": {},\n  \"post_processor\": {},\n  \"decoder\": {},\n",
                     pre_tokenizer.dump(), post_processor.dump(), decoder.dump());
  out += fmt::format(
      "  \"model\": {{\n    \"type\": \"BPE\",\n    \"dropout\": null,\n    \"unk_token\": null,\n    \"continuing_subword_prefix\": "
      "null,\n"
      "    \"end_of_word_suffix\": null,\n    \"fuse_unk\": false,\n    \"byte_fallback\": false,\n    \"ignore_merges\": {},\n    "
      "\"vocab\": {{",
      model.whole_words_first());
  const Vocabulary& vocabulary = model.vocabulary();
  separator = "\n";
  for (TokenId id = 0; id < vocabulary.size(); ++id) {
    if (!vocabulary.contains(id)) continue;
    out += fmt::format("{}      {}: {}", separator, json_string(vocabulary.spelled(id)), id);
    separator = ",\n";
  }
  out += "\n    },\n    \"merges\": [";
  separator = "\n";
  for (const Merge& merge : model.merges()) {
    out += fmt::format("{}      [{}, {}]", separator, json_string(vocabulary.spelled(merge.left)),
                       json_string(vocabulary.spelled(merge.right)));
    separator = ",\n";
  }
  out += "\n    ]\n  }\n}\n";
  return out;
}

}  // namespace fathom::text

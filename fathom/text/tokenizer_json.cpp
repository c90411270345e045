#include "fathom/text/tokenizer_json.h"

#include <utility>

#include "fathom/base/error.h"
#include "fathom/text/byte_alphabet.h"

namespace fathom::text {
namespace {

// The member, or null.
Json member(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() ? Json() : *found;
}

bool is_neutral(const Json& value) { return value.is_null() || value == "" || value == false || value == 0.0; }

// What the model states beside vocabulary and merges.
void check_model(const Json& model, const Vocabulary& vocabulary, const std::string& origin) {
  for (const char* key : {"dropout", "continuing_subword_prefix", "end_of_word_suffix"}) {
    const Json value = member(model, key);
    require(is_neutral(value), "{}: model.{} = {} is not supported", origin, key, value.dump());
  }
  // These concern bytes without a token. Where every byte has one they change nothing.
  for (const char* key : {"unk_token", "byte_fallback"}) {
    const Json value = member(model, key);
    if (is_neutral(value)) continue;
    for (unsigned byte = 0; byte < 256; ++byte) {
      require(vocabulary.find_spelled(spelling(static_cast<std::uint8_t>(byte))).has_value(),
              "{}: model.{} = {} is supported only where every byte has a token; 0x{:02X} has none", origin, key, value.dump(), byte);
    }
  }
}

// The decoder must be ByteLevel; Fuse behind it joins what is joined already.
void check_decoder(const Json& decoder, const std::string& origin) {
  require(!decoder.is_null(), "{}: there is no decoder; supported is ByteLevel", origin);
  const auto type_of = [&](const Json& part) { return json_get<std::string>(part, "type", origin + ": decoder"); };
  const auto refuse = [&](const std::string& type) {
    fail("{}: the decoder '{}' is not supported; supported is ByteLevel, also in a Sequence with Fuse behind it", origin, type);
  };
  if (type_of(decoder) == "ByteLevel") return;
  if (type_of(decoder) != "Sequence") refuse(type_of(decoder));
  const Json list = json_get<Json>(decoder, "decoders", origin + ": decoder Sequence");
  require(list.is_array() && !list.empty(), "{}: decoder Sequence: 'decoders' must be a list with at least one decoder", origin);
  for (std::size_t i = 0; i < list.size(); ++i)
    if (type_of(list[i]) != (i == 0 ? "ByteLevel" : "Fuse")) refuse(type_of(list[i]));
}

// A merge is "left right" in older files, ["left", "right"] in newer ones.
std::pair<std::string, std::string> parse_merge(const Json& merge, const std::string& where) {
  if (merge.is_string()) {
    const std::string& line = merge.get_ref<const std::string&>();
    const std::size_t space = line.find(' ');
    if (space != std::string::npos && line.find(' ', space + 1) == std::string::npos)
      return {line.substr(0, space), line.substr(space + 1)};
  } else if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()) {
    return {merge[0], merge[1]};
  }
  fail("{} must be \"left right\" or [\"left\", \"right\"]", where);
}

AddedTokens parse_added_tokens(const Json& document, const Vocabulary& vocabulary, const std::string& origin) {
  AddedTokens added;
  const Json list = member(document, "added_tokens");
  if (list.is_null()) return added;
  require(list.is_array(), "{}: added_tokens must be a list", origin);
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string where = fmt::format("{}: added_tokens[{}]", origin, i);
    add_token(added, parse_added_token(list[i], json_get<TokenId>(list[i], "id", where), where), vocabulary, where);
  }
  return added;
}

}  // namespace

Vocabulary parse_vocabulary(const Json& vocab, const std::string& origin) {
  require(vocab.is_object() && !vocab.empty(), "{} must be an object of tokens and ids", origin);
  Vocabulary vocabulary;
  for (const auto& [spelled, id] : vocab.items()) {
    require(id.is_number_integer() && id >= 0 && id <= Vocabulary::largest_id, "{}: token '{}' needs an id of 0 to {}, not {}", origin,
            spelled, Vocabulary::largest_id, id.dump());
    try {
      vocabulary.add(id.get<TokenId>(), spelled, unspell(spelled).value_or(spelled));
    } catch (const Error& error) {
      fail("{}: {}", origin, error.what());
    }
  }
  return vocabulary;
}

std::vector<Merge> parse_merges(const Json& list, const Vocabulary& vocabulary, const std::function<std::string(std::size_t)>& where) {
  std::vector<Merge> merges;
  merges.reserve(list.size());
  PairTable<bool> seen;
  for (const Json& entry : list) {
    const std::size_t rank = merges.size();
    const auto [left, right] = entry.is_array() && entry.size() == 2 ? parse_merge(entry, "") : parse_merge(entry, where(rank));
    const auto id = [&](const std::string& token) {
      const auto known = vocabulary.find_spelled(token);
      if (!known) fail("{} needs the token '{}', which the vocabulary does not have", where(rank), token);
      return *known;
    };
    merges.push_back({id(left), id(right), id(left + right)});
    bool& again = seen[pair_key(merges.back().left, merges.back().right)];
    if (again) fail("{} repeats an earlier one: '{}' '{}'", where(rank), left, right);
    again = true;
  }
  return merges;
}

AddedToken parse_added_token(const Json& description, TokenId id, const std::string& where) {
  AddedToken token;
  token.id = id;
  token.content = json_get<std::string>(description, "content", where);
  token.special = json_get_or(description, "special", false, where);
  token.normalized = json_get_or(description, "normalized", !token.special, where);
  token.single_word = json_get_or(description, "single_word", false, where);
  token.lstrip = json_get_or(description, "lstrip", false, where);
  token.rstrip = json_get_or(description, "rstrip", false, where);
  return token;
}

void add_token(AddedTokens& added, AddedToken token, const Vocabulary& vocabulary, const std::string& where) {
  require(token.id >= 0 && token.id <= Vocabulary::largest_id, "{}: the id {} is not within 0 to {}", where, token.id,
          Vocabulary::largest_id);
  const auto same = vocabulary.find_spelled(token.content);
  require(!same || *same == token.id, "{}: '{}' has the id {} here and {} in the vocabulary", where, token.content, token.id,
          same.value_or(0));
  require(same || !vocabulary.contains(token.id), "{}: '{}' has the id {}, which is that of another token of the vocabulary", where,
          token.content, token.id);
  try {
    added.add(std::move(token));
  } catch (const Error& error) {
    fail("{}: {}", where, error.what());
  }
}

TokenizerParts parse_tokenizer_json(std::string_view text, const std::string& origin) {
  const Json document = parse_json(text, origin);
  const Json::const_iterator model = document.is_object() ? document.find("model") : document.end();
  require(document.is_object() && model != document.end() && model->is_object(),
          "{}: this is no tokenizer.json (an object with 'model' is needed)", origin);
  // Very old files leave the type out; theirs is BPE when there are merges.
  const auto type = json_get_or<std::string>(*model, "type", model->contains("merges") ? "BPE" : "unknown", origin + ": model");
  require(type == "BPE", "{}: the model '{}' is not supported; supported is BPE", origin, type);

  TokenizerParts parts;
  parts.normalizer = member(document, "normalizer");
  parts.pre_tokenizer = member(document, "pre_tokenizer");
  parts.post_processor = member(document, "post_processor");
  parts.decoder = member(document, "decoder");
  parts.truncation = member(document, "truncation");
  parts.padding = member(document, "padding");
  check_decoder(parts.decoder, origin);

  parts.whole_words_first = json_get_or(*model, "ignore_merges", false, origin + ": model");
  require(model->contains("vocab"), "{}: model.vocab is missing", origin);
  parts.vocabulary = parse_vocabulary(model->at("vocab"), origin + ": model.vocab");
  require(model->contains("merges") && model->at("merges").is_array(), "{}: model.merges must be a list", origin);
  parts.merges = parse_merges(model->at("merges"), parts.vocabulary,
                              [&](std::size_t rank) { return fmt::format("{}: model.merges[{}]", origin, rank); });
  check_model(*model, parts.vocabulary, origin);
  parts.model_options = Json::object();
  for (const auto& [key, value] : model->items())
    if (key != "vocab" && key != "merges" && key != "ignore_merges") parts.model_options[key] = value;
  parts.added = parse_added_tokens(document, parts.vocabulary, origin);
  return parts;
}

}  // namespace fathom::text

// Writes tokenizer.json by hand: as a JSON value an ordered vocabulary of 100,000 tokens would take minutes to build.
#include "fathom/text/tokenizer_json.h"

namespace fathom::text {
namespace {

std::string json_string(std::string_view text) { return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace); }

void write_added_tokens(const AddedTokens& added, std::string& out) {
  out += "  \"added_tokens\": [";
  const char* separator = "\n";
  for (const AddedToken& token : added.all()) {
    out += fmt::format(
        "{}    {{\"id\": {}, \"content\": {}, \"single_word\": {}, \"lstrip\": {}, \"rstrip\": {}, \"normalized\": {}, \"special\": {}}}",
        separator, token.id, json_string(token.content), token.single_word, token.lstrip, token.rstrip, token.normalized, token.special);
    separator = ",\n";
  }
  out += "\n  ],\n";
}

void write_model(const BpeModel& model, const Json& options, std::string& out) {
  Json head = {{"type", "BPE"},
               {"dropout", nullptr},
               {"unk_token", nullptr},
               {"continuing_subword_prefix", nullptr},
               {"end_of_word_suffix", nullptr},
               {"fuse_unk", false},
               {"byte_fallback", false}};
  if (options.is_object()) head.update(options);
  head["ignore_merges"] = model.whole_words_first();
  out += "  \"model\": {\n";
  for (const auto& [key, value] : head.items()) out += fmt::format("    {}: {},\n", json_string(key), value.dump());
  const Vocabulary& vocabulary = model.vocabulary();
  out += "    \"vocab\": {";
  const char* separator = "\n";
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
  out += "\n    ]\n  }\n";
}

}  // namespace

std::string tokenizer_json(const BpeModel& model, const AddedTokens& added, const TokenizerComponents& components) {
  std::string out = "{\n  \"version\": \"1.0\",\n";
  const auto write = [&out](const char* key, const Json& value) { out += fmt::format("  \"{}\": {},\n", key, value.dump()); };
  write("truncation", components.truncation);
  write("padding", components.padding);
  write_added_tokens(added, out);
  write("normalizer", components.normalizer);
  write("pre_tokenizer", components.pre_tokenizer);
  write("post_processor", components.post_processor);
  write("decoder", components.decoder);
  write_model(model, components.model_options, out);
  out += "}\n";
  return out;
}

}  // namespace fathom::text

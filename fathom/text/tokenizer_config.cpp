#include "fathom/text/tokenizer_config.h"

#include "fathom/base/error.h"
#include "fathom/base/file.h"

namespace fathom::text {

TokenizerConfig::TokenizerConfig() : json_({{"tokenizer_class", "PreTrainedTokenizerFast"}, {"clean_up_tokenization_spaces", false}}) {}

TokenizerConfig TokenizerConfig::load(const std::filesystem::path& directory) {
  TokenizerConfig config;
  const std::filesystem::path path = directory / "tokenizer_config.json", chat_template = directory / "chat_template.jinja";
  if (std::filesystem::exists(path)) {
    config.origin_ = path.string();
    const std::string text = read_file(path);
    parse_json(text, config.origin_);  // for its messages; the order of the keys is kept below
    config.json_ = OrderedJson::parse(text);
    require(config.json_.is_object(), "{}: a JSON object is needed, but this is {}", config.origin_, config.json_.type_name());
    config.template_origin_ = config.origin_ + ": chat_template";
  }
  if (std::filesystem::exists(chat_template)) {
    config.set("chat_template", read_file(chat_template));
    config.template_origin_ = chat_template.string();
  }
  return config;
}

std::optional<std::string> TokenizerConfig::role(const std::string& key) const {
  const auto found = json_.find(key);
  if (found == json_.end() || found->is_null()) return std::nullopt;
  if (found->is_string()) return found->get<std::string>();
  if (found->is_object() && found->contains("content") && found->at("content").is_string()) return found->at("content").get<std::string>();
  fail("{}: {} must be a string or an object with 'content', but is {}", origin_, key, found->dump());
}

std::int64_t TokenizerConfig::model_vocab_size(std::int64_t vocab_size) const {
  const auto found = json_.find("model_vocab_size");
  if (found == json_.end()) return vocab_size;
  require(found->is_number_integer() && found->get<std::int64_t>() >= vocab_size,
          "{}: model_vocab_size must be a whole number of at least {}, the tokenizer's vocabulary, but is {}", origin_, vocab_size,
          found->dump());
  return found->get<std::int64_t>();
}

std::vector<std::pair<std::string, std::string>> TokenizerConfig::special_tokens() const {
  std::vector<std::pair<std::string, std::string>> tokens;
  for (const char* key : {"bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"})
    if (auto content = role(key)) tokens.emplace_back(key, std::move(*content));
  return tokens;
}

std::optional<TokenizerConfig::ChatTemplate> TokenizerConfig::chat_template(bool with_tools) const {
  const auto found = json_.find("chat_template");
  if (found == json_.end() || found->is_null()) return std::nullopt;
  if (found->is_string()) return ChatTemplate{found->get<std::string>(), template_origin_};
  require(found->is_array(), "{}: a string or a list of {{name, template}} is needed, but this is {}", template_origin_,
          found->type_name());
  std::string names;
  const auto named = [&](std::string_view wanted) -> std::optional<ChatTemplate> {
    names.clear();
    for (const OrderedJson& entry : *found) {
      const bool complete = entry.is_object() && entry.contains("name") && entry.at("name").is_string() && entry.contains("template") &&
                            entry.at("template").is_string();
      require(complete, "{}: every entry of the list needs 'name' and 'template', both strings", template_origin_);
      const auto& name = entry.at("name").get_ref<const std::string&>();
      if (name == wanted) return ChatTemplate{entry.at("template").get<std::string>(), template_origin_ + "[" + name + "]"};
      names += (names.empty() ? "" : ", ") + name;
    }
    return std::nullopt;
  };
  if (with_tools)
    if (auto result = named("tool_use")) return result;
  if (auto result = named("default")) return result;
  fail("{}: the list has no template named 'default' but {}", template_origin_, names.empty() ? "none at all" : names);
}

}  // namespace fathom::text

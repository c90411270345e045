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
  }
  if (!config.json_.contains("chat_template") && std::filesystem::exists(chat_template))
    config.set("chat_template", read_file(chat_template));
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

}  // namespace fathom::text

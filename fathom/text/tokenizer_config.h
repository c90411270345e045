// tokenizer_config.json: which tokens begin, end and pad a sequence, and the chat template. Keys that fathom does not use are kept.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fathom/base/json.h"

namespace fathom::text {

class TokenizerConfig {
 public:
  // As transformers expects it beside a tokenizer that fathom trained.
  TokenizerConfig();
  // DIR/tokenizer_config.json, with the text of DIR/chat_template.jinja as its chat template where that exists (transformers
  // takes it first too); the defaults when neither exists. Throws Error when it is no JSON object.
  static TokenizerConfig load(const std::filesystem::path& directory);

  // The content of "bos_token", "eos_token" or "pad_token": a string or an object with "content". nullopt: none.
  // Throws Error with the file's name when it is something else.
  std::optional<std::string> role(const std::string& key) const;
  void set(const std::string& key, const std::string& value) { json_[key] = value; }
  // "model_vocab_size", or `vocab_size` when it is absent. Throws Error when it is no whole number of at least `vocab_size`.
  std::int64_t model_vocab_size(std::int64_t vocab_size) const;
  void set_model_vocab_size(std::int64_t size) { json_["model_vocab_size"] = size; }

  // Every role that transformers gives to chat templates (bos_token, eos_token, unk_token, …) and that is set, with its content.
  std::vector<std::pair<std::string, std::string>> special_tokens() const;

  struct ChatTemplate {
    std::string source, origin;  // Jinja, and what messages call it
  };
  // "chat_template": a string, or a list of {name, template}, of which transformers takes "tool_use" where tools are given and there is
  // one, otherwise "default". nullopt: there is none. Throws Error naming the file when it is something else.
  std::optional<ChatTemplate> chat_template(bool with_tools) const;

  const OrderedJson& json() const { return json_; }
  const std::string& origin() const { return origin_; }
  std::string dump() const { return json_.dump(2) + "\n"; }

 private:
  OrderedJson json_;
  std::string origin_ = "tokenizer_config.json", template_origin_ = "tokenizer_config.json: chat_template";
};

}  // namespace fathom::text

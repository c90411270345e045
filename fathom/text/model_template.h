// The chat template of a model directory (docs/chat-templates.md): Jinja in tokenizer_config.json or chat_template.jinja, rendered as
// transformers' apply_chat_template renders it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "fathom/base/json.h"
#include "fathom/text/jinja/template.h"
#include "fathom/text/tokenizer.h"
#include "fathom/text/tokenizer_config.h"

namespace fathom::text {

struct TemplateInput {
  OrderedJson messages = OrderedJson::array();    // [{"role": …, "content": …, …}, …]; untrusted but for the names of the roles
  OrderedJson tools = nullptr;                    // a list of JSON schemas, or null; untrusted
  OrderedJson variables = OrderedJson::object();  // further names for the template, by the person who runs the program: trusted
  bool add_generation_prompt = true;
};

class ModelTemplate {
 public:
  // nullopt: the model has no template. Throws Error with file, line and column for a construct that is not supported.
  static std::optional<ModelTemplate> of(const TokenizerConfig& config, bool with_tools = false);

  // The prompt's text. Throws Error where the template refuses the conversation and where Jinja would raise.
  jinja::MarkedText render(const TemplateInput& input) const;

  // The first special token that the template writes after an assistant's message; nullopt when it writes none, or when it cannot render
  // a question and its reply.
  std::optional<TokenId> end_of_reply(const Tokenizer& tokenizer) const;
  // What the generation prompt has already written of the reply: "<think>" or "<think>\n" where it ends so (as DeepSeek-R1's does).
  std::string reply_opening() const;

 private:
  ModelTemplate(jinja::Template parsed, std::vector<jinja::Variable> special_tokens)
      : template_(std::move(parsed)), special_tokens_(std::move(special_tokens)) {}

  jinja::Template template_;
  std::vector<jinja::Variable> special_tokens_;
};

}  // namespace fathom::text

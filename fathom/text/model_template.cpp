#include "fathom/text/model_template.h"

#include "fathom/base/error.h"

namespace fathom::text {
namespace {

using jinja::Trust;

// A question, and perhaps the assistant's reply to it: what the rules about replies are read off from.
TemplateInput sample(bool with_reply) {
  TemplateInput input;
  input.messages.push_back({{"role", "user"}, {"content", "Question"}});
  if (with_reply) input.messages.push_back({{"role", "assistant"}, {"content", "Reply"}});
  input.add_generation_prompt = !with_reply;
  return input;
}

std::optional<jinja::MarkedText> try_render(const ModelTemplate& model_template, const TemplateInput& input) {
  try {
    return model_template.render(input);
  } catch (const Error&) {
    return std::nullopt;  // a template may demand more than a sample has
  }
}

}  // namespace

std::optional<ModelTemplate> ModelTemplate::of(const TokenizerConfig& config, bool with_tools) {
  auto found = config.chat_template(with_tools);
  if (!found) return std::nullopt;
  std::vector<jinja::Variable> tokens;
  for (const auto& [role, content] : config.special_tokens()) tokens.push_back({role, content, Trust::trusted});
  return ModelTemplate(jinja::Template(found->source, std::move(found->origin)), std::move(tokens));
}

jinja::MarkedText ModelTemplate::render(const TemplateInput& input) const {
  std::vector<jinja::Variable> variables = special_tokens_;
  variables.push_back({"messages", input.messages, Trust::conversation});
  variables.push_back({"tools", input.tools, Trust::untrusted});
  variables.push_back({"documents", nullptr, Trust::untrusted});
  variables.push_back({"add_generation_prompt", input.add_generation_prompt, Trust::trusted});
  for (const auto& [name, value] : input.variables.items()) variables.push_back({name, value, Trust::trusted});
  return template_.render(variables);
}

std::optional<TokenId> ModelTemplate::end_of_reply(const Tokenizer& tokenizer) const {
  const auto text = try_render(*this, sample(/*with_reply=*/true));
  if (!text || text->is_trusted()) return std::nullopt;
  for (const TokenId id : tokenizer.encode(std::string_view(text->bytes()).substr(text->untrusted().back().end)))
    if (tokenizer.is_special(id)) return id;
  return std::nullopt;
}

std::string ModelTemplate::reply_opening() const {
  const auto prompt = try_render(*this, sample(/*with_reply=*/false));
  if (!prompt) return "";
  for (const std::string_view opening : {"<think>", "<think>\n"})
    if (prompt->bytes().ends_with(opening)) return std::string(opening);
  return "";
}

}  // namespace fathom::text

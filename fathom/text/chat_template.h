// Prompts in the formats the models are trained on (docs/chat.md). `plain`: the text itself. `r1-zero`: the one-block
// prompt of DeepSeek-R1 (papers: §2.2.3, Table 1) that asks for <think>…</think> <answer>…</answer>.
// `chat`: bos <|User|> … <|Assistant|> … eos turns, as DeepSeek's chat models use them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fathom/text/tokenizer.h"

namespace fathom::text {

struct Message {
  std::string role;  // "system", "user", "assistant"
  std::string content;
};

enum class PromptFormat { plain, r1_zero, chat };
// Throws UsageError listing the known names.
PromptFormat prompt_format(std::string_view name);
std::string_view name_of(PromptFormat format);

// Ids of the conversation up to where the assistant's next reply begins. Throws Error when the tokenizer lacks a
// token that the format needs (naming it), or for an unknown role.
std::vector<TokenId> render_prompt(PromptFormat format, const std::vector<Message>& conversation, const Tokenizer& tokenizer);
// The one-turn case.
std::vector<TokenId> render_prompt(PromptFormat format, std::string_view user_text, const Tokenizer& tokenizer);

}  // namespace fathom::text

// Prompts in the formats the models are trained on (docs/tokenizer.md). `plain`: the text itself. `r1-zero`: one block of text that
// asks for <think>…</think> <answer>…</answer> (the structure of DeepSeek-R1 §2.2.3, Table 1, in our own words). `chat`: the model's own
// template (text/model_template.h) where it has one; otherwise turns between the markers that the tokenizer has: <|User|> and
// <|Assistant|>, DeepSeek's <｜User｜> and <｜Assistant｜>, Qwen's <|im_start|> and <|im_end|>, or Llama 3's <|start_header_id|>,
// <|end_header_id|> and <|eot_id|>.
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

// Ids of the conversation up to where the assistant's next reply begins. `plain` takes the text as training documents are taken: spelled
// special tokens are those tokens. In the other formats what a message spells is never a special token, so that a user cannot forge a
// turn. `chat` begins with the tokenizer's bos token where it has one and the model's template, if any, writes it; the other formats
// begin with the text.
// Throws Error when the tokenizer lacks a token that the format needs (naming it), for an unknown role or an empty conversation, for a
// template with a construct that is not supported, and where the template refuses the conversation.
std::vector<TokenId> render_prompt(PromptFormat format, const std::vector<Message>& conversation, const Tokenizer& tokenizer);
// The one-turn case.
std::vector<TokenId> render_prompt(PromptFormat format, std::string_view user_text, const Tokenizer& tokenizer);

// What render_prompt() already ends with of the assistant's reply: "<think>" or "<think>\n" where the model's template opens the thoughts
// (DeepSeek-R1's), otherwise "". The whole reply is this and what the model generates.
std::string reply_opening(PromptFormat format, const Tokenizer& tokenizer);

// The token that ends the assistant's reply: what training appends to an answer and generation stops at. For `chat` the first special
// token that the model's template writes after an assistant's message, or the turn's end of Qwen's and Llama 3's markers; otherwise the
// eos token. Throws Error when the tokenizer has none.
TokenId end_of_reply(PromptFormat format, const Tokenizer& tokenizer);
// Ids of a reply that follows render_prompt(), end_of_reply() included: what supervised fine-tuning learns. Where the prompt already
// opens the reply's <think>, the reply goes on behind it.
std::vector<TokenId> render_reply(PromptFormat format, std::string_view reply, const Tokenizer& tokenizer);

}  // namespace fathom::text

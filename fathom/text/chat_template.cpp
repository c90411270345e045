#include "fathom/text/chat_template.h"

#include <algorithm>
#include <array>

#include "fathom/base/error.h"
#include "fathom/text/chat_markers.h"
#include "fathom/text/model_template.h"

namespace fathom::text {
namespace {

struct NamedFormat {
  PromptFormat format;
  std::string_view name;
};
constexpr std::array<NamedFormat, 3> formats{
    {{PromptFormat::plain, "plain"}, {PromptFormat::r1_zero, "r1-zero"}, {PromptFormat::chat, "chat"}}};

// R1-Zero's prompt is one block that states the setting and the form of the reply, and says nothing about how to think.
constexpr std::string_view r1_zero_instruction =
    "Below, a user puts a question to an assistant, and the assistant works it out. Before replying, the assistant thinks the problem "
    "through for itself; only then does it state the result. Its thoughts stand between <think> and </think>, the result between <answer> "
    "and </answer>, in this form: <think> thoughts </think> <answer> result </answer>";

void append(std::vector<TokenId>& ids, const std::vector<TokenId>& more) { ids.insert(ids.end(), more.begin(), more.end()); }

void append_text(std::vector<TokenId>& ids, std::string_view text, const Tokenizer& tokenizer) {
  append(ids, tokenizer.encode(text, /*parse_special=*/false));
}

std::string_view strip(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(space);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(space) - begin + 1);
}

// How a chat format writes a conversation. The ids are those of the tokenizer at hand.
class Dialect {
 public:
  virtual ~Dialect() = default;
  virtual void message(const Message& message, const Tokenizer& tokenizer, std::vector<TokenId>& ids) const = 0;
  // What comes before the assistant's reply.
  virtual void open_reply(const Tokenizer& tokenizer, std::vector<TokenId>& ids) const = 0;
  virtual TokenId end_of_reply() const = 0;
};

// <|User|>question<|Assistant|>reply<eos>; the system's text stands first, without a marker (DeepSeek-V3's chat template).
class MarkerDialect : public Dialect {
 public:
  MarkerDialect(TokenId user, TokenId assistant, TokenId eos) : user_(user), assistant_(assistant), eos_(eos) {}
  void message(const Message& message, const Tokenizer& tokenizer, std::vector<TokenId>& ids) const override {
    if (message.role == "user") ids.push_back(user_);
    if (message.role == "assistant") ids.push_back(assistant_);
    append_text(ids, message.content, tokenizer);
    if (message.role == "assistant") ids.push_back(eos_);
  }
  void open_reply(const Tokenizer&, std::vector<TokenId>& ids) const override { ids.push_back(assistant_); }
  TokenId end_of_reply() const override { return eos_; }

 private:
  TokenId user_, assistant_, eos_;
};

// <|im_start|>role\ncontent<|im_end|>\n (Qwen's ChatML).
class ChatMlDialect : public Dialect {
 public:
  ChatMlDialect(TokenId start, TokenId end) : start_(start), end_(end) {}
  void message(const Message& message, const Tokenizer& tokenizer, std::vector<TokenId>& ids) const override {
    ids.push_back(start_);
    append_text(ids, message.role + "\n" + message.content, tokenizer);
    ids.push_back(end_);
    append_text(ids, "\n", tokenizer);
  }
  void open_reply(const Tokenizer& tokenizer, std::vector<TokenId>& ids) const override {
    ids.push_back(start_);
    append_text(ids, "assistant\n", tokenizer);
  }
  TokenId end_of_reply() const override { return end_; }

 private:
  TokenId start_, end_;
};

// <|start_header_id|>role<|end_header_id|>\n\ncontent<|eot_id|> (Llama 3; content without outer white space).
class HeaderDialect : public Dialect {
 public:
  HeaderDialect(TokenId start, TokenId end, TokenId turn_end) : start_(start), end_(end), turn_end_(turn_end) {}
  void message(const Message& message, const Tokenizer& tokenizer, std::vector<TokenId>& ids) const override {
    header(message.role, tokenizer, ids);
    append_text(ids, "\n\n" + std::string(strip(message.content)), tokenizer);
    ids.push_back(turn_end_);
  }
  void open_reply(const Tokenizer& tokenizer, std::vector<TokenId>& ids) const override {
    header("assistant", tokenizer, ids);
    append_text(ids, "\n\n", tokenizer);
  }
  TokenId end_of_reply() const override { return turn_end_; }

 private:
  void header(std::string_view role, const Tokenizer& tokenizer, std::vector<TokenId>& ids) const {
    ids.push_back(start_);
    append_text(ids, role, tokenizer);
    ids.push_back(end_);
  }
  TokenId start_, end_, turn_end_;
};

TokenId require_eos(const Tokenizer& tokenizer) {
  const auto eos = tokenizer.eos_id();
  require(eos.has_value(), "the tokenizer has no end-of-sequence token; name it as eos_token in tokenizer_config.json");
  return *eos;
}

std::unique_ptr<Dialect> chat_dialect(const Tokenizer& tokenizer) {
  struct Markers {
    const char *user, *assistant;
  };
  for (const Markers& markers : {Markers{user_marker, assistant_marker}, Markers{"<｜User｜>", "<｜Assistant｜>"}}) {
    const auto user = tokenizer.token_id(markers.user), assistant = tokenizer.token_id(markers.assistant);
    if (user && assistant) return std::make_unique<MarkerDialect>(*user, *assistant, require_eos(tokenizer));
  }
  const auto im_start = tokenizer.token_id("<|im_start|>"), im_end = tokenizer.token_id("<|im_end|>");
  if (im_start && im_end) return std::make_unique<ChatMlDialect>(*im_start, *im_end);
  const auto header_start = tokenizer.token_id("<|start_header_id|>"), header_end = tokenizer.token_id("<|end_header_id|>");
  const auto turn_end = tokenizer.token_id("<|eot_id|>");
  if (header_start && header_end && turn_end) return std::make_unique<HeaderDialect>(*header_start, *header_end, *turn_end);
  fail(
      "the tokenizer has no tokens for the prompt format 'chat': it needs <|User|> and <|Assistant|>, <｜User｜> and <｜Assistant｜>, "
      "<|im_start|> and <|im_end|>, or <|start_header_id|>, <|end_header_id|> and <|eot_id|>. Use the format 'plain' or 'r1-zero'");
}

void check(const std::vector<Message>& conversation) {
  require(!conversation.empty(), "the conversation is empty; it needs a message");
  for (const Message& message : conversation) {
    const bool known = message.role == "system" || message.role == "user" || message.role == "assistant";
    require(known, "unknown role '{}' in the conversation; the roles are system, user and assistant", message.role);
  }
}

std::vector<TokenId> render_chat(const std::vector<Message>& conversation, const Tokenizer& tokenizer) {
  if (const auto model_template = ModelTemplate::of(tokenizer.config())) {
    TemplateInput input;
    for (const Message& message : conversation) input.messages.push_back({{"role", message.role}, {"content", message.content}});
    return tokenizer.encode_marked(model_template->render(input));
  }
  const std::unique_ptr<Dialect> dialect = chat_dialect(tokenizer);
  std::vector<TokenId> ids;
  if (const auto bos = tokenizer.bos_id()) ids.push_back(*bos);
  for (const Message& message : conversation) dialect->message(message, tokenizer, ids);
  dialect->open_reply(tokenizer, ids);
  return ids;
}

std::string plain_text(const std::vector<Message>& conversation) {
  std::string text;
  for (const Message& message : conversation) text += (text.empty() ? "" : "\n") + message.content;
  return text;
}

std::string r1_zero_text(const std::vector<Message>& conversation) {
  std::string text(r1_zero_instruction);
  for (const Message& message : conversation) {
    if (message.role == "system") text = message.content + "\n" + text;
    if (message.role == "user") text += "\nUser: " + message.content;
    if (message.role == "assistant") text += "\nAssistant: " + message.content;
  }
  return text + "\nAssistant:";
}

}  // namespace

PromptFormat prompt_format(std::string_view name) {
  for (const NamedFormat& known : formats)
    if (known.name == name) return known.format;
  fail_usage("unknown prompt format '{}'; the formats are plain, r1-zero and chat", name);
}

std::string_view name_of(PromptFormat format) {
  const auto found = std::find_if(formats.begin(), formats.end(), [format](const NamedFormat& known) { return known.format == format; });
  return found->name;
}

std::vector<TokenId> render_prompt(PromptFormat format, const std::vector<Message>& conversation, const Tokenizer& tokenizer) {
  check(conversation);
  if (format == PromptFormat::chat) return render_chat(conversation, tokenizer);
  if (format == PromptFormat::plain) return tokenizer.encode(plain_text(conversation));
  return tokenizer.encode(r1_zero_text(conversation), /*parse_special=*/false);
}

std::vector<TokenId> render_prompt(PromptFormat format, std::string_view user_text, const Tokenizer& tokenizer) {
  return render_prompt(format, {{"user", std::string(user_text)}}, tokenizer);
}

std::string reply_opening(PromptFormat format, const Tokenizer& tokenizer) {
  if (format != PromptFormat::chat) return "";
  const auto model_template = ModelTemplate::of(tokenizer.config());
  return model_template ? model_template->reply_opening() : "";
}

TokenId end_of_reply(PromptFormat format, const Tokenizer& tokenizer) {
  if (format != PromptFormat::chat) return require_eos(tokenizer);
  if (const auto model_template = ModelTemplate::of(tokenizer.config()))
    if (const auto id = model_template->end_of_reply(tokenizer)) return *id;
  return chat_dialect(tokenizer)->end_of_reply();
}

std::vector<TokenId> render_reply(PromptFormat format, std::string_view reply, const Tokenizer& tokenizer) {
  const std::string opening = reply_opening(format, tokenizer);
  const std::string_view tag = std::string_view(opening).substr(0, opening.find('\n'));
  if (reply.starts_with(tag)) reply.remove_prefix(reply.starts_with(opening) ? opening.size() : tag.size());
  std::vector<TokenId> ids = tokenizer.encode(reply, /*parse_special=*/false);
  ids.push_back(end_of_reply(format, tokenizer));
  return ids;
}

}  // namespace fathom::text

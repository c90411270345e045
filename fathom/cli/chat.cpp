// fathom chat: a conversation in the terminal.
//   fathom chat --model DIR
//   printf 'What is 2 + 3?\n' | fathom chat --model DIR --temperature 0
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <memory>

#include "fathom/base/error.h"
#include "fathom/cli/inference_options.h"
#include "fathom/cli/model_commands.h"
#include "fathom/cli/think_dimmer.h"
#include "fathom/text/chat_template.h"

namespace fathom::cli {
namespace {

struct ChatOptions : InferenceOptions {
  std::string format = "chat", system;
  bool single_turn = false;
};

// What the model is shown of its own earlier replies: the answer without the reasoning, as DeepSeek-R1's template has it.
std::string without_reasoning(const std::string& reply) {
  constexpr std::string_view close = "</think>";
  const std::size_t end = reply.rfind(close);
  if (end == std::string::npos) return reply;
  const std::size_t begin = reply.find_first_not_of(" \n", end + close.size());
  return begin == std::string::npos ? "" : reply.substr(begin);
}

class Conversation {
 public:
  Conversation(const ChatOptions& options, const InferenceModel& model)
      : options_(options),
        model_(model),
        tokenizer_(require_tokenizer(model, options)),
        format_(text::prompt_format(options.format)),
        opening_(text::reply_opening(format_, tokenizer_)),
        terminal_(isatty(STDOUT_FILENO) != 0),
        generator_(*model.model, &tokenizer_) {
    reset();
  }

  void reset() {
    messages_.clear();
    if (!options_.system.empty()) messages_.push_back({"system", options_.system});
  }

  // Forgets a message that got no reply.
  void take_back() {
    if (!messages_.empty() && messages_.back().role == "user") messages_.pop_back();
  }

  void say(const std::string& line) {
    messages_.push_back({"user", line});
    engine::GenerationRequest request;
    request.prompt_ids = fitting_prompt();
    request.params = model_.sampling;
    request.params.seed += turn_++;
    ThinkDimmer dimmer(terminal_);
    const auto show = [](const std::string& text) {
      std::fwrite(text.data(), 1, text.size(), stdout);
      std::fflush(stdout);
    };
    show(dimmer.push(opening_));  // the model continues it
    const auto completions =
        generator_.generate({request}, [&](std::int64_t, std::int64_t, std::string_view piece) { show(dimmer.push(piece)); });
    show(dimmer.finish() + "\n");
    if (completions[0].finish == engine::FinishReason::length)
      fmt::print(stderr, "(cut after {} tokens: --max-new-tokens or the model's context)\n", completions[0].ids.size());
    messages_.push_back({"assistant", without_reasoning(completions[0].text)});
  }

  const engine::Generator::Statistics& statistics() const { return generator_.statistics(); }

 private:
  // The conversation's ids; the oldest turns are forgotten when they leave no room for a reply.
  std::vector<std::int64_t> fitting_prompt() {
    const std::int64_t context = model_.model->config().max_position_embeddings;
    const std::int64_t wanted = std::min<std::int64_t>(model_.sampling.max_new_tokens, context / 4);
    for (bool told = false;; told = true) {
      const std::vector<text::TokenId> ids = text::render_prompt(format_, messages_, tokenizer_);
      const std::size_t first = messages_.front().role == "system" ? 1 : 0;
      if (static_cast<std::int64_t>(ids.size()) + wanted <= context || messages_.size() <= first + 1) return {ids.begin(), ids.end()};
      if (!told)
        fmt::print(stderr, "(the conversation is longer than the model's context of {} tokens: the oldest turns are forgotten)\n", context);
      const auto begin = messages_.begin() + static_cast<std::ptrdiff_t>(first);
      messages_.erase(begin, begin + 2);
    }
  }

  const ChatOptions& options_;
  const InferenceModel& model_;
  const text::Tokenizer& tokenizer_;
  text::PromptFormat format_;
  std::string opening_;
  bool terminal_;
  engine::Generator generator_;
  std::vector<text::Message> messages_;
  std::uint64_t turn_ = 0;
};

int run(const ChatOptions& options) {
  const InferenceModel model = open_for_inference(options, text::prompt_format(options.format));
  Conversation conversation(options, model);
  const bool typed = isatty(STDIN_FILENO) != 0;
  if (typed && !options.compute.quiet) fmt::print(stderr, "Type a message; /reset starts a new conversation, /quit ends.\n");
  std::string line;
  bool failed = false;
  while (true) {
    if (typed) {
      fmt::print(stderr, "> ");
      std::fflush(stderr);
    }
    if (!std::getline(std::cin, line)) break;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    if (line == "/quit" || line == "/exit") break;
    if (line == "/reset") {
      conversation.reset();
      if (!options.compute.quiet) fmt::print(stderr, "(a new conversation)\n");
      continue;
    }
    if (options.single_turn) conversation.reset();
    try {
      conversation.say(line);
    } catch (const Error& error) {
      conversation.take_back();
      failed = true;
      fmt::print(stderr, "(no reply: {}; the message is forgotten)\n", error.what());
    }
  }
  if (!options.compute.quiet) fmt::print(stderr, "{}\n", describe(conversation.statistics()));
  return failed && !typed ? 1 : 0;  // a person has seen it
}

}  // namespace

Runner set_up_chat(CLI::App& app) {
  auto options = std::make_shared<ChatOptions>();
  app.add_option("--format", options->format, "How the conversation is put: chat, r1-zero, plain")->capture_default_str();
  app.add_option("--system", options->system, "A system message before the conversation");
  app.add_flag("--single-turn", options->single_turn, "Every message begins a new conversation (for models trained on single questions)");
  options->add_to(app, 1024);
  app.footer(
      "In the conversation, /reset begins a new one and /quit ends. What no longer fits the model's context is forgotten, oldest first.");
  return [options] { return run(*options); };
}

}  // namespace fathom::cli

// The fathom program: finds the command, loads the model library if the command needs it, and turns errors into messages.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/base/edit_distance.h"
#include "fathom/base/error.h"
#include "fathom/cli/light_commands.h"
#include "fathom/cli/model_library.h"

namespace fathom::cli {
namespace {

struct Summary {
  const char* name;
  const char* text;
};

// Everything `fathom --help` shows; the model library is not opened for it.
constexpr Summary summaries[] = {
    {"quickstart", "Train a small reasoning model from nothing on this machine, with a report"},
    {"tokenizer", "Train a tokenizer, encode and decode text, look into it"},
    {"data", "Clean, deduplicate and tokenise text into corpora, look into them"},
    {"pretrain", "Train a model from text files"},
    {"sft", "Fine-tune a model on prompts and answers"},
    {"grpo", "Reinforcement learning with verifiable rewards (R1-Zero, R1)"},
    {"generate", "Complete a prompt"},
    {"chat", "Talk to a model in the terminal"},
    {"eval", "Measure a model on tasks with known answers"},
    {"faq", "Answer questions from a FAQ: build it, search it, measure it"},
    {"index", "Make an index of web pages and documents, change it, measure it"},
    {"search", "Search an index of pages: BM25 and vectors together, with the sentence that matched"},
    {"ask", "Answer a question from an index, with the sentences that the answer rests on"},
    {"serve", "Serve an index over HTTP: a search page and an API"},
    {"log", "Click logs: import them, learn from them where people look, turn clicks into training examples"},
    {"questions", "Generate questions whose answers stand in a text: prepare data, find answers"},
    {"embed", "Train sentence encoders on raw text, turn sentences into vectors, measure them"},
    {"logits", "Write a model's logits for given token ids"},
};

CommandTable load_model_commands() { return reinterpret_cast<ModelCommandsFunction>(model_library_symbol(model_commands_symbol))(); }

const Command* find(const CommandTable& table, std::string_view name) {
  for (std::size_t i = 0; i < table.count; ++i)
    if (table.commands[i].name == name) return &table.commands[i];
  return nullptr;
}

int run(int argc, char** argv) {
  CLI::App app{"fathom trains, aligns, evaluates and runs DeepSeek-style reasoning models."};
  app.set_version_flag("--version", std::string("fathom ") + FATHOM_VERSION);
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::simple);
  app.footer(
      "fathom COMMAND --help explains a command. Results go to standard output, everything else to standard error.\n"
      "Exit codes: 0 done, 1 failed, 2 wrong usage.");

  // The command is the first word that is no option; only its own options are set up.
  std::string_view wanted;
  for (int i = 1; i < argc && wanted.empty(); ++i)
    if (argv[i][0] != '-') wanted = argv[i];

  Runner runner;
  for (const Summary& summary : summaries) {
    CLI::App* sub = app.add_subcommand(summary.name, summary.text);
    if (wanted != summary.name) continue;
    const Command* command = find(light_commands(), wanted);
    if (command == nullptr) command = find(load_model_commands(), wanted);
    require(command != nullptr, "the model library does not have the command '{}'; program and library are of different versions", wanted);
    runner = command->set_up(*sub);
  }
  if (!wanted.empty() && !runner) {
    std::vector<std::string> names;
    for (const Summary& summary : summaries) names.emplace_back(summary.name);
    const std::string nearest = nearest_name(wanted, names);
    fail_usage("there is no command '{}'{} (fathom --help lists the commands)", wanted,
               nearest.empty() ? "" : "; did you mean '" + nearest + "'?");
  }

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const int code = runner();
  // What was printed may still wait in a buffer; a full disk shows when it is written.
  errno = 0;
  const bool written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  require(written, "cannot write the results to standard output: {}",
          errno != 0 ? std::strerror(errno) : "the disk is full, or its reader has gone");
  return code;
}

// Messages repeat names from files; what could steer a terminal is spelled out.
std::string printable(std::string_view message) {
  std::string text;
  for (const char c : message) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F) {
      text += fmt::format("\\x{:02x}", byte);
    } else {
      text += c;
    }
  }
  return text;
}

}  // namespace
}  // namespace fathom::cli

int main(int argc, char** argv) {
  try {
    return fathom::cli::run(argc, argv);
  } catch (const fathom::UsageError& error) {
    std::fprintf(stderr, "fathom: %s\n", fathom::cli::printable(error.what()).c_str());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "fathom: %s\n", fathom::cli::printable(error.what()).c_str());
    return 1;
  }
}

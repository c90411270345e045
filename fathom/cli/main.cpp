// The fathom program: finds the command, loads the model library if the command needs it, and turns errors into messages.
#include <dlfcn.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/base/edit_distance.h"
#include "fathom/base/error.h"
#include "fathom/cli/light_commands.h"

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
    {"data", "Turn text into token files, look into them"},
    {"pretrain", "Train a model from text files"},
    {"sft", "Fine-tune a model on prompts and answers"},
    {"grpo", "Reinforcement learning with verifiable rewards (R1-Zero, R1)"},
    {"generate", "Complete a prompt"},
    {"chat", "Talk to a model in the terminal"},
    {"eval", "Measure a model on tasks with known answers"},
    {"faq", "Answer questions from a FAQ: build it, search it, measure it"},
    {"logits", "Write a model's logits for given token ids"},
};

CommandTable load_model_commands() {
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe");
  // Beside the program in a build tree, under lib/ when installed.
  const std::filesystem::path places[] = {program.parent_path() / FATHOM_MODEL_LIBRARY,
                                          program.parent_path() / FATHOM_MODEL_LIBRARY_INSTALLED};
  // Between parallel loops libgomp's threads spin for up to 15 ms by default; when another program wants the cores, every one of
  // thousands of loops a second then costs that long. 1000 turns (50 microseconds) bridge the gaps within a training or decoding
  // step. libgomp reads the variable when it is loaded, which the library below brings about; who has set it knows better.
  if (std::getenv("OMP_WAIT_POLICY") == nullptr) ::setenv("GOMP_SPINCOUNT", "1000", 0);
  for (const auto& place : places) {
    if (!std::filesystem::exists(place)) continue;
    void* handle = dlopen(place.c_str(), RTLD_NOW | RTLD_GLOBAL);
    if (handle == nullptr) fail("cannot load the model library: {}", dlerror());
    const auto function = reinterpret_cast<ModelCommandsFunction>(dlsym(handle, model_commands_symbol));
    require(function != nullptr, "{} is not this program's model library (no symbol {})", place.string(), model_commands_symbol);
    return function();
  }
  fail("the model library {} is neither at {} nor at {}; install fathom again", FATHOM_MODEL_LIBRARY, places[0].string(),
       places[1].string());
}

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
  require(std::fflush(stdout) == 0 && std::ferror(stdout) == 0, "cannot write the results to standard output: {}", std::strerror(errno));
  return code;
}

}  // namespace
}  // namespace fathom::cli

int main(int argc, char** argv) {
  try {
    return fathom::cli::run(argc, argv);
  } catch (const fathom::UsageError& error) {
    std::fprintf(stderr, "fathom: %s\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "fathom: %s\n", error.what());
    return 1;
  }
}

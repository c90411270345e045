// A command of the fathom program: one file each, listed in one of two tables. Commands that compute with tensors live in a
// library that the program opens only when one of them is asked for, because loading libtorch takes over a second.
#pragma once

#include <CLI/CLI.hpp>

#include <cstddef>
#include <functional>
#include <string_view>

namespace fathom::cli {

// Runs the parsed command and returns the exit code (0 done, 1 failed, 2 wrong usage). May throw fathom::Error.
using Runner = std::function<int()>;

struct Command {
  std::string_view name;
  Runner (*set_up)(CLI::App& app);  // adds the command's options to its app
};

struct CommandTable {
  const Command* commands;
  std::size_t count;
};

// The symbol that the model library exports.
constexpr const char* model_commands_symbol = "fathom_model_commands";
using ModelCommandsFunction = CommandTable (*)();

}  // namespace fathom::cli

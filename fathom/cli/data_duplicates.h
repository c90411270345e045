// fathom data duplicates: which documents repeat earlier ones.
#pragma once

#include <CLI/CLI.hpp>

#include "fathom/cli/command.h"

namespace fathom::cli {

// Adds the subcommand to `fathom data`; the runner is to be called when it was parsed.
Runner set_up_data_duplicates(CLI::App& data, CLI::App*& command);

}  // namespace fathom::cli

// The subcommand `fathom index train`.
#pragma once

#include "fathom/cli/command.h"

namespace fathom::cli {

Runner set_up_index_train(CLI::App& app);

}  // namespace fathom::cli

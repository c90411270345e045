// The subcommand `fathom index compare`.
#pragma once

#include "fathom/cli/command.h"

namespace fathom::cli {

Runner set_up_index_compare(CLI::App& app);

}  // namespace fathom::cli

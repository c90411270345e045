// fathom embed eval.
#pragma once

#include "fathom/cli/command.h"

namespace fathom::cli {

Runner set_up_embed_eval(CLI::App& command);

}  // namespace fathom::cli

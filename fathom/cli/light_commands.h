// The commands that need no tensors: they start in milliseconds.
#pragma once

#include "fathom/cli/command.h"

namespace fathom::cli {

CommandTable light_commands();

}  // namespace fathom::cli

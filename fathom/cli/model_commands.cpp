#include "fathom/cli/model_commands.h"

#include <vector>

namespace {
const std::vector<fathom::cli::Command> commands = {
};
}  // namespace

extern "C" fathom::cli::CommandTable fathom_model_commands() { return {commands.data(), commands.size()}; }

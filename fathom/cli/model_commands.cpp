#include "fathom/cli/model_commands.h"

#include <vector>

namespace {
const std::vector<fathom::cli::Command> commands = {
    {"logits", fathom::cli::set_up_logits},
    {"quickstart", fathom::cli::set_up_quickstart},
    {"grpo", fathom::cli::set_up_grpo},
    {"pretrain", fathom::cli::set_up_pretrain},
};
}  // namespace

extern "C" fathom::cli::CommandTable fathom_model_commands() { return {commands.data(), commands.size()}; }

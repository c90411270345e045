// The commands of the model library (they need libtorch).
#pragma once

#include "fathom/cli/command.h"

namespace fathom::cli {

Runner set_up_logits(CLI::App& app);
Runner set_up_generate(CLI::App& app);
Runner set_up_chat(CLI::App& app);
Runner set_up_pretrain(CLI::App& app);
Runner set_up_sft(CLI::App& app);
Runner set_up_grpo(CLI::App& app);
Runner set_up_eval(CLI::App& app);
Runner set_up_quickstart(CLI::App& app);
Runner set_up_embed(CLI::App& app);

}  // namespace fathom::cli

#include "fathom/cli/model_commands.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <vector>

namespace {
const std::vector<fathom::cli::Command> commands = {
    {"logits", fathom::cli::set_up_logits}, {"generate", fathom::cli::set_up_generate}, {"chat", fathom::cli::set_up_chat},
    {"eval", fathom::cli::set_up_eval},     {"embed", fathom::cli::set_up_embed},       {"quickstart", fathom::cli::set_up_quickstart},
    {"grpo", fathom::cli::set_up_grpo},     {"pretrain", fathom::cli::set_up_pretrain}, {"sft", fathom::cli::set_up_sft},
};
}  // namespace

extern "C" fathom::cli::CommandTable fathom_model_commands() {
  // Standard output is for results.
  spdlog::set_default_logger(spdlog::stderr_color_mt("fathom"));
  spdlog::set_pattern("fathom: %l: %v");
  return {commands.data(), commands.size()};
}

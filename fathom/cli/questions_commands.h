// The subcommands of `fathom questions`; each adds its options to the app it is given.
#pragma once

#include "fathom/cli/command.h"

namespace fathom::cli {

Runner set_up_questions_prepare(CLI::App& app);
Runner set_up_questions_features(CLI::App& app);
Runner set_up_questions_candidates(CLI::App& app);
Runner set_up_questions_generate(CLI::App& app);
Runner set_up_questions_prompts(CLI::App& app);

}  // namespace fathom::cli

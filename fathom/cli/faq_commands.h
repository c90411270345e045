// The subcommands of `fathom faq`; each adds its options to the app it is given.
#pragma once

#include "fathom/cli/command.h"

namespace fathom::cli {

Runner set_up_faq_build(CLI::App& app);
Runner set_up_faq_search(CLI::App& app);
Runner set_up_faq_eval(CLI::App& app);

}  // namespace fathom::cli

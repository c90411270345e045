// fathom data html: the text blocks of a page, as page search and training see them.
#pragma once

#include "fathom/cli/command.h"

namespace fathom::cli {

// Adds the subcommand to `data`; `command` is set to it, so that the caller can see whether it was asked for.
Runner set_up_data_html(CLI::App& data, CLI::App*& command);

}  // namespace fathom::cli

// The subcommands of `fathom tokenizer`; each adds its options to the app it is given.
#pragma once

#include "fathom/cli/command.h"

namespace fathom::cli {

Runner set_up_tokenizer_train(CLI::App& app);
Runner set_up_tokenizer_encode(CLI::App& app);
Runner set_up_tokenizer_decode(CLI::App& app);
Runner set_up_tokenizer_template(CLI::App& app);
Runner set_up_tokenizer_inspect(CLI::App& app);

}  // namespace fathom::cli

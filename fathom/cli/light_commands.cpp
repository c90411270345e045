#include "fathom/cli/light_commands.h"

namespace fathom::cli {

Runner set_up_tokenizer(CLI::App& app);

CommandTable light_commands() {
  static constexpr Command commands[] = {
      {"tokenizer", set_up_tokenizer},
  };
  return {commands, std::size(commands)};
}

}  // namespace fathom::cli

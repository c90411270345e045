#include "fathom/cli/light_commands.h"

namespace fathom::cli {

Runner set_up_tokenizer(CLI::App& app);
Runner set_up_data(CLI::App& app);
Runner set_up_faq(CLI::App& app);
Runner set_up_index(CLI::App& app);

CommandTable light_commands() {
  static constexpr Command commands[] = {
      {"tokenizer", set_up_tokenizer},
      {"data", set_up_data},
      {"faq", set_up_faq},
      {"index", set_up_index},
  };
  return {commands, std::size(commands)};
}

}  // namespace fathom::cli

#include "fathom/cli/light_commands.h"

namespace fathom::cli {

Runner set_up_tokenizer(CLI::App& app);
Runner set_up_data(CLI::App& app);
Runner set_up_faq(CLI::App& app);
Runner set_up_index(CLI::App& app);
Runner set_up_search(CLI::App& app);
Runner set_up_ask(CLI::App& app);
Runner set_up_log(CLI::App& app);
Runner set_up_questions(CLI::App& app);
Runner set_up_serve(CLI::App& app);
Runner set_up_score(CLI::App& app);

CommandTable light_commands() {
  static constexpr Command commands[] = {
      {"tokenizer", set_up_tokenizer}, {"data", set_up_data},   {"faq", set_up_faq}, {"index", set_up_index},
      {"search", set_up_search},       {"ask", set_up_ask},     {"log", set_up_log}, {"serve", set_up_serve},
      {"questions", set_up_questions}, {"score", set_up_score},
  };
  return {commands, std::size(commands)};
}

}  // namespace fathom::cli

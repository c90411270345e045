// fathom tokenizer: its subcommands, one file each.
#include <algorithm>
#include <utility>
#include <vector>

#include "fathom/cli/light_commands.h"
#include "fathom/cli/tokenizer_commands.h"

namespace fathom::cli {

Runner set_up_tokenizer(CLI::App& app) {
  app.require_subcommand(1);
  app.footer(
      "fathom tokenizer train --input corpus/ --vocab-size 4096 --out tokenizer/\n"
      "fathom tokenizer encode --model model/ --input questions.jsonl\n"
      "fathom tokenizer inspect --model model/ --text 'Two fathoms'");
  std::vector<std::pair<const CLI::App*, Runner>> subcommands;
  const auto add = [&](const char* name, Runner (*set_up)(CLI::App&)) {
    CLI::App* sub = app.add_subcommand(name);
    subcommands.emplace_back(sub, set_up(*sub));
  };
  add("train", set_up_tokenizer_train);
  add("encode", set_up_tokenizer_encode);
  add("decode", set_up_tokenizer_decode);
  add("template", set_up_tokenizer_template);
  add("inspect", set_up_tokenizer_inspect);
  return [subcommands] {
    const auto asked = std::find_if(subcommands.begin(), subcommands.end(), [](const auto& sub) { return sub.first->parsed(); });
    return asked->second();  // require_subcommand: one of them was
  };
}

}  // namespace fathom::cli

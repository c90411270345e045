// fathom faq: its subcommands, one file each.
#include <algorithm>
#include <utility>
#include <vector>

#include "fathom/cli/faq_commands.h"
#include "fathom/cli/light_commands.h"

namespace fathom::cli {

Runner set_up_faq(CLI::App& app) {
  app.require_subcommand(1);
  app.footer(
      "fathom faq build --input faq.jsonl --text forum-posts.txt --out faq/\n"
      "fathom faq search --model faq/ --query 'How do I open an account?'\n"
      "fathom faq eval --model faq/ --data pairs.jsonl");
  std::vector<std::pair<const CLI::App*, Runner>> subcommands;
  const auto add = [&](const char* name, Runner (*set_up)(CLI::App&)) {
    CLI::App* sub = app.add_subcommand(name);
    subcommands.emplace_back(sub, set_up(*sub));
  };
  add("build", set_up_faq_build);
  add("search", set_up_faq_search);
  add("eval", set_up_faq_eval);
  return [subcommands] {
    const auto asked = std::find_if(subcommands.begin(), subcommands.end(), [](const auto& sub) { return sub.first->parsed(); });
    return asked->second();  // require_subcommand: one of them was
  };
}

}  // namespace fathom::cli

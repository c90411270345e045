// fathom index: its subcommands, one file each.
#include <algorithm>
#include <utility>
#include <vector>

#include "fathom/cli/index_commands.h"
#include "fathom/cli/index_compare.h"
#include "fathom/cli/index_train.h"
#include "fathom/cli/light_commands.h"

namespace fathom::cli {

Runner set_up_index(CLI::App& app) {
  app.require_subcommand(1);
  app.footer(
      "fathom index build --input pages/ --out index/\n"
      "fathom index add --index index/ --input new.html\n"
      "fathom search --index index/ --query 'heat transfer'");
  std::vector<std::pair<const CLI::App*, Runner>> subcommands;
  const auto add = [&](const char* name, Runner (*set_up)(CLI::App&)) {
    CLI::App* sub = app.add_subcommand(name);
    subcommands.emplace_back(sub, set_up(*sub));
  };
  add("build", set_up_index_build);
  add("add", set_up_index_add);
  add("remove", set_up_index_remove);
  add("compact", set_up_index_compact);
  add("repair", set_up_index_repair);
  add("tune", set_up_index_tune);
  add("encode", set_up_index_encode);
  add("promote", set_up_index_promote);
  add("info", set_up_index_info);
  add("export", set_up_index_export);
  add("eval", set_up_index_eval);
  add("enrich", set_up_index_enrich);
  add("suggest", set_up_index_suggest);
  add("train", set_up_index_train);
  add("compare", set_up_index_compare);
  return [subcommands] {
    const auto asked = std::find_if(subcommands.begin(), subcommands.end(), [](const auto& sub) { return sub.first->parsed(); });
    return asked->second();  // require_subcommand: one of them was
  };
}

}  // namespace fathom::cli

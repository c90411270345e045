// fathom questions: its subcommands, one file each.
#include <algorithm>
#include <utility>
#include <vector>

#include "fathom/cli/light_commands.h"
#include "fathom/cli/questions_commands.h"

namespace fathom::cli {

Runner set_up_questions(CLI::App& app) {
  app.require_subcommand(1);
  app.description("Generate questions whose answers stand in a text");
  app.footer(
      "fathom questions generate --model model/ --input index/ --out pairs.jsonl\n"
      "fathom index enrich --index index/ --questions pairs.jsonl");
  std::vector<std::pair<const CLI::App*, Runner>> subcommands;
  const auto add = [&](const char* name, Runner (*set_up)(CLI::App&)) {
    CLI::App* sub = app.add_subcommand(name);
    subcommands.emplace_back(sub, set_up(*sub));
  };
  add("prepare", set_up_questions_prepare);
  add("features", set_up_questions_features);
  add("candidates", set_up_questions_candidates);
  add("generate", set_up_questions_generate);
  add("prompts", set_up_questions_prompts);
  return [subcommands] {
    const auto asked = std::find_if(subcommands.begin(), subcommands.end(), [](const auto& sub) { return sub.first->parsed(); });
    return asked->second();  // require_subcommand: one of them was
  };
}

}  // namespace fathom::cli

#include "fathom/cli/common_options.h"

namespace fathom::cli {

void ComputeOptions::add_to(CLI::App& app) {
  app.add_option("--device", device, "Where to compute")->check(CLI::IsMember({"cpu", "cuda"}))->capture_default_str();
  app.add_option("--threads", threads, "CPU threads (0: one a core)")->check(CLI::NonNegativeNumber)->capture_default_str();
  app.add_flag("--quiet", quiet, "No progress on standard error");
}

void RunOptions::add_to(CLI::App& app) {
  app.add_option("--config", config, "Recipe (TOML); without it every key has its default")->check(CLI::ExistingFile);
  app.add_option("--set", overrides, "Override one key of the recipe: key=value (repeatable)")->allow_extra_args(false)->take_all();
  app.add_option("--out", out, "Directory for the results")->required();
  app.add_flag("--resume", resume, "Go on from the newest checkpoint in --out");
}

Recipe RunOptions::recipe() const {
  Recipe recipe = config.empty() ? Recipe() : Recipe::load(config);
  for (const std::string& assignment : overrides) recipe.set(assignment);
  return recipe;
}

}  // namespace fathom::cli

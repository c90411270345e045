#include "fathom/cli/common_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <iterator>
#include <limits>
#include <thread>

#include "fathom/base/error.h"
namespace fathom::cli {

// More threads than cores help little, thousands of them keep a machine busy with nothing but themselves.
std::string check_threads(const std::string& text) {
  const int most = std::max(16, 4 * static_cast<int>(std::thread::hardware_concurrency()));
  int threads = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), threads);
  const bool number = error == std::errc() && end == text.data() + text.size();
  if (number && threads >= 0 && threads <= most) return "";
  return "0 (one a core) to " + std::to_string(most) + " is expected, got " + text;
}

namespace {

// NaN where the text is no number, or none that is finite.
double as_number(const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && std::isfinite(number) ? number
                                                                                           : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

std::string check_positive(const std::string& text) { return as_number(text) > 0 ? "" : "a number above 0 is expected, got " + text; }

std::string check_not_negative(const std::string& text) { return as_number(text) >= 0 ? "" : "0 or more is expected, got " + text; }

std::function<std::string(const std::string&)> check_between(double least, double most) {
  return [=](const std::string& text) {
    const double number = as_number(text);
    return number >= least && number <= most ? "" : fmt::format("a number from {} to {} is expected, got {}", least, most, text);
  };
}

void ComputeOptions::add_to(CLI::App& app) {
  app.add_option("--device", device, "Where to compute")->check(CLI::IsMember({"cpu", "cuda"}))->capture_default_str();
  app.add_option("--threads", threads, "CPU threads (0: one a core)")->check(check_threads)->capture_default_str();
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
  // The length of a run is given once: one on the command line takes the place of the recipe file's (0: not given).
  const std::string lengths[] = {"train.steps", "train.tokens", "train.epochs"};
  const auto on_command_line = [&](const std::string& key) {
    return std::any_of(overrides.begin(), overrides.end(), [&](const std::string& text) { return text.starts_with(key + "="); });
  };
  if (std::any_of(std::begin(lengths), std::end(lengths), on_command_line)) {
    for (const std::string& key : lengths)
      if (recipe.has(key)) recipe.set(key + "=0");
  }
  for (const std::string& assignment : overrides) recipe.set(assignment);
  return recipe;
}

void ReplaceOption::add_to(CLI::App& app) { app.add_flag("--force", force, "Replace an earlier result in --out"); }

void ReplaceOption::check(const std::string& out) const {
  std::error_code error;
  if (!force && std::filesystem::is_directory(out, error) && !std::filesystem::is_empty(out, error))
    fail_usage("{} holds an earlier result; give --force to replace it, or another --out", out);
}

}  // namespace fathom::cli

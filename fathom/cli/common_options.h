// Options that several commands share, spelled and explained the same way everywhere.
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "fathom/base/recipe.h"

namespace fathom::cli {

// Checks of a single value, for CLI::Option::check: "" or what was expected.
std::string check_threads(const std::string& text);  // 0 to a small multiple of the cores
std::string check_positive(const std::string& text);
std::string check_not_negative(const std::string& text);
// A number from `least` to `most`; NaN is none (CLI::Range lets it pass).
std::function<std::string(const std::string&)> check_between(double least, double most);

// --device cpu|cuda, --threads N (0: all cores), --quiet
struct ComputeOptions {
  std::string device = "cpu";
  int threads = 0;
  bool quiet = false;
  void add_to(CLI::App& app);
};

// --config recipe.toml, --set key=value (repeatable), --out DIR, --resume
struct RunOptions {
  std::string config, out;
  std::vector<std::string> overrides;
  bool resume = false;
  void add_to(CLI::App& app);
  Recipe recipe() const;
};

// --force: what a command wrote earlier to --out may be replaced.
struct ReplaceOption {
  bool force = false;
  void add_to(CLI::App& app);
  // Throws UsageError when `out` is a directory with something in it and --force was not given.
  void check(const std::string& out) const;
};

}  // namespace fathom::cli

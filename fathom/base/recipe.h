// A recipe: TOML file + `--set key=value` overrides, read through typed getters that know every key.
//
//   Recipe recipe = Recipe::load("recipes/pretrain.toml");
//   recipe.set("schedule.peak=3e-4");
//   options.learning_rate = recipe.get("schedule.peak", options.learning_rate);
//   recipe.reject_unknown();                       // a key nobody asked for is a mistake: names the nearest known key
//   write_file_atomically(out / "recipe.toml", recipe.resolved());
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace fathom {

class Recipe {
 public:
  Recipe();                                               // empty: every key takes its fallback
  static Recipe load(const std::filesystem::path& path);  // throws Error with file:line:column
  static Recipe parse(std::string_view toml, const std::string& origin);
  Recipe(Recipe&&) noexcept;
  Recipe& operator=(Recipe&&) noexcept;
  ~Recipe();

  // One `--set`: "a.b=value". The value is read as TOML; text that is no TOML value is taken as a string.
  // Throws UsageError when there is no '='.
  void set(std::string_view assignment);

  bool has(std::string_view dotted_key) const;
  // Names of the tables inside the table `dotted_key` ([sources.NAME]), in the order of the file; those of --set come last, by name.
  std::vector<std::string> tables(std::string_view dotted_key) const;

  // The value, or `fallback` when the key is absent. Marks the key as known and records the value for resolved().
  // Throws UsageError naming origin:line, key, expected type. Integers are accepted where a double is wanted.
  bool get(std::string_view key, bool fallback);
  std::int64_t get(std::string_view key, std::int64_t fallback);
  double get(std::string_view key, double fallback);
  std::string get(std::string_view key, const std::string& fallback);
  std::string get(std::string_view key, const char* fallback) { return get(key, std::string(fallback)); }
  std::int64_t get(std::string_view key, int fallback) { return get(key, static_cast<std::int64_t>(fallback)); }
  std::vector<std::string> get(std::string_view key, const std::vector<std::string>& fallback);
  std::vector<double> get(std::string_view key, const std::vector<double>& fallback);
  // As get() for strings, restricted to `choices`; throws UsageError that lists them.
  std::string choose(std::string_view key, const std::string& fallback, const std::vector<std::string>& choices);

  // A file or directory that must exist; empty when the key is absent. Throws UsageError naming key and path.
  std::string existing_path(std::string_view key);
  // The same of a list.
  std::vector<std::string> existing_paths(std::string_view key);

  // Throws UsageError for the first key that no get() asked for, with the nearest known key as a suggestion.
  void reject_unknown() const;
  // The recipe as it was resolved, defaults included, as TOML in the order of the get() calls.
  std::string resolved() const;

 private:
  void require_exists(std::string_view key, const std::string& path) const;

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fathom

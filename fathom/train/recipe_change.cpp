#include "fathom/train/recipe_change.h"

#include <algorithm>
#include <sstream>
#include <vector>

#include "fathom/base/error.h"

namespace fathom::train {
namespace {

// "table.key = value" of every key of a resolved recipe.
std::vector<std::string> key_values(const std::string& resolved) {
  std::vector<std::string> out;
  std::string table;
  std::istringstream lines(resolved);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('['))
      table = line.substr(1, line.find(']') - 1) + ".";
    else if (line.find(" = ") != std::string::npos)
      out.push_back(table + line);
  }
  return out;
}

}  // namespace

void require_same_keys(const std::string& before, const std::string& now, std::span<const std::string_view> tables,
                       const std::string& origin) {
  const std::vector<std::string> earlier = key_values(before);
  for (const std::string& line : key_values(now)) {
    const std::string key = line.substr(0, line.find(" = "));
    if (std::none_of(tables.begin(), tables.end(), [&](std::string_view table) { return key.starts_with(table); })) continue;
    const auto other = std::find_if(earlier.begin(), earlier.end(), [&](const std::string& line) { return line.starts_with(key + " = "); });
    require(other == earlier.end() || *other == line,
            "{}: the run began with {}, but the recipe says {}; resume with the recipe that began the run (recipe.toml), or choose another "
            "--out",
            origin, other == earlier.end() ? "" : *other, line);
  }
}

}  // namespace fathom::train

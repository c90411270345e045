#include "fathom/base/recipe.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "fathom/base/edit_distance.h"
#include "fathom/base/error.h"
#include "fathom/base/file.h"

namespace fathom {
namespace {

std::vector<std::string> split_key(std::string_view dotted) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0;;) {
    const std::size_t dot = dotted.find('.', begin);
    parts.emplace_back(dotted.substr(begin, dot == std::string_view::npos ? dot : dot - begin));
    if (dot == std::string_view::npos) return parts;
    begin = dot + 1;
  }
}

const char* describe(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table: return "a table";
    case toml::node_type::array: return "an array";
    case toml::node_type::string: return "a string";
    case toml::node_type::integer: return "an integer";
    case toml::node_type::floating_point: return "a number";
    case toml::node_type::boolean: return "true or false";
    default: return "a date or time";
  }
}

bool is_bare_key(std::string_view key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-'; });
}

std::string toml_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out += fmt::format("\\{}", c);
    else if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (byte < 0x20 || byte == 0x7f)
      out += fmt::format("\\u{:04X}", byte);
    else
      out += c;
  }
  return out + '"';
}

std::string key_text(const std::string& key) { return is_bare_key(key) ? key : toml_string(key); }

std::string to_toml(bool value) { return value ? "true" : "false"; }
std::string to_toml(std::int64_t value) { return fmt::format("{}", value); }
std::string to_toml(const std::string& value) { return toml_string(value); }
std::string to_toml(double value) {
  std::string text = fmt::format("{}", value);  // the shortest text that reads back as the same double
  return text.find_first_of(".enaf") == std::string::npos ? text + ".0" : text;
}
template <typename T>
std::string to_toml(const std::vector<T>& values) {
  std::string text = "[";
  for (const auto& value : values) text += (text.size() > 1 ? ", " : "") + to_toml(value);
  return text + "]";
}

}  // namespace

struct Recipe::State {
  toml::table root;
  std::string origin = "recipe";
  std::map<std::string, std::string, std::less<>> overrides;  // dotted key → the --set that gave it
  std::vector<std::pair<std::string, std::string>> known;     // dotted key → value as TOML, in the order of get()

  const toml::node* find(std::string_view dotted) const {
    const toml::node* node = &root;
    for (const auto& part : split_key(dotted)) {
      const toml::table* table = node->as_table();
      if (table == nullptr) return nullptr;
      node = table->get(part);
      if (node == nullptr) return nullptr;
    }
    return node;
  }

  // Where a value comes from, for messages: "recipe.toml:12" or "--set a.b=c".
  std::string position(std::string_view dotted, const toml::node& node) const {
    const auto found = overrides.find(dotted);
    if (found != overrides.end()) return "--set " + found->second;
    return fmt::format("{}:{}", origin, node.source().begin.line);
  }

  [[noreturn]] void fail_type(std::string_view key, const toml::node& node, std::string_view expected) const {
    fail_usage("{}: '{}' must be {}, but is {}", position(key, node), key, expected, describe(node));
  }

  template <typename T>
  T record(std::string_view key, T value) {
    const auto found = std::find_if(known.begin(), known.end(), [&](const auto& entry) { return entry.first == key; });
    if (found != known.end()) {
      found->second = to_toml(value);
    } else {
      known.emplace_back(key, to_toml(value));
    }
    return value;
  }

  // The value of `key` as T, or the fallback; `convert` gives nullopt for a node of another type.
  template <typename T, typename Convert>
  T get(std::string_view key, const T& fallback, std::string_view expected, Convert convert) {
    const toml::node* node = find(key);
    if (node == nullptr) return record(key, fallback);
    std::optional<T> value = convert(*node);
    if (!value) fail_type(key, *node, expected);
    return record(key, std::move(*value));
  }

  std::vector<std::string> known_keys() const {
    std::vector<std::string> keys;
    keys.reserve(known.size());
    for (const auto& entry : known) keys.push_back(entry.first);
    return keys;
  }

  bool is_known(std::string_view key) const {
    return std::any_of(known.begin(), known.end(), [&](const auto& entry) { return entry.first == key; });
  }

  // Keys of `table` that hold values, or tables without any, as dotted names.
  void collect(const toml::table& table, const std::string& prefix, std::vector<std::pair<std::string, const toml::node*>>& out) const {
    for (const auto& [key, node] : table) {
      const std::string name = prefix + std::string(key.str());
      const toml::table* inner = node.as_table();
      if (inner != nullptr && !inner->empty()) {
        collect(*inner, name + ".", out);
      } else {
        out.emplace_back(name, &node);
      }
    }
  }
};

namespace {

std::optional<double> as_number(const toml::node& node) {
  if (const auto* integer = node.as_integer()) return static_cast<double>(integer->get());
  if (const auto* number = node.as_floating_point()) return number->get();
  return std::nullopt;
}

std::optional<std::string> as_text(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  return std::nullopt;
}

// An array of elements that `convert` accepts, or one such element alone (`--set data.files=a.txt`).
template <typename T, typename Convert>
std::optional<std::vector<T>> as_list(const toml::node& node, Convert convert) {
  std::vector<T> values;
  const toml::array* array = node.as_array();
  if (array == nullptr) {
    const std::optional<T> value = convert(node);
    if (!value) return std::nullopt;
    values.push_back(*value);
    return values;
  }
  for (const auto& element : *array) {
    const std::optional<T> value = convert(element);
    if (!value) return std::nullopt;
    values.push_back(*value);
  }
  return values;
}

}  // namespace

Recipe::Recipe() : state_(std::make_unique<State>()) {}
Recipe::Recipe(Recipe&&) noexcept = default;
Recipe& Recipe::operator=(Recipe&&) noexcept = default;
Recipe::~Recipe() = default;

Recipe Recipe::load(const std::filesystem::path& path) { return parse(read_file(path), path.string()); }

Recipe Recipe::parse(std::string_view toml, const std::string& origin) {
  Recipe recipe;
  recipe.state_->origin = origin;
  try {
    recipe.state_->root = toml::parse(toml);
  } catch (const toml::parse_error& error) {
    fail("{}:{}:{}: not valid TOML: {}", origin, error.source().begin.line, error.source().begin.column, error.description());
  }
  return recipe;
}

void Recipe::set(std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    fail_usage("--set {}: expected key=value, as in --set schedule.peak=3e-4", assignment);
  }
  const auto trim = [](std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    return begin == std::string_view::npos ? std::string_view{} : text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
  };
  const std::string key(trim(assignment.substr(0, equals)));
  const std::string text(trim(assignment.substr(equals + 1)));
  toml::table parsed;
  try {
    parsed = toml::parse("value = " + text);
  } catch (const toml::parse_error&) {
    parsed.clear();
  }
  // Text with a line break can be several assignments; it is one value here.
  if (parsed.size() != 1 || text.find('\n') != std::string::npos) parsed.insert_or_assign("value", text);

  toml::table* table = &state_->root;
  const auto parts = split_key(key);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].empty()) fail_usage("--set {}: a part of the key is empty", assignment);
    if (i + 1 == parts.size()) break;
    toml::node* inner = table->get(parts[i]);
    if (inner == nullptr) inner = &table->insert(parts[i], toml::table{}).first->second;
    table = inner->as_table();
    if (table == nullptr) fail_usage("--set {}: '{}' is a value, not a table", assignment, parts[i]);
  }
  parsed.get("value")->visit([&](auto&& node) { table->insert_or_assign(parts.back(), node); });
  state_->overrides[key] = std::string(assignment);
}

bool Recipe::has(std::string_view dotted_key) const { return state_->find(dotted_key) != nullptr; }

std::vector<std::string> Recipe::tables(std::string_view dotted_key) const {
  const toml::node* node = state_->find(dotted_key);
  const toml::table* table = node != nullptr ? node->as_table() : nullptr;
  std::vector<std::pair<std::uint32_t, std::string>> found;
  if (table != nullptr) {
    for (const auto& [key, inner] : *table) {
      // What --set made has no line.
      const std::uint32_t line = inner.source().begin.line;
      if (inner.is_table()) found.emplace_back(line == 0 ? std::numeric_limits<std::uint32_t>::max() : line, key.str());
    }
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> names;
  for (auto& [line, name] : found) names.push_back(std::move(name));
  return names;
}

bool Recipe::get(std::string_view key, bool fallback) {
  return state_->get(key, fallback, "true or false", [](const toml::node& node) -> std::optional<bool> {
    if (const auto* value = node.as_boolean()) return value->get();
    return std::nullopt;
  });
}

std::int64_t Recipe::get(std::string_view key, std::int64_t fallback) {
  return state_->get(key, fallback, "an integer", [](const toml::node& node) -> std::optional<std::int64_t> {
    if (const auto* value = node.as_integer()) return value->get();
    // "1e6" is how people write a million; TOML calls it a float.
    const auto* number = node.as_floating_point();
    constexpr double kExact = 0x1p53;
    if (number != nullptr && number->get() == std::floor(number->get()) && std::abs(number->get()) <= kExact) {
      return static_cast<std::int64_t>(number->get());
    }
    return std::nullopt;
  });
}

double Recipe::get(std::string_view key, double fallback) { return state_->get(key, fallback, "a number", as_number); }

std::string Recipe::get(std::string_view key, const std::string& fallback) {
  return state_->get(key, fallback, "a string (in quotes)", as_text);
}

std::vector<std::string> Recipe::get(std::string_view key, const std::vector<std::string>& fallback) {
  return state_->get(key, fallback, "an array of strings", [](const toml::node& node) { return as_list<std::string>(node, as_text); });
}

std::vector<double> Recipe::get(std::string_view key, const std::vector<double>& fallback) {
  return state_->get(key, fallback, "an array of numbers", [](const toml::node& node) { return as_list<double>(node, as_number); });
}

std::string Recipe::choose(std::string_view key, const std::string& fallback, const std::vector<std::string>& choices) {
  const std::string value = get(key, fallback);
  if (std::find(choices.begin(), choices.end(), value) != choices.end()) return value;
  const toml::node* node = state_->find(key);
  fail_usage("{}: '{}' is '{}'; it must be one of: {}", node != nullptr ? state_->position(key, *node) : state_->origin, key, value,
             fmt::join(choices, ", "));
}

std::string Recipe::existing_path(std::string_view key) {
  const std::string path = get(key, "");
  if (!path.empty()) require_exists(key, path);
  return path;
}

std::vector<std::string> Recipe::existing_paths(std::string_view key) {
  const std::vector<std::string> paths = get(key, std::vector<std::string>{});
  for (const std::string& path : paths) require_exists(key, path);
  return paths;
}

void Recipe::require_exists(std::string_view key, const std::string& path) const {
  std::error_code error;
  if (std::filesystem::exists(path, error)) return;
  const toml::node* node = state_->find(key);
  fail_usage("{}: '{}' names {}, which {}", node != nullptr ? state_->position(key, *node) : state_->origin, key, path,
             error ? error.message() : "does not exist");
}

void Recipe::reject_unknown() const {
  std::vector<std::pair<std::string, const toml::node*>> present;
  state_->collect(state_->root, "", present);
  // In the order of the file; overrides have no line and come last.
  std::stable_sort(present.begin(), present.end(), [&](const auto& a, const auto& b) {
    const auto order = [&](const auto& entry) {
      return std::pair(state_->overrides.contains(entry.first), entry.second->source().begin.line);
    };
    return order(a) < order(b);
  });
  const auto known = state_->known_keys();
  for (const auto& [key, node] : present) {
    if (state_->is_known(key)) continue;
    const bool is_table = std::any_of(known.begin(), known.end(), [&](const auto& name) { return name.starts_with(key + "."); });
    if (is_table && node->is_table()) continue;  // an empty table of known keys
    const std::string where = state_->position(key, *node);
    if (is_table) fail_usage("{}: '{}' is a table of settings, not a value; write {}.NAME = … or [{}]", where, key, key, key);
    const std::string nearest = nearest_name(key, known);
    if (!nearest.empty()) fail_usage("{}: unknown key '{}'; did you mean '{}'?", where, key, nearest);
    fail_usage("{}: unknown key '{}'; known keys are: {}", where, key, fmt::join(known, ", "));
  }
}

std::string Recipe::resolved() const {
  // TOML wants the keys without a table first, and each table in one place: tables come in the order of their first key.
  std::vector<std::string> tables{""};
  std::map<std::string, std::string> lines;
  for (const auto& [key, value] : state_->known) {
    auto parts = split_key(key);
    std::string table;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) table += (i > 0 ? "." : "") + key_text(parts[i]);
    if (std::find(tables.begin(), tables.end(), table) == tables.end()) tables.push_back(table);
    lines[table] += fmt::format("{} = {}\n", key_text(parts.back()), value);
  }
  std::string out;
  for (const auto& table : tables) {
    if (lines[table].empty()) continue;
    if (!table.empty()) out += fmt::format("{}[{}]\n", out.empty() ? "" : "\n", table);
    out += lines[table];
  }
  return out;
}

}  // namespace fathom

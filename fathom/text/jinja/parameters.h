// Reading a builtin's parameters, with errors that name them. Private to the builtins.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "fathom/text/jinja/builtins.h"

namespace fathom::text::jinja {

inline bool is_given(const std::optional<Value>& parameter) { return parameter.has_value() && !parameter->is_none(); }

inline std::int64_t integer_parameter(const std::optional<Value>& parameter, std::int64_t missing, std::string_view name) {
  if (!parameter) return missing;
  require_defined(*parameter);
  require(parameter->is_integer(), "'{}' must be an integer, not a {}", name, type_name(*parameter));
  return parameter->integer();
}

inline const MarkedText& text_parameter(const Value& parameter, std::string_view name) {
  require_defined(parameter);
  require(parameter.as_text() != nullptr, "'{}' must be a string, not a {}", name, type_name(parameter));
  return *parameter.as_text();
}

inline const Builtin* find_builtin(std::span<const Builtin> builtins, std::string_view name) {
  const auto found = std::find_if(builtins.begin(), builtins.end(), [name](const Builtin& known) { return known.name == name; });
  return found == builtins.end() ? nullptr : &*found;
}

inline std::string list_names(std::span<const Builtin> builtins) {
  std::string names;
  for (const Builtin& builtin : builtins) names += (names.empty() ? "" : ", ") + std::string(builtin.name);
  return names;
}

}  // namespace fathom::text::jinja

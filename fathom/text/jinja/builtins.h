// The filters, tests, methods and functions that templates may use, each with its parameters, so that an unknown one and a wrong
// call are refused when the template is parsed.
#pragma once

#include <ctime>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fathom/text/jinja/value.h"

namespace fathom::text::jinja {

// What builtins work with.
struct Runtime {
  Budget& budget;
  std::time_t now;
};

using Parameters = std::span<const std::optional<Value>>;

struct Builtin {
  using Apply = Value (*)(const Value& subject, Parameters parameters, Runtime& runtime);
  std::string_view name;
  std::vector<std::string_view> parameters;  // beside the subject
  std::size_t required = 0;                  // how many of them must be given
  Apply apply = nullptr;
  bool positional_only = false;
};

// Null when there is none of that name.
const Builtin* find_filter(std::string_view name);
const Builtin* find_test(std::string_view name);
const Builtin* find_method(std::string_view name);
// Functions are called with what the template gives them.
const Function* find_function(std::string_view name);
Value call_function(const Function& function, std::vector<Value> arguments, std::vector<std::pair<std::string, Value>> named,
                    Runtime& runtime);

// Names for messages, in order and apart by ", ".
std::string known_filters();
std::string known_tests();
std::string known_methods();
std::string known_functions();

}  // namespace fathom::text::jinja

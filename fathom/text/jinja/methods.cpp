// Methods of Python's strings and dictionaries.
#include "fathom/text/jinja/parameters.h"
#include "fathom/text/jinja/string_operations.h"
#include "fathom/text/jinja/unicode.h"

namespace fathom::text::jinja {
namespace {

const MarkedText& string_of(const Value& subject, std::string_view method) {
  require_defined(subject);
  require(subject.as_sequence() == nullptr, "the method '{}' of a {} is not supported", method, type_name(subject));
  require(subject.as_text() != nullptr, "a {} has no method '{}'", type_name(subject), method);
  return *subject.as_text();
}

const Dict& dict_of(const Value& subject, std::string_view method) {
  require_defined(subject);
  require(subject.as_dict() != nullptr, "a {} has no method '{}'", type_name(subject), method);
  return *subject.as_dict();
}

Value stripped(const Value& subject, Parameters parameters, Runtime& runtime, std::string_view name, bool left, bool right) {
  const MarkedText& text = string_of(subject, name);
  const MarkedText* characters = is_given(parameters[0]) ? &text_parameter(*parameters[0], "chars") : nullptr;
  return strip(text, characters, left, right, runtime.budget);
}
Value strip_both(const Value& subject, Parameters parameters, Runtime& runtime) {
  return stripped(subject, parameters, runtime, "strip", true, true);
}
Value strip_left(const Value& subject, Parameters parameters, Runtime& runtime) {
  return stripped(subject, parameters, runtime, "lstrip", true, false);
}
Value strip_right(const Value& subject, Parameters parameters, Runtime& runtime) {
  return stripped(subject, parameters, runtime, "rstrip", false, true);
}

Value cut(const Value& subject, Parameters parameters, Runtime& runtime, std::string_view name, bool from_right) {
  const MarkedText& text = string_of(subject, name);
  std::optional<MarkedText> separator;
  if (is_given(parameters[0])) separator = text_parameter(*parameters[0], "sep");
  std::vector<Value> pieces;
  const std::int64_t limit = integer_parameter(parameters[1], -1, "maxsplit");
  for (MarkedText& piece : split(text, separator, limit, from_right, runtime.budget)) pieces.emplace_back(std::move(piece));
  return make_list(std::move(pieces), runtime.budget);
}
Value split_left(const Value& subject, Parameters parameters, Runtime& runtime) {
  return cut(subject, parameters, runtime, "split", false);
}
Value split_right(const Value& subject, Parameters parameters, Runtime& runtime) {
  return cut(subject, parameters, runtime, "rsplit", true);
}

// Whether `holds` for the parameter, a string, or for one of a tuple of strings.
template <typename Holds>
bool any_of(const Value& parameter, std::string_view name, Holds holds) {
  const Sequence* several = parameter.as_sequence();
  if (several == nullptr || several->kind != SequenceKind::tuple) return holds(text_parameter(parameter, name).bytes());
  return std::any_of(several->items.begin(), several->items.end(),
                     [&](const Value& one) { return holds(text_parameter(one, name).bytes()); });
}
Value starts_with(const Value& subject, Parameters parameters, Runtime&) {
  const std::string& text = string_of(subject, "startswith").bytes();
  return any_of(*parameters[0], "prefix", [&](const std::string& part) { return text.starts_with(part); });
}
Value ends_with(const Value& subject, Parameters parameters, Runtime&) {
  const std::string& text = string_of(subject, "endswith").bytes();
  return any_of(*parameters[0], "suffix", [&](const std::string& part) { return text.ends_with(part); });
}

Value replace_parts(const Value& subject, Parameters parameters, Runtime& runtime) {
  const MarkedText& text = string_of(subject, "replace");
  return replace(text, text_parameter(*parameters[0], "old"), text_parameter(*parameters[1], "new"),
                 integer_parameter(parameters[2], -1, "count"), runtime.budget);
}

Value remove_prefix(const Value& subject, Parameters parameters, Runtime&) {
  const MarkedText &text = string_of(subject, "removeprefix"), &prefix = text_parameter(*parameters[0], "prefix");
  return text.slice(text.bytes().starts_with(prefix.bytes()) ? prefix.size() : 0, text.size());
}
Value remove_suffix(const Value& subject, Parameters parameters, Runtime&) {
  const MarkedText &text = string_of(subject, "removesuffix"), &suffix = text_parameter(*parameters[0], "suffix");
  return text.slice(0, text.size() - (text.bytes().ends_with(suffix.bytes()) ? suffix.size() : 0));
}

Value find_part(const Value& subject, Parameters parameters, Runtime& runtime) {
  const MarkedText &text = string_of(subject, "find"), &part = text_parameter(*parameters[0], "sub");
  runtime.budget.text(text.size());
  const auto found = find_bytes(text.bytes(), part.bytes(), 0);
  if (!found) return std::int64_t{-1};
  return static_cast<std::int64_t>(character_count(std::string_view(text.bytes()).substr(0, *found)));
}

// Places that do not overlap.
Value count_parts(const Value& subject, Parameters parameters, Runtime& runtime) {
  const MarkedText &text = string_of(subject, "count"), &part = text_parameter(*parameters[0], "sub");
  runtime.budget.text(text.size());
  if (part.empty()) return static_cast<std::int64_t>(character_count(text.bytes())) + 1;
  std::int64_t count = 0;
  for (auto at = find_bytes(text.bytes(), part.bytes(), 0); at; at = find_bytes(text.bytes(), part.bytes(), *at + part.size())) ++count;
  return count;
}

template <std::string (*Map)(std::string_view)>
Value mapped(const Value& subject, Parameters, Runtime& runtime) {
  require_defined(subject);
  require(subject.as_text() != nullptr, "a {} has no methods of strings", type_name(subject));
  return map_bytes(*subject.as_text(), Map, runtime.budget);
}

Value join_parts(const Value& subject, Parameters parameters, Runtime& runtime) {
  const MarkedText& separator = string_of(subject, "join");
  std::vector<MarkedText> parts;
  for (const Value& part : iterate(*parameters[0], runtime.budget)) parts.push_back(text_parameter(part, "an item of join()"));
  return join(parts, separator, runtime.budget);
}

Value get(const Value& subject, Parameters parameters, Runtime&) {
  const Value* found = dict_of(subject, "get").find(*parameters[0]);
  return found != nullptr ? *found : parameters[1].value_or(None{});
}

Value keys(const Value& subject, Parameters, Runtime& runtime) {
  std::vector<Value> result;
  for (const auto& [key, value] : dict_of(subject, "keys").entries) result.push_back(key);
  return make_sequence(SequenceKind::keys, std::move(result), runtime.budget);
}
Value values(const Value& subject, Parameters, Runtime& runtime) {
  std::vector<Value> result;
  for (const auto& [key, value] : dict_of(subject, "values").entries) result.push_back(value);
  return make_sequence(SequenceKind::values, std::move(result), runtime.budget);
}
Value items(const Value& subject, Parameters, Runtime& runtime) {
  std::vector<Value> result;
  for (const auto& [key, value] : dict_of(subject, "items").entries) result.push_back(make_tuple({key, value}, runtime.budget));
  return make_sequence(SequenceKind::items, std::move(result), runtime.budget);
}

const std::vector<Builtin>& methods() {
  static const std::vector<Builtin> table = {
      {"capitalize", {}, 0, mapped<capitalize>},
      {"count", {"sub"}, 1, count_parts, true},
      {"endswith", {"suffix"}, 1, ends_with, true},
      {"find", {"sub"}, 1, find_part, true},
      {"get", {"key", "default"}, 1, get, true},
      {"items", {}, 0, items},
      {"join", {"iterable"}, 1, join_parts, true},
      {"keys", {}, 0, keys},
      {"lower", {}, 0, mapped<to_lower>},
      {"lstrip", {"chars"}, 0, strip_left, true},
      {"removeprefix", {"prefix"}, 1, remove_prefix, true},
      {"removesuffix", {"suffix"}, 1, remove_suffix, true},
      {"replace", {"old", "new", "count"}, 2, replace_parts, true},
      {"rsplit", {"sep", "maxsplit"}, 0, split_right},
      {"rstrip", {"chars"}, 0, strip_right, true},
      {"split", {"sep", "maxsplit"}, 0, split_left},
      {"startswith", {"prefix"}, 1, starts_with, true},
      {"strip", {"chars"}, 0, strip_both, true},
      {"title", {}, 0, mapped<title_case>},
      {"upper", {}, 0, mapped<to_upper>},
      {"values", {}, 0, values},
  };
  return table;
}

}  // namespace

const Builtin* find_method(std::string_view name) { return find_builtin(methods(), name); }
std::string known_methods() { return list_names(methods()); }

}  // namespace fathom::text::jinja

// The filters of Jinja 3.1, and `tojson` as transformers has it.
#include <array>
#include <charconv>
#include <cmath>

#include "fathom/text/jinja/access.h"
#include "fathom/text/jinja/parameters.h"
#include "fathom/text/jinja/python_numbers.h"
#include "fathom/text/jinja/represent.h"
#include "fathom/text/jinja/string_operations.h"
#include "fathom/text/jinja/unicode.h"

namespace fathom::text::jinja {
namespace {

Value absolute(const Value& subject, Parameters, Runtime&) {
  require_defined(subject);
  require(subject.is_number(), "a {} has no absolute value", type_name(subject));
  if (!subject.is_integer()) return std::fabs(subject.real());
  require(subject.integer() != INT64_MIN, "an integer does not fit in 64 bits");
  return std::abs(subject.integer());
}

template <std::string (*Map)(std::string_view)>
Value mapped(const Value& subject, Parameters, Runtime& runtime) {
  return map_bytes(to_text(subject, runtime.budget), Map, runtime.budget);
}

Value default_value(const Value& subject, Parameters parameters, Runtime&) {
  const bool falsy_too = parameters[1] && truthy(*parameters[1]);
  if (!subject.is_undefined() && !(falsy_too && !truthy(subject))) return subject;
  return parameters[0].value_or(MarkedText());
}

Value first(const Value& subject, Parameters, Runtime& runtime) {
  if (Iterator* iterator = subject.as_iterator(); iterator != nullptr && iterator->next < iterator->items.size())
    return iterator->items[iterator->next++];
  const std::vector<Value> items = iterate(subject, runtime.budget);
  return items.empty() ? Value::undefined("there is no first item: the sequence is empty") : items.front();
}

Value last(const Value& subject, Parameters, Runtime& runtime) {
  require(subject.as_iterator() == nullptr, "a generator has no last item; make a list of it");
  const std::vector<Value> items = iterate(subject, runtime.budget);
  return items.empty() ? Value::undefined("there is no last item: the sequence is empty") : items.back();
}

Value to_integer(const Value& subject, Parameters parameters, Runtime& runtime) {
  require_defined(subject);
  const Value fallback = parameters[0].value_or(std::int64_t{0});
  const std::int64_t base = integer_parameter(parameters[1], 10, "base");
  if (subject.is_integer()) return subject.integer();
  const auto whole = [&](std::optional<double> value) -> Value {
    const auto integer = value ? integer_of(*value) : std::nullopt;
    return integer ? Value(*integer) : fallback;
  };
  if (subject.is_number()) return whole(subject.real());
  const MarkedText* text = subject.as_text();
  if (text == nullptr) return fallback;
  runtime.budget.step(text->size() / 16);
  if (const auto value = parse_integer(text->bytes(), base)) return *value;
  return whole(parse_float(text->bytes()));
}

Value to_float(const Value& subject, Parameters parameters, Runtime&) {
  require_defined(subject);
  const Value fallback = parameters[0].value_or(0.0);
  if (subject.is_number()) return subject.real();
  if (const MarkedText* text = subject.as_text())
    if (const auto value = parse_float(text->bytes())) return *value;
  return fallback;
}

Value items_of(const Value& subject, Parameters, Runtime& runtime) {
  auto iterator = std::make_shared<Iterator>();
  if (subject.is_undefined()) return iterator;
  const Dict* dict = subject.as_dict();
  require(dict != nullptr, "the filter 'items' needs a dictionary, not a {}", type_name(subject));
  for (const auto& [key, value] : dict->entries) iterator->items.push_back(make_tuple({key, value}, runtime.budget));
  return iterator;
}

Value joined(const Value& subject, Parameters parameters, Runtime& runtime) {
  std::vector<MarkedText> parts;
  for (Value& part : iterate(subject, runtime.budget)) {
    if (is_given(parameters[1])) {
      const Value& attribute = *parameters[1];
      part = attribute.as_text() != nullptr ? dotted_attribute(part, attribute.as_text()->bytes(), runtime.budget)
                                            : item(part, attribute, runtime.budget);
    }
    parts.push_back(to_text(part, runtime.budget));
  }
  return join(parts, parameters[0] ? to_text(*parameters[0], runtime.budget) : MarkedText(), runtime.budget);
}

Value length(const Value& subject, Parameters, Runtime& runtime) {
  const auto count = length_of(subject, runtime.budget);
  require(count.has_value(), "a {} has no length", type_name(subject));
  return static_cast<std::int64_t>(*count);
}

Value list_of(const Value& subject, Parameters, Runtime& runtime) { return make_list(iterate(subject, runtime.budget), runtime.budget); }

Value replaced(const Value& subject, Parameters parameters, Runtime& runtime) {
  Budget& budget = runtime.budget;
  const std::int64_t count = is_given(parameters[2]) ? integer_parameter(parameters[2], -1, "count") : -1;
  return replace(to_text(subject, budget), to_text(*parameters[0], budget), to_text(*parameters[1], budget), count, budget);
}

Value reversed(const Value& subject, Parameters, Runtime& runtime) {
  std::vector<Value> items = iterate(subject, runtime.budget);
  std::reverse(items.begin(), items.end());
  if (subject.as_text() != nullptr) {
    MarkedText text;
    for (const Value& character : items) text.append(*character.as_text());
    return text;
  }
  if (subject.as_iterator() != nullptr) return make_list(std::move(items), runtime.budget);
  auto iterator = std::make_shared<Iterator>();
  iterator->items = std::move(items);
  return iterator;
}

Value text_of(const Value& subject, Parameters, Runtime& runtime) { return to_text(subject, runtime.budget); }

Value trimmed(const Value& subject, Parameters parameters, Runtime& runtime) {
  const MarkedText* characters = is_given(parameters[0]) ? &text_parameter(*parameters[0], "chars") : nullptr;
  return strip(to_text(subject, runtime.budget), characters, true, true, runtime.budget);
}

Value json_of(const Value& subject, Parameters parameters, Runtime& runtime) {
  JsonStyle style;
  style.ascii = parameters[0] && truthy(*parameters[0]);
  if (is_given(parameters[1])) {
    if (parameters[1]->as_text() != nullptr) {
      style.indent = parameters[1]->as_text()->bytes();
    } else {
      const std::int64_t width = integer_parameter(parameters[1], 0, "indent");
      require(width <= 1000, "tojson: an indent of {} is too wide", width);
      style.indent = std::string(static_cast<std::size_t>(std::max<std::int64_t>(width, 0)), ' ');
    }
  }
  style.item_separator = style.indent ? "," : ", ";
  style.key_separator = ": ";
  if (is_given(parameters[2])) {
    const std::vector<Value> separators = iterate(*parameters[2], runtime.budget);
    require(separators.size() == 2, "tojson: separators must be two strings");
    style.item_separator = text_parameter(separators[0], "separators").bytes();
    style.key_separator = text_parameter(separators[1], "separators").bytes();
  }
  style.sort_keys = parameters[3] && truthy(*parameters[3]);
  return to_json(subject, style, runtime.budget);
}

const std::vector<Builtin>& filters() {
  static const std::vector<Builtin> table = {
      {"abs", {}, 0, absolute},
      {"capitalize", {}, 0, mapped<capitalize>},
      {"count", {}, 0, length},
      {"d", {"default_value", "boolean"}, 0, default_value},
      {"default", {"default_value", "boolean"}, 0, default_value},
      {"first", {}, 0, first},
      {"float", {"default"}, 0, to_float},
      {"int", {"default", "base"}, 0, to_integer},
      {"items", {}, 0, items_of},
      {"join", {"d", "attribute"}, 0, joined},
      {"last", {}, 0, last},
      {"length", {}, 0, length},
      {"list", {}, 0, list_of},
      {"lower", {}, 0, mapped<to_lower>},
      {"replace", {"old", "new", "count"}, 2, replaced},
      {"reverse", {}, 0, reversed},
      {"safe", {}, 0, text_of},
      {"string", {}, 0, text_of},
      {"title", {}, 0, mapped<title_words>},
      {"tojson", {"ensure_ascii", "indent", "separators", "sort_keys"}, 0, json_of},
      {"trim", {"chars"}, 0, trimmed},
      {"upper", {}, 0, mapped<to_upper>},
  };
  return table;
}

}  // namespace

const Builtin* find_filter(std::string_view name) { return find_builtin(filters(), name); }
std::string known_filters() { return list_names(filters()) + ", map, reject, rejectattr, select, selectattr"; }

}  // namespace fathom::text::jinja

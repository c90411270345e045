#include "fathom/text/jinja/access.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "fathom/text/jinja/loop.h"
#include "fathom/text/jinja/unicode.h"

namespace fathom::text::jinja {
namespace {

// What Python objects of a type answer to: methods and data attributes. Beside those that are called by name, they are refused.
constexpr std::string_view string_names[] = {
    "capitalize",   "casefold", "center",   "count",   "encode",    "endswith",   "expandtabs",   "find",      "format",    "format_map",
    "index",        "isalnum",  "isalpha",  "isascii", "isdecimal", "isdigit",    "isidentifier", "islower",   "isnumeric", "isprintable",
    "isspace",      "istitle",  "isupper",  "join",    "ljust",     "lower",      "lstrip",       "maketrans", "partition", "removeprefix",
    "removesuffix", "replace",  "rfind",    "rindex",  "rjust",     "rpartition", "rsplit",       "rstrip",    "split",     "splitlines",
    "startswith",   "strip",    "swapcase", "title",   "translate", "upper",      "zfill"};
constexpr std::string_view list_names[] = {"append", "clear", "copy",   "count",   "extend", "index",
                                           "insert", "pop",   "remove", "reverse", "sort"};
constexpr std::string_view tuple_names[] = {"count", "index"};
constexpr std::string_view range_names[] = {"count", "index", "start", "step", "stop"};
constexpr std::string_view view_names[] = {"isdisjoint", "mapping"};
constexpr std::string_view dict_names[] = {"clear", "copy",    "fromkeys",   "get",    "items", "keys",
                                           "pop",   "popitem", "setdefault", "update", "values"};
constexpr std::string_view integer_names[] = {"as_integer_ratio", "bit_count",  "bit_length", "conjugate",
                                              "denominator",      "from_bytes", "imag",       "is_integer",
                                              "numerator",        "real",       "to_bytes"};
constexpr std::string_view float_names[] = {"as_integer_ratio", "conjugate", "fromhex", "hex", "imag", "is_integer", "real"};

template <std::size_t N>
bool listed(const std::string_view (&names)[N], std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

bool is_python_name(const Value& value, std::string_view name) {
  if (name.starts_with("__")) return true;
  if (value.as_text() != nullptr) return listed(string_names, name);
  if (value.as_dict() != nullptr) return listed(dict_names, name);
  if (value.is_integer()) return listed(integer_names, name);
  if (value.is_number()) return listed(float_names, name);
  const Sequence* sequence = value.as_sequence();
  if (sequence == nullptr) return false;
  if (sequence->kind == SequenceKind::list) return listed(list_names, name);
  if (sequence->kind == SequenceKind::tuple) return listed(tuple_names, name);
  return sequence->kind == SequenceKind::range ? listed(range_names, name) : listed(view_names, name);
}

Value no_attribute(const Value& value, std::string_view name) {
  return Value::undefined(fmt::format("a {} has no attribute '{}'", type_name(value), name));
}

// Attributes alone. nullopt: there is none of that name.
std::optional<Value> own_attribute(const Value& value, std::string_view name) {
  require_defined(value);
  if (const Namespace* space = value.as_namespace()) {
    const auto found = space->attributes.find(std::string(name));
    return found == space->attributes.end() ? std::nullopt : std::optional(found->second);
  }
  if (Loop* loop = value.as_loop()) return loop->attribute(name);
  require(value.as_macro() == nullptr && value.as_function() == nullptr && value.as_iterator() == nullptr,
          "the attribute '{}' of a {} is not supported", name, type_name(value));
  require(!is_python_name(value, name), "'{}' is an attribute of Python's {}, and not supported; an entry of that name is ['{}']", name,
          type_name(value), name);
  return std::nullopt;
}

std::optional<Value> own_item(const Value& value, const Value& key, Budget& budget) {
  require_defined(value);
  if (const Dict* dict = value.as_dict()) {
    const Sequence* sequence = key.as_sequence();
    if (key.as_dict() != nullptr || (sequence != nullptr && sequence->kind != SequenceKind::tuple)) return std::nullopt;
    const Value* found = dict->find(key);
    return found == nullptr ? std::nullopt : std::optional(*found);
  }
  if (!key.is_integer()) return std::nullopt;
  const MarkedText* text = value.as_text();
  const Sequence* sequence = value.as_sequence();
  if (text == nullptr && (sequence == nullptr || sequence->is_view())) return std::nullopt;
  const auto length = static_cast<std::int64_t>(*length_of(value, budget));
  const std::int64_t index = key.integer() < 0 ? key.integer() + length : key.integer();
  if (index < 0 || index >= length) return std::nullopt;
  if (sequence != nullptr) return sequence->items[static_cast<std::size_t>(index)];
  const std::size_t begin = byte_position(text->bytes(), static_cast<std::size_t>(index));
  return Value(text->slice(begin, begin + step_length(std::string_view(text->bytes()).substr(begin))));
}

struct Range {
  std::int64_t begin, end, step;
};

// Which indices a slice visits (PySlice_AdjustIndices of CPython).
Range bounds(const std::optional<Value>& begin, const std::optional<Value>& end, const std::optional<Value>& step, std::int64_t length) {
  const auto number = [](const std::optional<Value>& part) -> std::optional<std::int64_t> {
    if (!part || part->is_none()) return std::nullopt;
    require(part->is_integer(), "a slice needs integers, not a {}", type_name(*part));
    return part->integer();
  };
  const std::int64_t stride = number(step).value_or(1);
  require(stride != 0, "a slice cannot have the step 0");
  const std::int64_t lowest = stride < 0 ? -1 : 0, highest = stride < 0 ? length - 1 : length;
  const auto limited = [&](std::optional<std::int64_t> at, std::int64_t missing) {
    if (!at) return missing;
    return *at < 0 ? std::max(*at < -length ? lowest : *at + length, lowest) : std::min(*at, highest);
  };
  return {limited(number(begin), stride < 0 ? highest : lowest), limited(number(end), stride < 0 ? lowest : highest), stride};
}

template <typename Visit>
void visit_range(const Range& range, Visit visit) {
  if (range.step > 0)
    for (std::int64_t i = range.begin; i < range.end; i += std::min(range.step, range.end - i)) visit(static_cast<std::size_t>(i));
  else
    for (std::int64_t i = range.begin; i > range.end; i += std::max(range.step, range.end - i)) visit(static_cast<std::size_t>(i));
}

}  // namespace

Value attribute(const Value& value, std::string_view name, Budget& budget) {
  if (auto found = own_attribute(value, name)) return *found;
  if (const Dict* dict = value.as_dict())
    if (const Value* found = dict->find(name)) return *found;
  budget.step();
  return no_attribute(value, name);
}

Value item(const Value& value, const Value& key, Budget& budget) {
  if (auto found = own_item(value, key, budget)) return *found;
  if (const MarkedText* name = key.as_text()) {
    if (auto found = own_attribute(value, name->bytes())) return *found;
    return no_attribute(value, name->bytes());
  }
  return Value::undefined(fmt::format("a {} has no such element", type_name(value)));
}

Value dotted_attribute(const Value& value, std::string_view path, Budget& budget) {
  Value current = value;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('.', begin), path.size());
    const std::string_view part = path.substr(begin, end - begin);
    std::int64_t index = 0;
    const auto [stop, error] = std::from_chars(part.data(), part.data() + part.size(), index);
    const bool number = !part.empty() && part[0] != '-' && error == std::errc() && stop == part.data() + part.size();
    current = item(current, number ? Value(index) : Value::text(part), budget);
    begin = end + 1;
  }
  return current;
}

Value slice(const Value& value, const std::optional<Value>& begin, const std::optional<Value>& end, const std::optional<Value>& step,
            Budget& budget) {
  require_defined(value);
  const MarkedText* text = value.as_text();
  const Sequence* sequence = value.as_sequence();
  require(text != nullptr || (sequence != nullptr && !sequence->is_view()), "a {} has no slices", type_name(value));
  const Range range = bounds(begin, end, step, static_cast<std::int64_t>(*length_of(value, budget)));
  if (sequence != nullptr) {
    std::vector<Value> items;
    visit_range(range, [&](std::size_t i) { items.push_back(sequence->items[i]); });
    return make_sequence(sequence->kind, std::move(items), budget);
  }
  budget.text(text->size());
  if (range.step == 1) {
    const std::size_t first = byte_position(text->bytes(), static_cast<std::size_t>(range.begin));
    if (range.end <= range.begin) return MarkedText();
    const auto count = static_cast<std::size_t>(range.end - range.begin);
    return text->slice(first, first + byte_position(std::string_view(text->bytes()).substr(first), count));
  }
  const std::vector<Value> characters = iterate(value, budget);
  MarkedText result;
  visit_range(range, [&](std::size_t i) { result.append(*characters[i].as_text()); });
  return result;
}

}  // namespace fathom::text::jinja

// The functions that transformers' environment has.
#include <array>

#include "fathom/text/jinja/parameters.h"
#include "fathom/text/jinja/represent.h"

namespace fathom::text::jinja {
namespace {

using Arguments = std::vector<Value>;
using Named = std::vector<std::pair<std::string, Value>>;

constexpr std::array<Function, 5> functions = {{{"dict"}, {"namespace"}, {"raise_exception"}, {"range"}, {"strftime_now"}}};

void check_count(const Function& function, const Arguments& arguments, const Named& named, std::size_t least, std::size_t most) {
  require(named.empty(), "{}() takes no argument named '{}'", function.name, named.empty() ? "" : named.front().first);
  require(arguments.size() >= least && arguments.size() <= most, "{}() takes {} to {} arguments, not {}", function.name, least, most,
          arguments.size());
}

Value range(const Function& function, const Arguments& arguments, const Named& named, Budget& budget) {
  check_count(function, arguments, named, 1, 3);
  std::array<std::int64_t, 3> bounds = {0, 0, 1};
  for (std::size_t i = 0; i < arguments.size(); ++i) bounds[arguments.size() == 1 ? 1 : i] = integer_parameter(arguments[i], 0, "range");
  const auto [begin, end, step] = bounds;
  require(step != 0, "range() cannot have the step 0");
  // Jinja's sandbox has the same bound.
  constexpr std::int64_t most = 100'000;
  std::vector<Value> items;
  for (std::int64_t i = begin; step > 0 ? i < end : i > end;) {
    require(static_cast<std::int64_t>(items.size()) < most, "a range of more than {} items", most);
    items.emplace_back(i);
    if (__builtin_add_overflow(i, step, &i)) break;
  }
  return make_sequence(SequenceKind::range, std::move(items), budget);
}

// dict(mapping or pairs, name=value, …).
Dict dict(const Function& function, const Arguments& arguments, const Named& named, Budget& budget) {
  check_count(function, arguments, {}, 0, 1);
  Dict result;
  if (!arguments.empty()) {
    require_defined(arguments.front());
    if (const Dict* other = arguments.front().as_dict()) {
      result = *other;
    } else {
      for (const Value& pair : iterate(arguments.front(), budget)) {
        const std::vector<Value> parts = iterate(pair, budget);
        require(parts.size() == 2, "{}() needs pairs of a key and a value", function.name);
        result.set(parts[0], parts[1]);
      }
    }
  }
  for (const auto& [name, value] : named) result.set(Value::text(name), value);
  budget.items(result.entries.size());
  return result;
}

Value make_namespace(const Function& function, const Arguments& arguments, const Named& named, Budget& budget) {
  auto space = std::make_shared<Namespace>();
  for (const auto& [key, value] : dict(function, arguments, named, budget).entries) {
    require(key.as_text() != nullptr, "namespace() needs names as keys");
    check_storable(value);
    space->attributes[key.as_text()->bytes()] = value;
  }
  return space;
}

Value strftime_now(const Function& function, const Arguments& arguments, const Named& named, Runtime& runtime) {
  check_count(function, arguments, named, 1, 1);
  const MarkedText& format = text_parameter(arguments.front(), "format");
  if (format.empty()) return MarkedText();
  std::tm local{};
  localtime_r(&runtime.now, &local);
  // strftime gives 0 both for an empty result and for too small a buffer: the mark at the end makes every result non-empty.
  std::string buffer(256 + 64 * format.size(), '\0');
  runtime.budget.text(buffer.size());
  const std::size_t size = std::strftime(buffer.data(), buffer.size(), (format.bytes() + "|").c_str(), &local);
  require(size > 0, "strftime_now() cannot write the date as '{}'", format.bytes());
  return MarkedText(buffer.substr(0, size - 1), !format.is_trusted());
}

}  // namespace

const Function* find_function(std::string_view name) {
  const auto found = std::find_if(functions.begin(), functions.end(), [name](const Function& known) { return known.name == name; });
  return found == functions.end() ? nullptr : &*found;
}

std::string known_functions() {
  std::string names;
  for (const Function& function : functions) names += (names.empty() ? "" : ", ") + std::string(function.name);
  return names;
}

Value call_function(const Function& function, std::vector<Value> arguments, std::vector<std::pair<std::string, Value>> named,
                    Runtime& runtime) {
  if (function.name == "range") return range(function, arguments, named, runtime.budget);
  if (function.name == "dict") return make_dict(dict(function, arguments, named, runtime.budget), runtime.budget);
  if (function.name == "namespace") return make_namespace(function, arguments, named, runtime.budget);
  if (function.name == "strftime_now") return strftime_now(function, arguments, named, runtime);
  check_count(function, arguments, named, 1, 1);
  fail("the template refuses the conversation: {}", to_text(arguments.front(), runtime.budget).bytes());
}

}  // namespace fathom::text::jinja

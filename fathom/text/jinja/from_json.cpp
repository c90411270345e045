#include "fathom/text/jinja/from_json.h"

#include <algorithm>
#include <cmath>

namespace fathom::text::jinja {
namespace {

bool is_role_name(const OrderedJson& json) {
  if (!json.is_string()) return false;
  const auto& text = json.get_ref<const std::string&>();
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

Value number(const OrderedJson& json) {
  if (json.is_number_unsigned()) {
    const auto value = json.get<std::uint64_t>();
    require(std::in_range<std::int64_t>(value), "the number {} is too large for a template", value);
    return static_cast<std::int64_t>(value);
  }
  if (json.is_number_integer()) return json.get<std::int64_t>();
  const auto value = json.get<double>();
  // The JSON reader makes a float of an integer with more digits than 64 bits hold; Python would print those digits.
  require(std::abs(value) < 0x1p64 || value != std::floor(value), "the number {} is too large for a template", json.dump());
  return value;
}

Value convert(const OrderedJson& json, Trust trust, Budget& budget, int depth) {
  budget.value_depth(depth);
  budget.step();
  switch (json.type()) {
    case OrderedJson::value_t::null: return None{};
    case OrderedJson::value_t::boolean: return json.get<bool>();
    case OrderedJson::value_t::number_integer:
    case OrderedJson::value_t::number_unsigned:
    case OrderedJson::value_t::number_float: return number(json);
    case OrderedJson::value_t::string: {
      const auto& text = json.get_ref<const std::string&>();
      budget.text(text.size());
      return MarkedText(text, trust != Trust::trusted);
    }
    case OrderedJson::value_t::array: {
      std::vector<Value> items;
      for (const OrderedJson& item : json) items.push_back(convert(item, trust, budget, depth + 1));
      return make_list(std::move(items), budget);
    }
    case OrderedJson::value_t::object: {
      Dict dict;
      for (const auto& [key, value] : json.items()) {
        const bool role = trust == Trust::conversation && key == "role" && is_role_name(value);
        dict.set(MarkedText(key, trust != Trust::trusted), convert(value, role ? Trust::trusted : trust, budget, depth + 1));
      }
      return make_dict(std::move(dict), budget);
    }
    default: fail("a template cannot hold a JSON value of type {}", json.type_name());
  }
}

}  // namespace

Value from_json(const OrderedJson& json, Trust trust, Budget& budget) { return convert(json, trust, budget, 1); }

}  // namespace fathom::text::jinja

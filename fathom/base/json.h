// nlohmann::json with errors that name the file, and typed access with errors that name the key.
#pragma once

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "fathom/base/error.h"

namespace fathom {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

// `origin` is what messages call the text: a path or "path:line". Throws Error with origin, line/column and reason.
Json parse_json(std::string_view text, const std::string& origin);
Json read_json(const std::filesystem::path& path);

namespace json_detail {

template <typename T>
constexpr bool is_list = false;
template <typename Value>
constexpr bool is_list<std::vector<Value>> = true;

template <typename T>
constexpr const char* expected_type() {
  if constexpr (std::is_same_v<T, bool>)
    return "true or false";
  else if constexpr (std::is_integral_v<T>)
    return "an integer in range";
  else if constexpr (std::is_floating_point_v<T>)
    return "a number";
  else if constexpr (std::is_same_v<T, std::string>)
    return "a string";
  else if constexpr (is_list<T>)
    return "a list of one type";
  else
    return "another type";
}

// nlohmann converts between all arithmetic types (true to 1, 3.7 to 3, -1 to 2^64 - 1); here a value must mean what T says.
// 1e6 is an integer too: some writers print large ones so.
template <typename T>
bool fits(const Json& value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value.is_boolean();
  } else if constexpr (std::is_integral_v<T>) {
    if (value.is_number_unsigned()) return std::in_range<T>(value.get<std::uint64_t>());
    if (value.is_number_integer()) return std::in_range<T>(value.get<std::int64_t>());
    if (!value.is_number_float()) return false;
    const double number = value.get<double>();
    return number == std::floor(number) && std::abs(number) < 0x1p53 && std::in_range<T>(static_cast<std::int64_t>(number));
  } else if constexpr (std::is_floating_point_v<T>) {
    return value.is_number();
  } else if constexpr (is_list<T>) {
    return value.is_array() &&
           std::all_of(value.begin(), value.end(), [](const Json& entry) { return fits<typename T::value_type>(entry); });
  } else {
    return true;
  }
}

// nullopt when the value is of another type.
template <typename T>
std::optional<T> convert(const Json& value) {
  if (!fits<T>(value)) return std::nullopt;
  try {
    return value.get<T>();
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

}  // namespace json_detail

// object[key] as T. Throws Error naming origin, key, the expected and the found type when missing or of another type.
template <typename T>
T json_get(const Json& object, const std::string& key, const std::string& origin) {
  require(object.is_object(), "{}: a JSON object with key '{}' is needed, but this is {}", origin, key, object.type_name());
  const auto found = object.find(key);
  require(found != object.end(), "{}: required key '{}' is missing", origin, key);
  std::optional<T> value = json_detail::convert<T>(*found);
  if (value) return std::move(*value);
  std::string shown = found->dump(-1, ' ', true, Json::error_handler_t::replace);
  if (shown.size() > 60) shown = shown.substr(0, 57) + "...";
  fail("{}: key '{}' must be {}, but is {} ({})", origin, key, json_detail::expected_type<T>(), found->type_name(), shown);
}

// As json_get; `fallback` when the key is missing or null.
template <typename T>
T json_get_or(const Json& object, const std::string& key, T fallback, const std::string& origin) {
  require(object.is_object(), "{}: a JSON object with key '{}' is needed, but this is {}", origin, key, object.type_name());
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return fallback;
  return json_get<T>(object, key, origin);
}

}  // namespace fathom

// nlohmann::json with errors that name the file, and typed access with errors that name the key.
#pragma once

#include <nlohmann/json.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "fathom/base/error.h"

namespace fathom {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

// `origin` is what messages call the text: a path or "path:line". Throws Error with origin, line/column and reason.
Json parse_json(std::string_view text, const std::string& origin);
Json read_json(const std::filesystem::path& path);

// object[key] as T. Throws Error naming origin, key, the expected and the found type when missing or of another type.
template <typename T>
T json_get(const Json& object, const std::string& key, const std::string& origin) {
  const auto found = object.find(key);
  require(found != object.end(), "{}: required key '{}' is missing", origin, key);
  try {
    return found->get<T>();
  } catch (const Json::exception&) {
    fail("{}: key '{}' has the wrong type ({})", origin, key, found->type_name());
  }
}

// As json_get; `fallback` when the key is missing or null.
template <typename T>
T json_get_or(const Json& object, const std::string& key, T fallback, const std::string& origin) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return fallback;
  return json_get<T>(object, key, origin);
}

}  // namespace fathom

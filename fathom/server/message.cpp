#include "fathom/server/message.h"

#include <algorithm>
#include <charconv>

#include "fathom/text/utf8.h"

namespace fathom::server {
namespace {

[[noreturn]] void invalid(const std::string& message) { throw ApiError(400, "invalid_request", message); }

}  // namespace

std::optional<std::string> Request::parameter(const std::string& name) const {
  const auto [begin, end] = parameters.equal_range(name);
  if (begin == end) return std::nullopt;
  if (std::next(begin) != end) invalid(fmt::format("the parameter '{}' is given twice", name));
  if (text::valid_prefix(begin->second) != begin->second.size()) invalid(fmt::format("the parameter '{}' is not UTF-8", name));
  return begin->second;
}

std::int64_t Request::integer(const std::string& name, std::int64_t fallback, std::int64_t least, std::int64_t most) const {
  const std::optional<std::string> value = parameter(name);
  if (!value) return fallback;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), number);
  if (error != std::errc() || end != value->data() + value->size() || number < least || number > most)
    invalid(fmt::format("the parameter '{}' must be a whole number from {} to {}", name, least, most));
  return number;
}

void Request::only(const std::vector<std::string_view>& known) const {
  for (const auto& [name, value] : parameters) {
    if (std::find(known.begin(), known.end(), name) == known.end())
      invalid(fmt::format("unknown parameter '{}'; known: {}", name.substr(0, 60), fmt::join(known, ", ")));
  }
}

bool Request::flag(const std::string& name) const {
  const std::string value = parameter(name).value_or("false");
  if (value == "1" || value == "true") return true;
  if (value == "0" || value == "false") return false;
  invalid(fmt::format("the parameter '{}' must be true or false", name));
}

Json Request::json(const std::vector<std::string_view>& known_keys) const {
  // A page of another site can send a browser's text/plain here without asking, but not this type.
  if (content_type.substr(0, content_type.find(';')) != "application/json")
    throw ApiError(415, "unsupported_media_type", "the body must be sent with Content-Type: application/json");
  Json document;
  try {
    document = parse_json(body, "the body");
  } catch (const Error& error) {
    invalid(error.what());
  }
  if (!document.is_object()) invalid("the body must be a JSON object");
  for (const auto& [key, value] : document.items()) {
    if (std::find(known_keys.begin(), known_keys.end(), key) == known_keys.end())
      invalid(fmt::format("unknown key '{}'; known: {}", key.substr(0, 60), fmt::join(known_keys, ", ")));
  }
  return document;
}

Reply Reply::json(const OrderedJson& document, int status) {
  Reply reply;
  reply.status = status;
  reply.body = document.dump(-1, ' ', false, Json::error_handler_t::replace);
  return reply;
}

Reply error_reply(int status, const std::string& code, const std::string& message) {
  return Reply::json({{"error", {{"code", code}, {"message", message}, {"status", status}}}}, status);
}

}  // namespace fathom::server

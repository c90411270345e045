// Requests and replies as the handlers of the API see them: no sockets, so that every handler can be tried without a network.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/base/json.h"

namespace fathom::server {

// An error with an HTTP status. `code` is for programs ("invalid_request"), the message for people.
class ApiError : public Error {
 public:
  ApiError(int status, std::string code, const std::string& message) : Error(message), status_(status), code_(std::move(code)) {}
  int status() const { return status_; }
  const std::string& code() const { return code_; }

 private:
  int status_;
  std::string code_;
};

struct Request {
  std::string method, path;
  std::multimap<std::string, std::string> parameters;  // of the query string, decoded
  std::string body, content_type;
  std::string tail;  // what follows a route's prefix, decoded: the id in /documents/ID

  // The parameter's value, or nullopt. Throws ApiError 400: given twice, not UTF-8.
  std::optional<std::string> parameter(const std::string& name) const;
  // Throws ApiError 400 when it is not a number within the bounds.
  std::int64_t integer(const std::string& name, std::int64_t fallback, std::int64_t least, std::int64_t most) const;
  // Throws ApiError 400 when there are parameters but these.
  void only(const std::vector<std::string_view>& known) const;
  bool flag(const std::string& name) const;  // "1" or "true"; throws ApiError 400 for anything but these, "0" and "false"
  // The body as a JSON object with no keys but these. Throws ApiError: 415 for another content type, 400 for what is not JSON.
  Json json(const std::vector<std::string_view>& known_keys) const;
};

// Where a stream of server-sent events goes (text/event-stream of the HTML standard).
class EventSink {
 public:
  virtual ~EventSink() = default;
  // False when nobody listens any more: stop.
  virtual bool send(std::string_view event, const OrderedJson& data) = 0;
};

struct Reply {
  int status = 200;
  std::string content_type = "application/json";
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::function<void(EventSink&)> stream = {};  // instead of a body: server-sent events; errors thrown in it become an event "error"

  static Reply json(const OrderedJson& document, int status = 200);
};

// {"error": {"code", "message", "status"}}
Reply error_reply(int status, const std::string& code, const std::string& message);

}  // namespace fathom::server

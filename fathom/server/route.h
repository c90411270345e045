// What the server offers: one table from which requests are dispatched and /openapi.json is written, so that the two cannot differ.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "fathom/server/api_keys.h"
#include "fathom/server/message.h"

namespace fathom::server {

enum class Access {
  open,    // no key needed even where there are keys: health, the page itself
  search,  // a key of either role
  manage,  // a key of the role manage
};

struct RouteParameter {
  std::string name, type, description;  // type as in JSON Schema
  bool required = false, repeated = false;
};

struct Route {
  std::string method, path;  // "/documents/" with `takes_tail` stands for everything below it
  std::string summary;
  Access access = Access::search;
  bool limited = true;  // counts as work for Admission; false: answered even when the server is full
  bool takes_tail = false;
  std::string tail_name = {};                   // what the tail is called in the description
  std::vector<RouteParameter> parameters = {};  // of the query string
  OrderedJson body = nullptr;                   // JSON Schema of the body, null: none
  std::string response = "JSON", response_type = "application/json";
  bool documented = true;
  std::function<Reply(const Request&)> handle;
};

// OpenAPI 3.1 of the documented routes.
OrderedJson openapi_document(const std::vector<Route>& routes, const std::string& version);

}  // namespace fathom::server

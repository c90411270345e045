#include "fathom/server/route.h"

#include <algorithm>
#include <cctype>

namespace fathom::server {
namespace {

OrderedJson error_response(const char* description) {
  return {{"description", description}, {"content", {{"application/json", {{"schema", {{"$ref", "#/components/schemas/Error"}}}}}}}};
}

OrderedJson operation(const Route& route) {
  OrderedJson parameters = OrderedJson::array();
  if (route.takes_tail) {
    parameters.push_back({{"name", route.tail_name}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}}}});
  }
  for (const RouteParameter& parameter : route.parameters) {
    OrderedJson schema = {{"type", parameter.type}};
    if (parameter.repeated) schema = {{"type", "array"}, {"items", schema}};
    parameters.push_back({{"name", parameter.name},
                          {"in", "query"},
                          {"required", parameter.required},
                          {"description", parameter.description},
                          {"schema", schema}});
  }
  OrderedJson result = {{"summary", route.summary}};
  if (!parameters.empty()) result["parameters"] = parameters;
  if (!route.body.is_null()) result["requestBody"] = {{"required", true}, {"content", {{"application/json", {{"schema", route.body}}}}}};
  result["responses"]["200"] = {{"description", route.response}, {"content", {{route.response_type, OrderedJson::object()}}}};
  result["responses"]["400"] = error_response("The request is not right; the message says where");
  if (route.access != Access::open) {
    result["responses"]["401"] = error_response("No key, or an unknown one");
    result["security"] = OrderedJson::array({{{"key", OrderedJson::array()}}});
  }
  if (route.limited) result["responses"]["429"] = error_response("Too many requests at once; Retry-After says when to come back");
  return result;
}

}  // namespace

OrderedJson openapi_document(const std::vector<Route>& routes, const std::string& version) {
  OrderedJson paths = OrderedJson::object();
  for (const Route& route : routes) {
    if (!route.documented) continue;
    std::string method = route.method;
    std::transform(method.begin(), method.end(), method.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    paths[route.takes_tail ? route.path + "{" + route.tail_name + "}" : route.path][method] = operation(route);
  }
  const OrderedJson error = {
      {"type", "object"},
      {"properties",
       {{"error",
         {{"type", "object"},
          {"properties", {{"code", {{"type", "string"}}}, {"message", {{"type", "string"}}}, {"status", {{"type", "integer"}}}}}}}}}};
  return {{"openapi", "3.1.0"},
          {"info", {{"title", "fathom"}, {"version", version}, {"description", "Search, questions and answers over an index."}}},
          {"paths", paths},
          {"components", {{"schemas", {{"Error", error}}}, {"securitySchemes", {{"key", {{"type", "http"}, {"scheme", "bearer"}}}}}}}};
}

}  // namespace fathom::server

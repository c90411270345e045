#include <map>

#include "fathom/server/page_files.h"
#include "fathom/server/search_service.h"

namespace fathom::server {
namespace {

// Nothing but this server's own files runs or loads on the page, whatever a document says.
constexpr const char* policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'";

std::string type_of(std::string_view name) {
  const std::map<std::string_view, std::string> types = {{".html", "text/html; charset=utf-8"},
                                                         {".css", "text/css; charset=utf-8"},
                                                         {".js", "text/javascript; charset=utf-8"},
                                                         {".svg", "image/svg+xml"}};
  return types.at(name.substr(name.rfind('.')));
}

}  // namespace

std::vector<Route> page_routes() {
  std::vector<Route> routes;
  for (const PageFile& file : page_files()) {
    Reply reply;
    reply.content_type = type_of(file.name);
    reply.body = file.bytes;
    reply.headers = {{"Content-Security-Policy", policy}, {"Cache-Control", "no-cache"}};
    routes.push_back({.method = "GET",
                      .path = file.name == "index.html" ? "/" : "/" + std::string(file.name),
                      .summary = "The search page",
                      .access = Access::open,
                      .limited = false,
                      .documented = false,
                      .handle = [reply](const Request&) { return reply; }});
  }
  return routes;
}

}  // namespace fathom::server

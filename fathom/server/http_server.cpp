#include "fathom/server/http_server.h"

#include <httplib.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>

#include "fathom/server/connection_pool.h"
#include "fathom/server/deadline_stream.h"
#include "fathom/server/listener.h"
#include "fathom/server/request_body.h"

namespace fathom::server {
namespace {

class HttpEventSink final : public EventSink {
 public:
  HttpEventSink(httplib::DataSink& sink, const ConnectionLimits& limits) : sink_(sink), limits_(limits) {}
  bool send(std::string_view event, const OrderedJson& data) override {
    const std::string text = fmt::format("event: {}\ndata: {}\n\n", event, data.dump(-1, ' ', false, Json::error_handler_t::replace));
    return !limits_.stopping() && sink_.is_writable() && sink_.write(text.data(), text.size());
  }

 private:
  httplib::DataSink& sink_;
  const ConnectionLimits& limits_;
};

bool is_loopback(const std::string& host) { return host == "127.0.0.1" || host == "localhost" || host == "::1" || host == "[::1]"; }

std::string without_port(const std::string& host) {
  if (!host.empty() && host.front() == '[') return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

const char* code_of(int status) {
  switch (status) {
    case 400: return "invalid_request";
    case 408: return "request_timeout";
    case 431: return "header_too_large";
    case 414: return "uri_too_long";
    case 416: return "range_not_satisfiable";
    default: return "failed";
  }
}

void put(const Reply& reply, httplib::Response& response) {
  response.status = reply.status;
  for (const auto& [name, value] : reply.headers) response.set_header(name, value);
  response.set_content(reply.body, reply.content_type);
}

Reply come_back_later() {
  Reply reply = error_reply(429, "too_many_requests", "too many requests at once; try again in a second");
  reply.headers.emplace_back("Retry-After", "1");
  return reply;
}

}  // namespace

struct HttpServer::State {
  std::unique_ptr<httplib::Server> server;
  std::function<void()> lengthen_backlog;
  ConnectionLimits limits;

  template <typename Server, typename... Arguments>
  void make(Arguments&&... arguments) {
    auto made = std::make_unique<Server>(limits, std::forward<Arguments>(arguments)...);
    lengthen_backlog = [raw = made.get()] { raw->lengthen_backlog(); };
    server = std::move(made);
  }
};

namespace {

// One request from its arrival to its reply.
class Exchange {
 public:
  Exchange(const HttpOptions& options, const std::vector<Route>& routes, RequestMetrics& metrics, Admission& admission,
           const ConnectionLimits& limits)
      : options_(options), routes_(routes), metrics_(metrics), admission_(admission), limits_(limits) {}

  // `body` null: the method has none. It is read only when the request may be answered.
  void answer(const httplib::Request& from, httplib::Response& response, const httplib::ContentReader* body) const {
    const auto begin = std::chrono::steady_clock::now();
    const Route* route = nullptr;
    const auto place = std::make_shared<std::unique_ptr<Admission::Place>>();  // a stream keeps it to its end
    Reply reply;
    if (may_have_body(from) || ConnectionPool::overflowing()) DeadlineStream::current()->end_after_reply();  // unless it is read
    try {
      check_host(from);
      std::string tail;
      route = &find_route(from, tail);
      check_key(from, *route);
      const bool full = route->limited && ConnectionPool::overflowing();
      Request request = request_of(from, std::move(tail));
      if (!full && body != nullptr) request.body = read_body(from, *body, options_.most_body);
      if (!full && route->limited) *place = admission_.enter();
      if (route->limited && !*place) {
        finish(from, route, come_back_later(), response, begin);
        return;
      }
      reply = route->handle(request);
    } catch (const ApiError& error) {
      reply = error_reply(error.status(), error.code(), error.what());
    } catch (const UsageError& error) {
      reply = error_reply(400, "invalid_request", error.what());
    } catch (const std::exception& error) {
      spdlog::error("{} {}: {}", from.method, from.path, error.what());
      reply = error_reply(500, "internal_error", "the server could not answer; its log says why");
    }
    if (!reply.stream) {
      finish(from, route, reply, response, begin);
      return;
    }
    response.set_header("Cache-Control", "no-store");
    const auto logged = [this, method = from.method, path = from.path, query = query_of(from), route, begin](int status) {
      record(method, path, query, route, status, begin);
    };
    response.set_chunked_content_provider(
        "text/event-stream",
        [stream = reply.stream, &limits = limits_](std::size_t, httplib::DataSink& sink) {
          HttpEventSink events(sink, limits);
          try {
            stream(events);
          } catch (const std::exception& error) {
            const auto* api = dynamic_cast<const ApiError*>(&error);
            if (api == nullptr) spdlog::error("stream: {}", error.what());
            events.send("error", {{"code", api != nullptr ? api->code() : "internal_error"},
                                  {"message", api != nullptr ? api->what() : "the server could not go on; its log says why"}});
          }
          sink.done();
          return true;
        },
        [place, logged](bool success) { logged(success ? 200 : 499); });  // 499: the client went away
  }

 private:
  // A page of another site may name this machine's address as its own ("DNS rebinding"); its Host tells.
  void check_host(const httplib::Request& from) const {
    if (!is_loopback(options_.host)) return;
    const std::string host = from.get_header_value("Host");
    if (!host.empty() && !is_loopback(without_port(host)))
      throw ApiError(403, "forbidden", "this server answers on the loopback address only; start it with --host to serve others");
  }

  const Route& find_route(const httplib::Request& from, std::string& tail) const {
    const std::string method = from.method == "HEAD" ? "GET" : from.method;
    std::string allowed;
    for (const Route& route : routes_) {
      const bool fits = route.takes_tail ? from.path.size() > route.path.size() && from.path.compare(0, route.path.size(), route.path) == 0
                                         : from.path == route.path;
      if (!fits) continue;
      if (route.method == method) {
        if (route.takes_tail) tail = from.path.substr(route.path.size());
        return route;
      }
      allowed += (allowed.empty() ? "" : ", ") + route.method;
    }
    if (allowed.empty()) throw ApiError(404, "not_found", "there is nothing at this path; /openapi.json lists what there is");
    throw ApiError(405, "method_not_allowed", "this path takes " + allowed);
  }

  void check_key(const httplib::Request& from, const Route& route) const {
    if (!options_.keys || route.access == Access::open) return;
    std::string key = from.get_header_value("X-API-Key");
    const std::string authorization = from.get_header_value("Authorization");
    if (key.empty() && authorization.compare(0, 7, "Bearer ") == 0) key = authorization.substr(7);
    const std::optional<ApiKeys::Owner> owner = options_.keys->find(key);
    if (!owner) throw ApiError(401, "unauthorized", "a key is needed: 'Authorization: Bearer KEY'");
    if (route.access == Access::manage && owner->role != Role::manage)
      throw ApiError(403, "forbidden", "this key may search but not change documents");
  }

  static Request request_of(const httplib::Request& from, std::string tail) {
    Request request;
    request.method = from.method;
    request.path = from.path;
    request.content_type = from.get_header_value("Content-Type");
    request.tail = std::move(tail);
    // httplib takes a value to begin behind its last '='.
    const std::string query = query_of(from);
    for (std::size_t begin = 1; begin < query.size();) {
      const std::size_t end = std::min(query.find('&', begin), query.size());
      const std::string part = query.substr(begin, end - begin);
      const std::size_t equals = std::min(part.find('='), part.size());
      const auto decoded = [](const std::string& text) { return httplib::detail::decode_url(text, true); };
      if (!part.empty())
        request.parameters.emplace(decoded(part.substr(0, equals)), decoded(part.substr(std::min(equals + 1, part.size()))));
      begin = end + 1;
    }
    return request;
  }

  static std::string query_of(const httplib::Request& from) {
    const std::size_t mark = from.target.find('?');
    return mark == std::string::npos ? "" : from.target.substr(mark);
  }

  void finish(const httplib::Request& from, const Route* route, const Reply& reply, httplib::Response& response,
              std::chrono::steady_clock::time_point begin) const {
    put(reply, response);
    if (!response.has_header("Cache-Control")) response.set_header("Cache-Control", "no-store");
    if (!DeadlineStream::current()->goes_on()) response.set_header("Connection", "close");
    record(from.method, from.path, query_of(from), route, reply.status, begin);
  }

  void record(const std::string& method, const std::string& path, const std::string& query, const Route* route, int status,
              std::chrono::steady_clock::time_point begin) const {
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    metrics_.record(route == nullptr ? "none" : route->path, status, seconds);
    if (options_.log_requests) {
      const std::string shown = route == nullptr || route->takes_tail ? (route == nullptr ? "(unknown path)" : route->path + "…") : path;
      spdlog::info("{} {}{} {} {:.1f} ms", method, shown, options_.log_queries ? query : "", status, 1e3 * seconds);
    }
  }

  const HttpOptions& options_;
  const std::vector<Route>& routes_;
  RequestMetrics& metrics_;
  Admission& admission_;
  const ConnectionLimits& limits_;
};

}  // namespace

HttpServer::HttpServer(HttpOptions options, std::vector<Route> routes, RequestMetrics& metrics)
    : options_(std::move(options)),
      routes_(std::move(routes)),
      metrics_(metrics),
      admission_(options_.concurrent, options_.waiting),
      state_(std::make_unique<State>()) {
  if (options_.certificate.empty() != options_.private_key.empty()) fail_usage("TLS needs both --certificate and --private-key, PEM files");
  state_->limits.request = std::chrono::seconds(options_.read_timeout);
  state_->limits.write = std::chrono::seconds(options_.write_timeout);
  state_->limits.stop = std::chrono::seconds(options_.stop_timeout);
  state_->limits.body = options_.most_body;
  if (options_.certificate.empty()) {
    state_->make<Listener<httplib::Server>>();
  } else {
    state_->make<Listener<httplib::SSLServer>>(options_.certificate.c_str(), options_.private_key.c_str());
    require(state_->server->is_valid(), "the certificate {} and the key {} cannot be used: PEM files that belong together are needed",
            options_.certificate, options_.private_key);
  }
  httplib::Server& server = *state_->server;
  server.new_task_queue = [threads = static_cast<std::size_t>(options_.connections)] { return new ConnectionPool(threads); };
  server.set_tcp_nodelay(true);
  // Not SO_REUSEPORT, as httplib has it: two servers on one port would each get some of the requests.
  server.set_socket_options([](socket_t socket) {
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  server.set_default_headers({{"X-Content-Type-Options", "nosniff"}, {"Referrer-Policy", "no-referrer"}});

  const auto exchange = std::make_shared<Exchange>(options_, routes_, metrics_, admission_, state_->limits);
  const auto with_body = [exchange](const httplib::Request& request, httplib::Response& response, const httplib::ContentReader& body) {
    exchange->answer(request, response, &body);
  };
  const auto without = [exchange](const httplib::Request& request, httplib::Response& response) {
    exchange->answer(request, response, nullptr);
  };
  const std::string any = "[\\s\\S]*";
  server.Post(any, with_body).Put(any, with_body).Patch(any, with_body).Delete(any, with_body).Get(any, without).Options(any, without);
  // What httplib refuses before a handler sees it.
  server.set_error_handler(
      httplib::Server::HandlerWithResponse([&metrics = metrics_](const httplib::Request&, httplib::Response& response) {
        if (!response.body.empty()) return httplib::Server::HandlerResponse::Unhandled;
        DeadlineStream& stream = *DeadlineStream::current();
        stream.end_after_reply();
        if (stream.timed_out()) response.status = 408;
        if (stream.too_large()) response.status = 431;
        metrics.record("none", response.status, 0.0);
        put(error_reply(response.status, code_of(response.status),
                        stream.timed_out()   ? "the request did not arrive in time"
                        : stream.too_large() ? "the request's headers are larger than this server takes"
                                             : "the request could not be read"),
            response);
        response.set_header("Connection", "close");
        return httplib::Server::HandlerResponse::Handled;
      }));
}

HttpServer::~HttpServer() = default;

int HttpServer::bind() {
  httplib::Server& server = *state_->server;
  int port = options_.port;
  if (port == 0) {
    port = server.bind_to_any_port(options_.host);
    require(port > 0, "cannot listen on {}: no such address on this machine, or no free port", options_.host);
  } else {
    require(server.bind_to_port(options_.host, port),
            "cannot listen on {}:{}: the port is taken or not allowed, or no such address on this machine", options_.host, port);
  }
  state_->lengthen_backlog();
  return port;
}

void HttpServer::run() { state_->server->listen_after_bind(); }

void HttpServer::stop() {
  state_->limits.begin_to_stop();
  state_->server->stop();
}

}  // namespace fathom::server

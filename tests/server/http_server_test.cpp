// The server over real sockets on the loopback address.
#include "fathom/server/http_server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <thread>
#include <vector>

#include "tests/server/running_server.h"

namespace fathom::server {
namespace {

using namespace std::chrono_literals;

std::string code_of(const httplib::Result& result) { return Json::parse(result->body).at("error").at("code"); }

Reply echo(const Request& request) {
  return Reply::json({{"tail", request.tail}, {"body", request.body}, {"q", request.parameter("q").value_or("")}});
}

TEST(HttpServer, DispatchesAndExplainsWhatItCannot) {
  std::vector<Route> routes = {route("GET", "/echo", echo), route("POST", "/echo", echo), route("GET", "/things/", echo)};
  routes[2].takes_tail = true;
  routes.push_back(route("GET", "/fails", [](const Request&) -> Reply { throw std::runtime_error("secret path"); }));
  routes.push_back(route("GET", "/refuses", [](const Request&) -> Reply { throw ApiError(409, "busy", "later"); }));
  Running running(with([](HttpOptions& o) { o.most_body = 1000; }), routes);
  httplib::Client client = running.client();

  EXPECT_EQ(Json::parse(client.Get("/echo?q=a%20b%26%E5%8F%B0")->body).at("q"), "a b&台");
  EXPECT_EQ(Json::parse(client.Get("/echo?q=year=1999&q2=%3D&&flag")->body).at("q"), "year=1999");
  EXPECT_EQ(Json::parse(client.Get("/echo?q=a%20b%3D1")->body).at("q"), "a b=1");
  EXPECT_EQ(Json::parse(client.Get("/things/a%2Fb")->body).at("tail"), "a/b");
  EXPECT_EQ(Json::parse(client.Post("/echo", "text", "text/plain")->body).at("body"), "text");
  EXPECT_EQ(client.Get("/nothing")->status, 404);
  EXPECT_EQ(client.Delete("/echo")->status, 405);
  EXPECT_EQ(client.Get("/things/")->status, 404);
  const auto failed = client.Get("/fails");
  EXPECT_EQ(failed->status, 500);
  EXPECT_EQ(failed->body.find("secret"), std::string::npos);
  EXPECT_EQ(code_of(client.Get("/refuses")), "busy");
  const auto large = client.Post("/echo", std::string(5000, 'x'), "text/plain");
  EXPECT_EQ(large->status, 413);
  EXPECT_EQ(code_of(large), "payload_too_large");
  EXPECT_EQ(client.Get("/echo")->get_header_value("X-Content-Type-Options"), "nosniff");
  EXPECT_NE(running.metrics().text({}).find("{route=\"/echo\",status=\"200\"} 5\n"), std::string::npos) << running.metrics().text({});
}

TEST(HttpServer, AnswersItsOwnAddressOnly) {
  Running running({}, {route("GET", "/echo", echo)});
  httplib::Client client = running.client();
  EXPECT_EQ(client.Get("/echo", {{"Host", "evil.example"}})->status, 403);
  EXPECT_EQ(client.Get("/echo", {{"Host", "localhost:1234"}})->status, 200);
}

TEST(HttpServer, KeysOpenWhatTheirRoleMay) {
  const std::filesystem::path file = std::filesystem::path(testing::TempDir()) / "http_server_keys";
  std::filesystem::remove(file);
  const std::string reader = ApiKeys::create(file, "reader", Role::search), owner = ApiKeys::create(file, "owner", Role::manage);
  std::vector<Route> routes = {route("GET", "/open", echo), route("GET", "/search", echo), route("POST", "/change", echo)};
  routes[0].access = Access::open;
  routes[2].access = Access::manage;
  HttpOptions options;
  options.keys = ApiKeys::read(file);
  Running running(std::move(options), routes);
  httplib::Client client = running.client();
  const auto bearer = [](const std::string& key) { return httplib::Headers{{"Authorization", "Bearer " + key}}; };
  EXPECT_EQ(client.Get("/open")->status, 200);
  EXPECT_EQ(client.Get("/search")->status, 401);
  EXPECT_EQ(client.Get("/search", bearer("wrong"))->status, 401);
  EXPECT_EQ(client.Get("/search", bearer(reader))->status, 200);
  EXPECT_EQ(client.Get("/search", {{"X-API-Key", reader}})->status, 200);
  EXPECT_EQ(client.Post("/change", bearer(reader), "", "text/plain")->status, 403);
  EXPECT_EQ(client.Post("/change", bearer(owner), "", "text/plain")->status, 200);
}

TEST(HttpServer, ABusyServerTellsToComeBack) {
  std::vector<Route> routes = {route("GET", "/slow", [](const Request&) {
    std::this_thread::sleep_for(400ms);
    return Reply::json({});
  })};
  routes.push_back(route("GET", "/health", echo));
  routes[1].limited = false;
  Running running(with([](HttpOptions& o) { o.concurrent = o.waiting = 1; }), routes);
  std::atomic<int> served{0}, turned_away{0}, told_when{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 6; ++i)
    clients.emplace_back([&] {
      const auto result = running.client().Get("/slow");
      ASSERT_TRUE(result);
      if (result->status == 200) ++served;
      if (result->status == 429) ++turned_away;
      if (result->status == 429 && result->has_header("Retry-After")) ++told_when;
    });
  std::this_thread::sleep_for(100ms);
  EXPECT_EQ(running.client().Get("/health")->status, 200);
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(served + turned_away, 6);
  EXPECT_GE(served, 1);
  EXPECT_GE(turned_away, 1);
  EXPECT_EQ(told_when, turned_away);
}

TEST(HttpServer, ConnectionsBeyondTheLimitAreAnswered) {
  std::vector<Route> routes = {route("GET", "/slow", [](const Request&) {
    std::this_thread::sleep_for(300ms);
    return Reply::json({});
  })};
  Running running(with([](HttpOptions& o) { o.concurrent = 8, o.connections = 2; }), routes);
  std::atomic<int> served{0}, turned_away{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 5; ++i)
    clients.emplace_back([&] {
      const auto result = running.client().Get("/slow");
      ASSERT_TRUE(result);
      ++(result->status == 200 ? served : turned_away);
    });
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(served + turned_away, 5);
  EXPECT_GE(turned_away, 1);
}

TEST(HttpServer, StreamsEventsAndErrorsWithinThem) {
  Running running({}, {route("GET", "/stream", [](const Request& request) {
                    Reply reply;
                    reply.stream = [fails = request.flag("fails")](EventSink& events) {
                      events.send("text", {{"text", "a\nb"}});
                      if (fails) throw ApiError(500, "no_model", "it broke");
                      events.send("done", Json::object());
                    };
                    return reply;
                  })});
  httplib::Client client = running.client();
  const auto whole = client.Get("/stream");
  EXPECT_EQ(whole->get_header_value("Content-Type"), "text/event-stream");
  EXPECT_EQ(whole->body, "event: text\ndata: {\"text\":\"a\\nb\"}\n\nevent: done\ndata: {}\n\n");
  EXPECT_NE(client.Get("/stream?fails=1")->body.find("event: error\ndata: {\"code\":\"no_model\""), std::string::npos);
}

TEST(HttpServer, AnswersWhatItWorksOnBeforeItEnds) {
  std::atomic<bool> started{false};
  Running running({}, {route("GET", "/slow", [&](const Request&) {
                    started = true;
                    std::this_thread::sleep_for(300ms);
                    return Reply::json({{"late", true}});
                  })});
  std::string body;
  std::thread client([&] {
    const auto result = running.client().Get("/slow");
    if (result) body = result->body;
  });
  while (!started) std::this_thread::sleep_for(5ms);
  running.end();
  client.join();
  EXPECT_EQ(body, "{\"late\":true}");
}

TEST(HttpServer, RefusesWhatItCannotUse) {
  RequestMetrics metrics;
  EXPECT_THROW(HttpServer(with([](HttpOptions& o) { o.certificate = "cert.pem"; }), {}, metrics), UsageError);
  EXPECT_THROW(HttpServer(with([](HttpOptions& o) { o.certificate = o.private_key = "/nothing"; }), {}, metrics), Error);
  HttpServer first(with([](HttpOptions&) {}), {}, metrics);
  const int port = first.bind();
  HttpServer second(with([port](HttpOptions& o) { o.port = port; }), {}, metrics);
  EXPECT_THROW(second.bind(), Error);
}

TEST(OpenApi, ListsWhatThereIs) {
  std::vector<Route> routes = {route("GET", "/search", echo), route("DELETE", "/documents/", echo)};
  routes[0].parameters = {{"q", "string", "The query", true}, {"filter", "string", "key=value", false, true}};
  routes[1].takes_tail = true;
  routes[1].tail_name = "id";
  const OrderedJson document = openapi_document(routes, "1.2");
  EXPECT_EQ(document.at("openapi"), "3.1.0");
  EXPECT_EQ(document.at("paths").at("/search").at("get").at("parameters").at(1).at("schema").at("type"), "array");
  EXPECT_EQ(document.at("paths").at("/documents/{id}").at("delete").at("parameters").at(0).at("in"), "path");
}

}  // namespace
}  // namespace fathom::server

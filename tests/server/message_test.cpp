// Requests as handlers read them, the line before the work, and the metrics.
#include "fathom/server/message.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "fathom/server/admission.h"
#include "fathom/server/marked_text.h"
#include "fathom/server/request_metrics.h"

namespace fathom::server {
namespace {

template <typename Call>
int status_of(const Call& call) {
  try {
    call();
  } catch (const ApiError& error) {
    return error.status();
  }
  return 200;
}

TEST(Request, ParametersMustBeWhatTheySay) {
  Request request;
  request.parameters = {{"k", "7"},     {"twice", "a"}, {"twice", "b"}, {"bad", "\xFF"}, {"word", "seven"}, {"big", "99999999999999999999"},
                        {"yes", "true"}};
  EXPECT_EQ(request.integer("k", 1, 1, 10), 7);
  EXPECT_EQ(request.integer("none", 3, 1, 10), 3);
  EXPECT_EQ(status_of([&] { request.integer("k", 1, 1, 6); }), 400);
  EXPECT_EQ(status_of([&] { request.integer("word", 1, 1, 6); }), 400);
  EXPECT_EQ(status_of([&] { request.integer("big", 1, 1, 6); }), 400);
  EXPECT_EQ(status_of([&] { request.parameter("twice"); }), 400);
  EXPECT_EQ(status_of([&] { request.parameter("bad"); }), 400);
  EXPECT_TRUE(request.flag("yes"));
  EXPECT_FALSE(request.flag("none"));
  EXPECT_EQ(status_of([&] { request.flag("word"); }), 400);
}

TEST(Request, BodiesMustBeJsonObjectsWithKnownKeys) {
  Request request;
  request.body = R"({"a": 1})";
  EXPECT_EQ(status_of([&] { request.json({"a"}); }), 415);  // no content type: what another site's form could send
  request.content_type = "text/plain";
  EXPECT_EQ(status_of([&] { request.json({"a"}); }), 415);
  request.content_type = "application/json; charset=utf-8";
  EXPECT_EQ(request.json({"a", "b"}).at("a"), 1);
  EXPECT_EQ(status_of([&] { request.json({"b"}); }), 400);
  for (const char* broken : {"", "{", "[1]", "\"a\"", "{\"a\": \xFF}"}) {
    request.body = broken;
    EXPECT_EQ(status_of([&] { request.json({"a"}); }), 400) << broken;
  }
}

TEST(MarkedText, KeepsEveryByte) {
  const std::string text = "<b>台灣</b> & more";
  const OrderedJson parts = marked_text(text, {{3, 9}, {4, 5}, {14, 15}});  // the second lies in the first
  std::string joined;
  for (const OrderedJson& part : parts) joined += part.at("text").get<std::string>();
  EXPECT_EQ(joined, text);
  EXPECT_EQ(parts.at(1).at("text"), "台灣");
  EXPECT_TRUE(parts.at(1).at("match").get<bool>());
  EXPECT_TRUE(marked_text("", {}).empty());
}

TEST(Admission, TurnsAwayWhatDoesNotFit) {
  Admission admission(1, 1, std::chrono::milliseconds(20));
  auto first = admission.enter();
  ASSERT_TRUE(first);
  EXPECT_EQ(admission.working(), 1);
  EXPECT_FALSE(admission.enter());  // waited, and gave up
  EXPECT_EQ(admission.turned_away(), 1);
  first.reset();
  EXPECT_TRUE(admission.enter());
}

TEST(Admission, NeverLetsMoreThanAllowedWork) {
  Admission admission(3, 1000, std::chrono::seconds(60));
  std::atomic<int> working{0}, most{0}, served{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 12; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        const auto place = admission.enter();
        ASSERT_TRUE(place);
        const int now = ++working;
        for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
        }
        std::this_thread::yield();
        --working;
        ++served;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(most, 3);
  EXPECT_EQ(served, 600);
  EXPECT_EQ(admission.working(), 0);
  EXPECT_EQ(admission.in_line(), 0);
}

TEST(RequestMetrics, CountsInPrometheusText) {
  RequestMetrics metrics;
  metrics.record("/search", 200, 0.0015);
  metrics.record("/search", 200, 7.0);
  metrics.record("/search", 400, 0.0001);
  const std::string text = metrics.text({{"fathom_index_documents", "Documents in the index.", 3}});
  for (const char* line :
       {"# TYPE fathom_index_documents gauge\nfathom_index_documents 3\n",
        "fathom_http_requests_total{route=\"/search\",status=\"200\"} 2\n",
        "fathom_http_requests_total{route=\"/search\",status=\"400\"} 1\n", "_bucket{route=\"/search\",le=\"0.0005\"} 1\n",
        "_bucket{route=\"/search\",le=\"0.002\"} 2\n", "_bucket{route=\"/search\",le=\"5\"} 2\n",
        "_bucket{route=\"/search\",le=\"+Inf\"} 3\n", "_count{route=\"/search\"} 3\n"})
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
}

}  // namespace
}  // namespace fathom::server

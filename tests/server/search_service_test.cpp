// The search API over a small index, without sockets.
#include "fathom/server/search_service.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "fathom/base/file.h"
#include "fathom/clicks/click_examples.h"
#include "fathom/clicks/click_log_import.h"
#include "fathom/clicks/click_log_reader.h"
#include "fathom/pages/page_collection.h"
#include "fathom/search/index_build.h"
#include "fathom/server/page_files.h"

namespace fathom::server {
namespace {

class CollectedEvents final : public EventSink {
 public:
  bool send(std::string_view event, const OrderedJson& data) override {
    events.emplace_back(event, data);
    return true;
  }
  std::vector<std::pair<std::string, OrderedJson>> events;
};

class SearchServiceTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = std::filesystem::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
    std::ofstream pages(directory_ / "pages.jsonl");
    pages
        << R"({"id": "bassoon", "title": "The bassoon", "text": "The bassoon is a woodwind instrument. It was made in Paris in 1636.", "url": "https://example.org/b", "kind": "music"})"
        << "\n"
        << R"({"id": "volcano", "title": "Volcanoes", "text": "A volcano is a mountain that burns. Etna erupted in 1669.", "kind": "nature"})"
        << "\n"
        << R"({"id": "<script>", "title": "<script>alert(1)</script>", "text": "Markup such as <b>bold</b> stays text. 台灣位於東亞。"})"
        << "\n";
    pages.close();
    search::IndexBuildOptions build;
    build.inputs = {(directory_ / "pages.jsonl").string()};
    build.threads = 1;
    search::build_index(build, directory_ / "index");
    options_.index = directory_ / "index";
  }

  static Request get(std::multimap<std::string, std::string> parameters, const std::string& tail = "") {
    Request request;
    request.method = "GET";
    request.parameters = std::move(parameters);
    request.tail = tail;
    return request;
  }
  static Request post(const Json& body) {
    Request request;
    request.method = "POST";
    request.content_type = "application/json";
    request.body = body.dump();
    return request;
  }
  template <typename Call>
  static int status_of(const Call& call) {
    try {
      return call().status;
    } catch (const ApiError& error) {
      return error.status();
    }
  }

  std::filesystem::path directory_;
  ServiceOptions options_;
};

TEST_F(SearchServiceTest, FindsFiltersAndExplains) {
  SearchService service(options_);
  const Json found = Json::parse(service.search(get({{"q", "woodwind instrument"}, {"explain", "1"}})).body);
  ASSERT_FALSE(found.at("results").empty());
  const Json& best = found.at("results").at(0);
  EXPECT_EQ(best.at("id"), "bassoon");
  EXPECT_EQ(best.at("snippet"), "The bassoon is a woodwind instrument.");
  EXPECT_EQ(best.at("metadata").at("kind"), "music");
  EXPECT_GT(best.at("parts").at("bm25").get<double>(), 0);
  EXPECT_FALSE(found.contains("search_id"));

  const Json filtered = Json::parse(service.search(get({{"q", "woodwind instrument"}, {"filter", "kind=nature"}})).body);
  for (const Json& hit : filtered.at("results")) EXPECT_EQ(hit.at("id"), "volcano");
  EXPECT_EQ(service.post_search(post({{"q", "woodwind instrument"}, {"explain", true}, {"filter", Json::array()}})).body,
            service.search(get({{"q", "woodwind instrument"}, {"explain", "1"}})).body);
}

TEST_F(SearchServiceTest, ShowsWhatPeopleAlsoAsk) {
  {
    const search::OpenIndex open = search::open_for_writing(options_.index);
    open.writer->set_suggestions("bassoon",
                                 {{1, "Where was the <b>bassoon</b> made?", "Paris"}, {0, "What is a bassoon?", "woodwind instrument"}});
    open.writer->commit();
  }
  SearchService service(options_);
  const Json found = Json::parse(service.search(get({{"q", "bassoon"}})).body);
  ASSERT_EQ(found.at("people_also_ask").size(), 2U);
  for (const Json& entry : found.at("people_also_ask")) {
    EXPECT_EQ(entry.at("id"), "bassoon");
    EXPECT_EQ(entry.at("url"), "https://example.org/b");
    EXPECT_NE(entry.at("text").get<std::string>().find(entry.at("answer").get<std::string>()), std::string::npos);
    EXPECT_EQ(entry.at("sentence").at("end").get<std::size_t>() - entry.at("sentence").at("begin").get<std::size_t>(),
              entry.at("text").get<std::string>().size());
  }
  EXPECT_EQ(Json::parse(service.search(get({{"q", "is a bassoon"}})).body).at("people_also_ask").size(), 1U);
  EXPECT_FALSE(Json::parse(service.search(get({{"q", "volcano"}})).body).contains("people_also_ask"));
}

TEST_F(SearchServiceTest, RefusesRequestsThatMakeNoSense) {
  SearchService service(options_);
  const auto search = [&](std::multimap<std::string, std::string> parameters) {
    return status_of([&] { return service.search(get(parameters)); });
  };
  EXPECT_EQ(search({}), 400);
  EXPECT_EQ(search({{"q", " "}}), 400);
  EXPECT_EQ(search({{"q", std::string(100'000, 'x')}}), 400);
  EXPECT_EQ(search({{"q", "a"}, {"k", "0"}}), 400);
  EXPECT_EQ(search({{"q", "a"}, {"mode", "rrf"}}), 400);
  EXPECT_EQ(search({{"q", "a"}, {"filter", "kind"}}), 400);
  EXPECT_EQ(search({{"q", "\" OR NEAR( * -- '); DROP TABLE documents; {}"}}), 200);
  std::string long_query;
  for (int i = 0; i < 10'000; ++i) long_query += "w" + std::to_string(i) + " ";
  EXPECT_EQ(search({{"q", long_query.substr(0, 60'000)}}), 200);
  EXPECT_EQ(status_of([&] { return service.post_search(post({{"q", {1, 2}}})); }), 400);
  for (const Json& bad :
       {Json{{"q", 5}}, Json{{"q", "a"}, {"k", "3"}}, Json{{"q", "a"}, {"explain", 1}}, Json{{"q", "a"}, {"filter", {1}}}})
    EXPECT_EQ(status_of([&] { return service.post_search(post(bad)); }), 400) << bad;
  EXPECT_EQ(search({{"q", "a"}, {"page", "2"}}), 400);
  EXPECT_EQ(status_of([&] { return service.ask(get({{"q", "a"}, {"k", "2"}})); }), 400);
  EXPECT_EQ(status_of([&] { return service.faq(get({{"q", "a"}})); }), 404);
  EXPECT_EQ(status_of([&] { return service.click(post({{"search_id", "x"}, {"page", "bassoon"}})); }), 404);
}

TEST_F(SearchServiceTest, ClicksBecomeTrainingExamples) {
  options_.click_log = directory_ / "clicks.jsonl";
  {
    SearchService service(options_);
    const Json found = Json::parse(service.search(get({{"q", "woodwind instrument"}})).body);
    ASSERT_EQ(found.at("results").at(0).at("id"), "bassoon");
    const Json click = {{"search_id", found.at("search_id")}, {"page", "bassoon"}, {"dwell", 3}};
    EXPECT_LT(status_of([&] { return service.click(post(click)); }), 300);
    service.search(get({{"q", "mountain"}}));  // nothing is clicked
  }
  clicks::ImportOptions known;
  known.known_page = [](std::string_view page) { return page == "bassoon" || page == "volcano"; };
  const clicks::ClickLogReport report = clicks::import_click_logs({options_.click_log}, directory_ / "log.jsonl", known);
  EXPECT_EQ(report.searches, 2);
  EXPECT_EQ(report.clicks, 1);
  EXPECT_EQ(report.unmatched_clicks, 0);
  clicks::ClickData data;
  std::vector<clicks::SearchRecord> records;
  clicks::read_click_log(directory_ / "log.jsonl", {}, [&](clicks::SearchRecord& record, const std::string&) {
    data.add(record);
    records.push_back(record);
  });
  const auto model = clicks::make_click_model("pbm");
  clicks::fit_all(*model, data);
  clicks::ExampleCollector collector(*model, data, {});
  for (const clicks::SearchRecord& record : records) collector.add(record);
  clicks::write_click_examples(directory_ / "examples.jsonl", collector.finish());
  // As training reads them: the sentence that was the snippet is the page's sentence.
  const pages::PageCollection pages = pages::read_pages(directory_ / "pages.jsonl");
  const pages::PageExamples examples = pages::read_page_examples(directory_ / "examples.jsonl", pages);
  ASSERT_EQ(examples.examples.size(), 1U);
  EXPECT_EQ(examples.unknown_sentences, 0);
  EXPECT_EQ(examples.examples[0].query, "woodwind instrument");
  const pages::Page& page = pages.pages[static_cast<std::size_t>(examples.examples[0].page)];
  EXPECT_EQ(page.sentence_texts().at(static_cast<std::size_t>(examples.examples[0].sentence)), "The bassoon is a woodwind instrument.");
}

TEST_F(SearchServiceTest, AsksWithCitations) {
  options_.threshold = 0.0;
  SearchService service(options_);
  const Json whole = Json::parse(service.ask(get({{"q", "Where was the bassoon made?"}})).body);
  EXPECT_TRUE(whole.at("answered").get<bool>());
  EXPECT_EQ(whole.at("cited"), Json::array({1}));
  EXPECT_EQ(whole.at("passages").at(0).at("id"), "bassoon");
  const std::string text = whole.at("answer");
  EXPECT_EQ(text.substr(text.size() - 4), " [1]");

  CollectedEvents collected;
  service.ask(get({{"q", "Where was the bassoon made?"}, {"stream", "true"}})).stream(collected);
  ASSERT_EQ(collected.events.size(), 3u);
  EXPECT_EQ(collected.events[0].first, "passages");
  EXPECT_EQ(collected.events[1].second.at("text"), text);
  EXPECT_EQ(collected.events[2].second.at("cited"), OrderedJson::array({1}));
}

// A writer that behaves as a model does, to see how the service treats it.
class CountingWriter final : public search::AnswerWriter {
 public:
  search::WrittenAnswer write(const std::string&, const std::vector<search::Passage>& passages,
                              const std::function<bool(std::string_view)>& piece) override {
    piece("By ");
    piece("hand [1]");
    return {fmt::format("By hand [1] of {}", passages.size()), {1}, true};
  }
};

TEST_F(SearchServiceTest, LetsAWriterWrite) {
  CountingWriter writer;
  options_.writer = &writer;
  options_.threshold = 0.0;
  SearchService service(options_);
  CollectedEvents collected;
  service.ask(get({{"q", "bassoon"}, {"stream", "true"}, {"passages", "2"}})).stream(collected);
  ASSERT_EQ(collected.events.size(), 4u);
  EXPECT_EQ(collected.events[2].second.at("text"), "hand [1]");
  EXPECT_EQ(collected.events[3].second.at("answer"), "By hand [1] of 2");
}

TEST_F(SearchServiceTest, RecordsClicksOnWhatItShowed) {
  options_.click_log = directory_ / "clicks.jsonl";
  SearchService service(options_);
  const Json found = Json::parse(service.search(get({{"q", "woodwind instrument"}})).body);
  const std::string id = found.at("search_id");
  EXPECT_EQ(service.click(post({{"search_id", id}, {"page", "bassoon"}, {"dwell", 3.5}})).status, 200);
  EXPECT_EQ(status_of([&] { return service.click(post({{"search_id", id}, {"page", "no such page"}})); }), 404);
  EXPECT_EQ(status_of([&] { return service.click(post({{"search_id", "guess"}, {"page", "bassoon"}})); }), 404);
  EXPECT_EQ(status_of([&] { return service.click(post({{"search_id", 3}, {"page", "bassoon"}})); }), 400);
  EXPECT_EQ(status_of([&] { return service.click(post({{"search_id", id}, {"page", "bassoon"}, {"dwell", -2}})); }), 400);
  for (const double dwell : {-1.0, 1e308, 86'401.0})
    EXPECT_EQ(status_of([&] { return service.click(post({{"search_id", id}, {"page", "bassoon"}, {"dwell", dwell}})); }), 400) << dwell;
  const std::string log = read_file(options_.click_log);
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 2);
  EXPECT_NE(log.find("\"bassoon\""), std::string::npos);
}

TEST_F(SearchServiceTest, ChangesDocumentsWhileItSearches) {
  SearchService service(options_);
  const Json added = Json::parse(
      service
          .add_documents(post(
              {{"documents", {{{"id", "oboe"}, {"title", "Oboe"}, {"text", "An oboe is played with a double reed."}, {"kind", "music"}}}}}))
          .body);
  EXPECT_EQ(added.at("added"), 1);
  EXPECT_EQ(added.at("documents"), 4);
  EXPECT_EQ(Json::parse(service.search(get({{"q", "double reed"}})).body).at("results").at(0).at("id"), "oboe");
  EXPECT_EQ(Json::parse(service.read_document(get({}, "oboe")).body).at("sentences"), Json::array({{0, 37}}));
  EXPECT_EQ(Json::parse(service.remove_document(get({}, "oboe")).body).at("documents"), 3);
  EXPECT_EQ(status_of([&] { return service.remove_document(get({}, "oboe")); }), 404);
  EXPECT_EQ(status_of([&] { return service.read_document(get({}, "oboe")); }), 404);
  EXPECT_EQ(status_of([&] { return service.read_document(get({}, "../../etc/passwd")); }), 404);
  for (const Json& bad : {Json::object(), Json{{"documents", Json::array()}}, Json{{"documents", {{{"title", "no id"}}}}},
                          Json{{"documents", {{{"id", "x"}}}}}, Json{{"documents", {1}}}})
    EXPECT_EQ(status_of([&] { return service.add_documents(post(bad)); }), 400) << bad;
  EXPECT_EQ(Json::parse(service.health(get({})).body).at("documents"), 3);

  options_.change_documents = false;
  SearchService fixed(options_);
  EXPECT_EQ(status_of([&] { return fixed.remove_document(get({}, "bassoon")); }), 403);
}

TEST_F(SearchServiceTest, TellsABusyIndexFromADamagedOne) {
  SearchService service(options_);
  const auto add = [&] { return service.add_documents(post({{"documents", {{{"id", "oboe"}, {"text", "A reed."}}}}})); };
  {
    const search::OpenIndex other = search::open_for_writing(options_.index);
    EXPECT_EQ(status_of(add), 409);
  }
  std::filesystem::rename(options_.index / "encoder-1", options_.index / "elsewhere");
  EXPECT_THROW(status_of(add), Error);  // which is answered with 500 and logged
}

TEST_F(SearchServiceTest, EmbedsInTheShapeOfOpenAi) {
  SearchService service(options_);
  const Json list = Json::parse(service.embeddings(post({{"input", {"woodwind", "volcano"}}, {"model", "any"}})).body);
  ASSERT_EQ(list.at("data").size(), 2u);
  EXPECT_EQ(list.at("data").at(1).at("index"), 1);
  const std::size_t width = list.at("data").at(0).at("embedding").size();
  const std::string encoded =
      Json::parse(service.embeddings(post({{"input", "woodwind"}, {"encoding_format", "base64"}})).body).at("data").at(0).at("embedding");
  EXPECT_EQ(encoded.size(), (width * 4 + 2) / 3 * 4);
  for (const Json& bad : {Json::object(), Json{{"input", 3}}, Json{{"input", Json::array()}}, Json{{"input", {1, 2}}},
                          Json{{"input", "a"}, {"encoding_format", "hex"}}, Json{{"input", "a"}, {"dimensions", 1}}})
    EXPECT_EQ(status_of([&] { return service.embeddings(post(bad)); }), 400) << bad;
}

TEST_F(SearchServiceTest, EveryRouteIsDescribed) {
  SearchService service(options_);
  RequestMetrics metrics;
  const std::vector<Route> routes = service.routes(metrics, [] { return nullptr; });
  Json description;
  std::string page, metrics_text;
  for (const Route& route : routes) {
    if (route.path == "/openapi.json") description = Json::parse(route.handle({}).body);
    if (route.path == "/") page = route.handle({}).body;
    if (route.path == "/metrics") metrics_text = route.handle({}).body;
  }
  for (const char* path : {"/search", "/ask", "/click", "/documents", "/documents/{id}", "/v1/embeddings", "/health", "/metrics"})
    EXPECT_TRUE(description.at("paths").contains(path)) << path;
  EXPECT_NE(metrics_text.find("fathom_index_documents 3\n"), std::string::npos);
  EXPECT_NE(page.find("<form id=\"form\""), std::string::npos);
}

TEST(PageFiles, AskNobodyElse) {
  for (const PageFile& file : page_files()) {
    if (file.name == "icon.svg") continue;  // its namespace is an address
    EXPECT_EQ(file.bytes.find("://"), std::string_view::npos) << file.name;
    EXPECT_EQ(file.bytes.find("innerHTML"), std::string_view::npos) << file.name;
  }
}

}  // namespace
}  // namespace fathom::server

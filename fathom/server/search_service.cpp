#include "fathom/server/search_service.h"

#include "fathom/server/faq_pool.h"

namespace fathom::server {
namespace {

const RouteParameter query_parameter{"q", "string", "The query, UTF-8", true};

OrderedJson document_schema() {
  const OrderedJson text = {{"type", "string"}};
  return {{"type", "object"},
          {"required", {"documents"}},
          {"properties",
           {{"documents",
             {{"type", "array"},
              {"items",
               {{"type", "object"},
                {"required", {"id"}},
                {"description", "Other keys are metadata, which searches can be filtered by"},
                {"properties", {{"id", text}, {"title", text}, {"text", text}, {"html", text}, {"url", text}}}}}}}}}};
}

OrderedJson search_schema() {
  const OrderedJson text = {{"type", "string"}};
  return {{"type", "object"},
          {"required", {"q"}},
          {"properties",
           {{"q", text},
            {"k", {{"type", "integer"}}},
            {"filter", {{"type", "array"}, {"items", text}}},
            {"mode", text},
            {"explain", {{"type", "boolean"}}}}}};
}

OrderedJson click_schema() {
  return {{"type", "object"},
          {"required", {"search_id", "page"}},
          {"properties", {{"search_id", {{"type", "string"}}}, {"page", {{"type", "string"}}}, {"dwell", {{"type", "number"}}}}}};
}

OrderedJson embeddings_schema() {
  const OrderedJson text = {{"type", "string"}};
  return {{"type", "object"},
          {"required", {"input"}},
          {"properties",
           {{"input", {{"oneOf", {text, {{"type", "array"}, {"items", text}}}}}},
            {"model", text},
            {"encoding_format", {{"type", "string"}, {"enum", {"float", "base64"}}}}}}};
}

}  // namespace

SearchService::SearchService(ServiceOptions options) : options_(std::move(options)), searcher_(options_.index) {
  if (!options_.click_log.empty()) clicks_ = std::make_unique<ClickRecorder>(options_.click_log);
  if (!options_.faq.empty()) faqs_ = std::make_unique<FaqPool>(options_.faq);
}

SearchService::~SearchService() = default;

Reply SearchService::health(const Request&) {
  OrderedJson reply = {{"status", "ok"}, {"version", options_.version}};
  searcher_.with_view([&](const search::Searcher::View& view) {
    reply["documents"] = view.reader.state().pages;
    reply["generation"] = view.reader.state().generation;
  });
  reply["faq"] = faqs_ != nullptr;
  reply["records_clicks"] = clicks_ != nullptr;
  reply["writes_answers"] = options_.writer != nullptr;
  return Reply::json(reply);
}

std::vector<Route> SearchService::routes(RequestMetrics& metrics, std::function<const Admission*()> admission) {
  using Handler = Reply (SearchService::*)(const Request&);
  const auto call = [this](Handler handler) { return [this, handler](const Request& request) { return (this->*handler)(request); }; };
  std::vector<Route> routes = {
      {.method = "GET",
       .path = "/search",
       .summary = "Search the index",
       .parameters = {query_parameter,
                      {"k", "integer", "Results, 1 to 100 (10)"},
                      {"filter", "string", "key=value of the metadata; values of one key are alternatives", false, true},
                      {"mode", "string", "hybrid (the default), bm25 or vectors"},
                      {"explain", "boolean", "Why each result stands where it stands"}},
       .response = "Pages, best first, each with the sentence that matched; `answered` is false when none matches well; "
                   "`people_also_ask`: related questions with their answers, where the index has such",
       .handle = call(&SearchService::search)},
      {.method = "POST",
       .path = "/search",
       .summary = "The same search with its parameters as keys of a JSON object, for long queries",
       .body = search_schema(),
       .handle = call(&SearchService::post_search)},
      {.method = "GET",
       .path = "/ask",
       .summary = "Answer a question from the index, with citations",
       .parameters = {query_parameter,
                      {"passages", "integer", "Sentences to answer from, 1 to 20 (5)"},
                      {"stream", "boolean", "Server-sent events: passages, text (as it is written), done; error if it fails"}},
       .response = "The answer, the passages and which of them it cites",
       .handle = call(&SearchService::ask)},
      {.method = "POST",
       .path = "/click",
       .summary = "Report that a result was opened, where clicks are recorded",
       .body = click_schema(),
       .handle = call(&SearchService::click)},
      {.method = "GET",
       .path = "/documents/",
       .summary = "A document and its sentences",
       .takes_tail = true,
       .tail_name = "id",
       .handle = call(&SearchService::read_document)},
      {.method = "POST",
       .path = "/documents",
       .summary = "Add documents; one of an id that is there takes its place",
       .access = Access::manage,
       .body = document_schema(),
       .handle = call(&SearchService::add_documents)},
      {.method = "DELETE",
       .path = "/documents/",
       .summary = "Remove a document",
       .access = Access::manage,
       .takes_tail = true,
       .tail_name = "id",
       .handle = call(&SearchService::remove_document)},
      {.method = "POST",
       .path = "/v1/embeddings",
       .summary = "Vectors of texts by the index's encoder, in the shape of OpenAI's API",
       .body = embeddings_schema(),
       .handle = call(&SearchService::embeddings)},
      {.method = "GET",
       .path = "/health",
       .summary = "Whether the server works, and on what",
       .access = Access::open,
       .limited = false,
       .handle = call(&SearchService::health)},
  };
  if (faqs_)
    routes.push_back({.method = "GET",
                      .path = "/faq",
                      .summary = "The entry of the FAQ that asks the same",
                      .parameters = {query_parameter, {"k", "integer", "Entries, 1 to 100 (3)"}},
                      .handle = call(&SearchService::faq)});
  routes.push_back(
      {.method = "GET",
       .path = "/metrics",
       .summary = "Counts and durations for Prometheus",
       .limited = false,
       .response = "Prometheus text format",
       .response_type = "text/plain",
       .handle = [this, &metrics, admission](const Request&) {
         std::vector<RequestMetrics::Gauge> gauges;
         searcher_.with_view([&](const search::Searcher::View& view) {
           gauges.push_back({"fathom_index_documents", "Documents in the index.", static_cast<double>(view.reader.state().pages)});
           gauges.push_back({"fathom_index_generation", "Commits of the index.", static_cast<double>(view.reader.state().generation)});
         });
         if (const Admission* now = admission()) {
           gauges.push_back({"fathom_requests_in_progress", "Requests being worked on.", static_cast<double>(now->working())});
           gauges.push_back({"fathom_requests_waiting", "Requests in line.", static_cast<double>(now->in_line())});
           gauges.push_back({"fathom_requests_turned_away", "Requests answered with 429 so far.", static_cast<double>(now->turned_away())});
         }
         return Reply{.content_type = "text/plain; version=0.0.4; charset=utf-8", .body = metrics.text(gauges)};
       }});
  const OrderedJson description = openapi_document(routes, options_.version);
  routes.push_back({.method = "GET",
                    .path = "/openapi.json",
                    .summary = "This description",
                    .access = Access::open,
                    .limited = false,
                    .documented = false,
                    .handle = [description](const Request&) { return Reply::json(description); }});
  for (Route& route : page_routes()) routes.push_back(std::move(route));
  return routes;
}

}  // namespace fathom::server

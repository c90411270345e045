// The search API over an index directory: every route of it (docs/server.md).
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "fathom/faq/faq.h"
#include "fathom/search/answer.h"
#include "fathom/search/answer_writer.h"
#include "fathom/search/searcher.h"
#include "fathom/server/click_recorder.h"
#include "fathom/server/http_server.h"
#include "fathom/server/request_metrics.h"
#include "fathom/server/route.h"

namespace fathom::server {

struct ServiceOptions {
  std::filesystem::path index;
  std::filesystem::path faq;               // a FAQ directory; empty: no /faq
  std::filesystem::path click_log;         // empty: nothing is recorded
  bool change_documents = true;            // whether documents may be added and removed
  double threshold = 0.5;                  // below it a result is no good answer
  search::AnswerWriter* writer = nullptr;  // writes answers over passages; null: the best sentence is the answer
  std::string version;
};

class SearchService {
 public:
  // Throws Error as the parts do.
  explicit SearchService(ServiceOptions options);
  ~SearchService();

  // They refer to this service. `admission` is for the metrics and may be null until the server exists.
  std::vector<Route> routes(RequestMetrics& metrics, std::function<const Admission*()> admission);

  // One handler a route; public for tests without sockets.
  Reply search(const Request& request);
  Reply post_search(const Request& request);
  Reply ask(const Request& request);
  Reply faq(const Request& request);
  Reply click(const Request& request);
  Reply embeddings(const Request& request);
  Reply read_document(const Request& request);
  Reply add_documents(const Request& request);
  Reply remove_document(const Request& request);
  Reply health(const Request& request);

 private:
  class FaqPool;
  ServiceOptions options_;
  search::Searcher searcher_;
  std::unique_ptr<ClickRecorder> clicks_;
  std::unique_ptr<FaqPool> faqs_;
  std::mutex changes_;  // one writer at a time
  std::mutex writing_;  // one answer at a time
};

// The search page and its parts at "/" (web/), built into the program.
std::vector<Route> page_routes();

}  // namespace fathom::server

// /documents: reading, adding and removing pages while searches go on.
#include "fathom/pages/page_source.h"
#include "fathom/search/index_build.h"
#include "fathom/search/response_json.h"
#include "fathom/server/search_service.h"

namespace fathom::server {
namespace {

constexpr std::size_t most_documents = 1000;  // in one request

void check_changes_allowed(const ServiceOptions& options) {
  if (!options.change_documents)
    throw ApiError(403, "read_only",
                   "this server changes no documents; start it with --keys FILE, or on the loopback address without --read-only");
}

// Another process may be changing the index: `fathom index add`.
search::OpenIndex open_writer(const std::filesystem::path& directory) {
  try {
    return search::open_for_writing(directory);
  } catch (const index::IndexBusy& error) {
    throw ApiError(409, "index_busy", error.what());
  }
}

}  // namespace

Reply SearchService::read_document(const Request& request) {
  OrderedJson document;
  searcher_.with_view([&](const search::Searcher::View& view) {
    const std::optional<std::int64_t> number = view.reader.find(request.tail);
    if (!number) throw ApiError(404, "not_found", "the index has no document of this id");
    const index::Page page = view.reader.page(*number);
    OrderedJson sentences = OrderedJson::array();
    for (const text::Span& sentence : view.reader.sentences(*number)) sentences.push_back({sentence.begin, sentence.end});
    document = {{"id", page.id},
                {"title", page.title},
                {"url", page.url},
                {"text", page.text},
                {"metadata", search::metadata_json(page.metadata)},
                {"sentences", sentences}};
  });
  return Reply::json(document);
}

Reply SearchService::add_documents(const Request& request) {
  check_changes_allowed(options_);
  const Json body = request.json({"documents"});
  const auto list = body.find("documents");
  if (list == body.end() || !list->is_array() || list->empty() || list->size() > most_documents)
    throw ApiError(400, "invalid_request", fmt::format("'documents' must be a list of 1 to {} documents", most_documents));
  std::vector<index::PreparedPage> pages;
  index::PageSentenceSplitter splitter;
  for (std::size_t i = 0; i < list->size(); ++i) {
    try {
      const std::string position = fmt::format("documents[{}]", i);
      index::Page page = pages::page_of_record((*list)[i], position);
      index::check_page(page, position);
      pages.push_back(index::prepare_page(std::move(page), splitter));
    } catch (const Error& error) {
      throw ApiError(400, "invalid_document", error.what());
    }
  }
  const std::lock_guard lock(changes_);
  const search::OpenIndex open = open_writer(options_.index);
  std::int64_t replaced = 0;
  for (const index::PreparedPage& page : pages) {
    try {
      replaced += open.writer->add(page) ? 1 : 0;
    } catch (const index::PageRefused& error) {
      throw ApiError(400, "invalid_document", error.what());
    }
  }
  open.writer->commit();
  return Reply::json({{"added", static_cast<std::int64_t>(pages.size()) - replaced},
                      {"replaced", replaced},
                      {"documents", open.writer->state().pages},
                      {"generation", open.writer->state().generation}});
}

Reply SearchService::remove_document(const Request& request) {
  check_changes_allowed(options_);
  const std::lock_guard lock(changes_);
  const search::OpenIndex open = open_writer(options_.index);
  if (!open.writer->remove(request.tail)) throw ApiError(404, "not_found", "the index has no document of this id");
  open.writer->commit();
  return Reply::json({{"removed", 1}, {"documents", open.writer->state().pages}, {"generation", open.writer->state().generation}});
}

}  // namespace fathom::server

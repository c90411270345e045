// /ask: passages, then the answer as it is written, as server-sent events or as one JSON document.
#include "fathom/search/response_json.h"
#include "fathom/server/marked_text.h"
#include "fathom/server/query_parameter.h"
#include "fathom/server/search_service.h"

namespace fathom::server {
namespace {

OrderedJson passages_of(const std::string& question, const search::Answer& found) {
  OrderedJson passages = search::passages_json(found.passages);
  for (std::size_t i = 0; i < found.passages.size(); ++i)
    passages[i]["text_parts"] = marked_text(found.passages[i].text, found.passages[i].highlights);
  return {{"question", question}, {"passages", passages}};
}

}  // namespace

Reply SearchService::ask(const Request& request) {
  request.only({"q", "passages", "stream"});
  const std::string question = query_of(request);
  search::AnswerOptions options;
  options.passages = request.integer("passages", 5, 1, 20);
  options.threshold = options_.threshold;
  auto found = std::make_shared<const search::Answer>(search::answer(searcher_, question, options));

  const auto write = [this, question, found](const std::function<bool(std::string_view)>& piece) {
    std::unique_lock lock(writing_, std::defer_lock);
    if (options_.writer != nullptr) lock.lock();  // a model writes one answer at a time
    return search::write_answer(question, *found, options_.writer, piece);
  };

  OrderedJson passages = passages_of(question, *found);
  if (!request.flag("stream")) {
    passages.update(search::to_json(write([](std::string_view) { return true; })));
    return Reply::json(passages);
  }
  Reply reply;
  reply.stream = [passages, write](EventSink& events) {
    if (!events.send("passages", passages)) return;
    const search::WrittenAnswer written =
        write([&](std::string_view piece) { return events.send("text", {{"text", std::string(piece)}}); });
    events.send("done", search::to_json(written));
  };
  return reply;
}

}  // namespace fathom::server

// /ask: passages, then the answer as it is written, as server-sent events or as one JSON document.
#include "fathom/server/query_parameter.h"
#include "fathom/server/result_json.h"
#include "fathom/server/search_service.h"

namespace fathom::server {
namespace {

OrderedJson passages_json(const search::Answer& found) {
  OrderedJson passages = OrderedJson::array();
  for (const search::Passage& passage : found.passages)
    passages.push_back(to_json(passage, static_cast<std::int64_t>(passages.size()) + 1));
  return passages;
}

OrderedJson to_json(const search::WrittenAnswer& written) {
  return {{"answered", written.answered}, {"answer", written.text}, {"cited", written.cited}};
}

}  // namespace

Reply SearchService::ask(const Request& request) {
  const std::string question = query_of(request);
  search::AnswerOptions options;
  options.passages = request.integer("passages", 5, 1, 20);
  options.threshold = options_.threshold;
  auto found = std::make_shared<const search::Answer>(search::answer(searcher_, question, options));

  const auto write = [this, question, found](const std::function<bool(std::string_view)>& piece) {
    if (!found->answered) return search::WrittenAnswer{};
    if (options_.writer == nullptr) {
      const search::WrittenAnswer best{found->passages.front().text + " [1]", {1}, true};
      piece(best.text);
      return best;
    }
    const std::lock_guard lock(writing_);
    return options_.writer->write(question, found->passages, piece);
  };

  if (!request.flag("stream")) {
    OrderedJson reply = {{"question", question}, {"passages", passages_json(*found)}};
    reply.update(to_json(write([](std::string_view) { return true; })));
    return Reply::json(reply);
  }
  Reply reply;
  reply.stream = [found, question, write](EventSink& events) {
    if (!events.send("passages", Json::parse(OrderedJson{{"question", question}, {"passages", passages_json(*found)}}.dump(
                                     -1, ' ', false, Json::error_handler_t::replace))))
      return;
    const search::WrittenAnswer written =
        write([&](std::string_view piece) { return events.send("text", {{"text", std::string(piece)}}); });
    events.send("done", Json::parse(to_json(written).dump(-1, ' ', false, Json::error_handler_t::replace)));
  };
  return reply;
}

}  // namespace fathom::server

#include "fathom/search/answer_writer.h"

namespace fathom::search {

WrittenAnswer write_answer(const std::string& question, const Answer& found, AnswerWriter* writer,
                           const std::function<bool(std::string_view piece)>& piece) {
  if (!found.answered) return {};
  if (writer != nullptr) return writer->write(question, found.passages, piece);
  WrittenAnswer best{found.passages.front().text + " [1]", {1}, true};
  piece(best.text);
  return best;
}

}  // namespace fathom::search

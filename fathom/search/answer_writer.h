// Who writes an answer over passages: a language model behind this, where there is one.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/search/answer.h"

namespace fathom::search {

struct WrittenAnswer {
  std::string text;                 // with citations as [1], [2], …
  std::vector<std::int64_t> cited;  // numbers of passages, from 1, ascending
  bool answered = false;            // false: the writer says that the passages do not hold the answer
};

class AnswerWriter {
 public:
  virtual ~AnswerWriter() = default;
  // One call at a time. `piece` gets the text as it is written, whole characters at a time, and returns false to stop.
  virtual WrittenAnswer write(const std::string& question, const std::vector<Passage>& passages,
                              const std::function<bool(std::string_view piece)>& piece) = 0;
};

// The answer to a question over what was found for it: nothing unless `found.answered`; what `writer` writes, or without one (null) the
// best passage, citing itself. `piece` as in AnswerWriter::write().
WrittenAnswer write_answer(const std::string& question, const Answer& found, AnswerWriter* writer,
                           const std::function<bool(std::string_view piece)>& piece);

}  // namespace fathom::search

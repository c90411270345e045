#include "fathom/server/marked_text.h"

#include <algorithm>
#include <string>

namespace fathom::server {

OrderedJson marked_text(std::string_view text, const std::vector<text::Span>& marks) {
  OrderedJson pieces = OrderedJson::array();
  const auto add = [&](std::size_t begin, std::size_t end, bool match) {
    if (begin < end) pieces.push_back({{"text", std::string(text.substr(begin, end - begin))}, {"match", match}});
  };
  std::size_t done = 0;
  for (const text::Span& mark : marks) {
    if (mark.begin < done || mark.end > text.size()) continue;
    add(done, mark.begin, false);
    add(mark.begin, mark.end, true);
    done = mark.end;
  }
  add(done, text.size(), false);
  return pieces;
}

}  // namespace fathom::server

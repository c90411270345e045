// A page as it goes into a page index and comes out of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fathom/text/sentences.h"

namespace fathom::index {

constexpr std::size_t longest_page_id = 1024;        // bytes
constexpr std::size_t longest_page_sentence = 1000;  // bytes; a longer stretch without a boundary is cut

struct Page {
  std::string id;  // the user's; one page of an index has it
  std::string title, url;
  std::string text;                                                // UTF-8; blank: the title is the text
  std::vector<std::pair<std::string, std::string>> metadata = {};  // a key may have several values
};

// A question that someone may ask and a page answers. A page is found by its questions as well as by its text, and shows none of them.
struct PageQuestion {
  std::int64_t sentence = 0;  // ordinal of the one that answers it
  std::string question;
};

// A question that is shown beside results, with its answer.
struct PageSuggestion {
  std::int64_t sentence = 0;  // ordinal of the one that answers it
  std::string question, answer;
};

// The questions' text as it is indexed, one a line.
std::string joined(const std::vector<PageQuestion>& questions);

// Throws Error naming `origin` and what is wrong: an id that is empty, too long or has control characters, a page with neither title nor
// text, a part that is not UTF-8 or holds a NUL byte. A blank text is replaced by the title.
void check_page(Page& page, const std::string& origin);

// SHA-256 of title and text: equal for pages that show the same.
std::string content_hash(const Page& page);

// Byte ranges of a page's sentences in order (text/sentences.h); what is longer than `longest_page_sentence` is cut at a space, else
// between characters. One object a thread.
class PageSentenceSplitter {
 public:
  std::vector<text::Span> split(std::string_view text);

 private:
  text::SentenceSplitter splitter_;
};

}  // namespace fathom::index

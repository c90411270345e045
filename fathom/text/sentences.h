// Sentences of running text, by ICU's sentence boundaries (Unicode Standard Annex 29) with English abbreviations kept together
// ("Mr. Smith"). A line end always ends a sentence: text that is broken into lines of equal width has to be joined before.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace fathom::text {

struct Span {
  std::size_t begin, end;  // bytes
  std::string_view of(std::string_view text) const { return text.substr(begin, end - begin); }
};

// Holds ICU's state: make one for each thread and use it for many texts.
class SentenceSplitter {
 public:
  SentenceSplitter();  // throws Error when ICU has no data
  ~SentenceSplitter();
  SentenceSplitter(SentenceSplitter&&) noexcept;
  SentenceSplitter& operator=(SentenceSplitter&&) noexcept;

  // In order, without the white space around them; none is empty. In text that is tokenised and lower-cased, where ICU sees no sentences,
  // a full stop, question or exclamation mark that stands alone between spaces ends one, too.
  std::vector<Span> split(std::string_view text);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fathom::text

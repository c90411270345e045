// Words of running text, lower-cased, with their places: ICU's word boundaries (Unicode Standard Annex 29; Chinese, Japanese, Thai and
// others by ICU's dictionaries). For bags of words, word vectors and full-text search; language models have text/tokenizer.h.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace fathom::text {

struct Word {
  std::string text;          // lower-cased; the typographic apostrophe is written '
  std::size_t begin, end;    // bytes of the source that the word stands for
  bool punctuation = false;  // neither letters nor digits: "," or an emoji
};

struct WordOptions {
  bool punctuation = false;  // whether punctuation and symbols are returned, too (white space never is)
  // English clitics become words of their own, as the Penn Treebank writes them: "don't" is do + n't, "it's" is it + 's; and text that is
  // written so already ("do n't", "it 's") gives the same words.
  bool split_contractions = false;
};

// Holds ICU's state: make one for each thread and use it for many texts. Invalid UTF-8 is no word and separates words.
class WordSplitter {
 public:
  explicit WordSplitter(WordOptions options = {});  // throws Error when ICU has no data
  ~WordSplitter();
  WordSplitter(WordSplitter&&) noexcept;
  WordSplitter& operator=(WordSplitter&&) noexcept;

  std::vector<Word> split(std::string_view text);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Text that is tokenised already: the stretches between ASCII white space, as they are (no lower-casing).
std::vector<Word> split_whitespace(std::string_view text);

// Lower case by Unicode's rules, without a language's exceptions. Invalid UTF-8 becomes U+FFFD.
std::string lower_case(std::string_view text);

}  // namespace fathom::text

#include "fathom/text/function_words.h"

#include <algorithm>
#include <array>

namespace fathom::text {
namespace {

// As ICU's dictionary cuts them.
constexpr std::array<std::string_view, 42> chinese = {
    "的",   "了",   "着",     "过",   "吗",     "呢", "吧", "啊",   "是",   "在",       "于",   "和",   "与",   "有",
    "被",   "把",   "对",     "为",   "也",     "都", "就", "哪",   "哪里", "哪儿",     "哪个", "哪些", "什么", "什么样",
    "怎么", "怎样", "怎么样", "如何", "为什么", "谁", "几", "多少", "哪一", "什么时候", "何时", "请问", "这",   "那"};

}  // namespace

const std::vector<std::string>& english_function_words() {
  static const std::vector<std::string> words = [] {
    std::vector<std::string> list = {"a",     "an",     "the",    "i",    "you",   "he",   "she",   "it",   "we",   "they", "me",
                                     "my",    "your",   "his",    "her",  "its",   "our",  "their", "is",   "am",   "are",  "was",
                                     "were",  "be",     "been",   "do",   "does",  "did",  "have",  "has",  "had",  "will", "would",
                                     "can",   "could",  "should", "to",   "of",    "in",   "on",    "at",   "for",  "from", "by",
                                     "with",  "about",  "and",    "or",   "but",   "if",   "as",    "so",   "that", "this", "these",
                                     "those", "there",  "here",   "what", "which", "who",  "where", "when", "how",  "why",  "not",
                                     "n't",   "'s",     "'m",     "'re",  "'ve",   "'ll",  "'d",    "any",  "some", "all",  "please",
                                     "pls",   "thanks", "thank",  "hi",   "hello", "guys", "one",   "just", "no",   "yes"};
    std::sort(list.begin(), list.end());
    return list;
  }();
  return words;
}

bool is_function_word(std::string_view word) {
  return std::binary_search(english_function_words().begin(), english_function_words().end(), word) ||
         std::find(chinese.begin(), chinese.end(), word) != chinese.end();
}

}  // namespace fathom::text

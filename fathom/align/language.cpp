// Language consistency (DeepSeek-R1 §2.3.2): the share of target-language words in the reasoning.
#include <unicode/uchar.h>
#include <unicode/uscript.h>
#include <unicode/utf8.h>

#include <cstdint>

#include "fathom/align/response_parts.h"
#include "fathom/align/rewards.h"
#include "fathom/base/error.h"

namespace fathom::align {

namespace {

struct WordCounts {
  std::int64_t latin = 0, han = 0, other = 0;
};

// A Han character is a word; so is a run of letters of any other script. Numbers, LaTeX commands, tags and lone Latin letters (variables;
// but not "a" and "I") are no words of a language.
WordCounts count_words(std::string_view text) {
  WordCounts counts;
  const char* data = text.data();
  const auto size = static_cast<std::int64_t>(text.size());
  std::int64_t at = 0;
  while (at < size) {
    if (data[at] == '\\' ||
        (data[at] == '<' && at + 1 < size && (data[at + 1] == '/' || u_isalpha(static_cast<unsigned char>(data[at + 1]))))) {
      ++at;
      if (at < size && data[at] == '/') ++at;
      while (at < size && static_cast<unsigned char>(data[at]) < 0x80 && u_isalpha(static_cast<unsigned char>(data[at]))) ++at;
      continue;
    }
    std::int64_t next = at, letters = 0;
    UChar32 first = 0;
    UScriptCode script = USCRIPT_COMMON;
    while (next < size) {
      std::int64_t after = next;
      UChar32 c = 0;
      U8_NEXT(data, after, size, c);
      if (c < 0 || !(u_isalpha(c) || (letters > 0 && (c == '\'' || u_charType(c) == U_NON_SPACING_MARK)))) break;
      UErrorCode status = U_ZERO_ERROR;
      const UScriptCode here = uscript_getScript(c, &status);
      if (letters > 0 && (here == USCRIPT_HAN || script == USCRIPT_HAN)) break;
      if (letters == 0) {
        first = c;
        script = here;
      }
      ++letters;
      next = after;
    }
    if (letters == 0) {
      U8_FWD_1(data, at, size);
      continue;
    }
    if (script == USCRIPT_HAN)
      ++counts.han;
    else if (script != USCRIPT_LATIN)
      ++counts.other;
    else if (letters > 1 || first == 'a' || first == 'A' || first == 'I')
      ++counts.latin;
    at = next;
  }
  return counts;
}

}  // namespace

double language_consistency(std::string_view response, std::string_view language) {
  if (language != "en" && language != "zh") fail_usage("reward.language: '{}' is not supported (known: en, zh)", language);
  const WordCounts counts = count_words(reasoning_part(response));
  const std::int64_t words = counts.latin + counts.han + counts.other;
  if (words == 0) return 1.0;
  return static_cast<double>(language == "en" ? counts.latin : counts.han) / static_cast<double>(words);
}

}  // namespace fathom::align

// Which bytes of a page the characters of a parsed text were made from. Private to the room.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

namespace fathom::text {

// A run of decoded text and its source bytes; verbatim: the same bytes.
struct HtmlRun {
  std::string_view text;
  std::size_t source_begin, source_end;
  bool verbatim;
};

class HtmlSourceMap {
 public:
  // `html`: what was parsed (simplify_html); must outlive the map.
  explicit HtmlSourceMap(std::string_view html) : html_(html) {}

  // The next run of `text`, which is decoded from html[at …) and not empty. Markup before the run is passed over: the parser ignores
  // misplaced tags without ending a text. `at` and `text` are moved behind the run.
  HtmlRun next(std::string_view& text, std::size_t& at);

 private:
  struct Reference {
    std::size_t source_bytes = 0;  // 0: a plain ampersand
    std::size_t text_bytes = 0;    // of what it stands for
  };
  // The character reference at html[at] == '&'. `text`: what it was decoded to, and more.
  Reference reference(std::size_t at, std::string_view text);
  Reference named_reference(std::string_view candidate);

  std::string_view html_;
  std::unordered_map<std::string, Reference> named_;
};

}  // namespace fathom::text

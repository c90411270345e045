// A regular expression over UTF-8 with Unicode classes, compiled to machine code where the system allows it (PCRE2 with JIT).
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace fathom::text {

// A part of a text that a pattern matched, or that lies between two matches.
struct Stretch {
  std::size_t begin = 0, end = 0;
  bool is_match = false;
};

class Regex {
 public:
  // A pattern as tokenizer.json writes it (text/regex_dialect.h). Throws Error with the pattern, and the place and PCRE2's reason or the
  // construct that is not supported.
  explicit Regex(const std::string& pattern);
  ~Regex();
  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;

  // Matches of valid UTF-8 and what lies between them, in order: joined they are `text`. Matches may be empty, but not right behind
  // another match. Appends to `stretches`. Thread-safe.
  void stretches(std::string_view text, std::vector<Stretch>& stretches) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fathom::text

// A regular expression over UTF-8 with Unicode classes, compiled to machine code where the system allows it (PCRE2 with JIT).
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace fathom::text {

class Regex {
 public:
  // Throws Error with the pattern, the place and PCRE2's reason.
  explicit Regex(std::string pattern);
  ~Regex();
  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;

  // Cuts `text` into matches and what lies between them, in order, and appends all of them: joined they are `text`.
  // Bytes that are not UTF-8 match nothing; a match ends before them. Thread-safe.
  void cut(std::string_view text, std::vector<std::string_view>& pieces) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fathom::text

#include "fathom/text/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>

#include "fathom/base/error.h"
#include "fathom/text/utf8.h"

namespace fathom::text {
namespace {

std::string message_of(int code) {
  PCRE2_UCHAR buffer[256];
  pcre2_get_error_message(code, buffer, sizeof buffer);
  return reinterpret_cast<const char*>(buffer);
}

struct MatchDataDeleter {
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};

// Room for one match, one for each thread.
pcre2_match_data* match_data() {
  thread_local const std::unique_ptr<pcre2_match_data, MatchDataDeleter> data(pcre2_match_data_create(1, nullptr));
  require(data != nullptr, "out of memory for a regular expression's match");
  return data.get();
}

}  // namespace

struct Regex::State {
  std::string pattern;
  pcre2_code* code = nullptr;
  bool compiled = false;  // to machine code

  ~State() { pcre2_code_free(code); }

  // Finds the next match at or after `from` in valid UTF-8. False when there is none.
  bool find(std::string_view text, std::size_t from, pcre2_match_data* data) const {
    const auto* subject = reinterpret_cast<PCRE2_SPTR>(text.data());
    int result = PCRE2_ERROR_JIT_STACKLIMIT;
    if (compiled) result = pcre2_jit_match(code, subject, text.size(), from, 0, data, nullptr);
    // The interpreter keeps its backtracking on the heap: it takes over where the compiled code's stack does not suffice.
    if (result == PCRE2_ERROR_JIT_STACKLIMIT) {
      result = pcre2_match(code, subject, text.size(), from, PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, data, nullptr);
    }
    if (result == PCRE2_ERROR_NOMATCH) return false;
    require(result >= 0, "matching the pattern {} failed: {}", pattern, message_of(result));
    return true;
  }

  void cut_valid(std::string_view text, std::vector<std::string_view>& pieces) const {
    pcre2_match_data* data = match_data();
    const PCRE2_SIZE* bounds = pcre2_get_ovector_pointer(data);
    std::size_t done = 0, from = 0;
    while (from < text.size() && find(text, from, data)) {
      const std::size_t begin = bounds[0], end = bounds[1];
      if (end == begin) {  // an empty match cuts nothing; go on behind the next character
        from = begin + std::max<std::size_t>(1, character_length(text.substr(begin)));
        continue;
      }
      if (begin > done) pieces.push_back(text.substr(done, begin - done));
      pieces.push_back(text.substr(begin, end - begin));
      done = from = end;
    }
    if (done < text.size()) pieces.push_back(text.substr(done));
  }
};

Regex::Regex(std::string pattern) : state_(std::make_unique<State>()) {
  state_->pattern = std::move(pattern);
  int error = 0;
  PCRE2_SIZE offset = 0;
  state_->code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(state_->pattern.data()), state_->pattern.size(), PCRE2_UTF | PCRE2_UCP, &error,
                               &offset, nullptr);
  require(state_->code != nullptr, "cannot compile the pattern {} (at byte {}): {}", state_->pattern, offset, message_of(error));
  state_->compiled = pcre2_jit_compile(state_->code, PCRE2_JIT_COMPLETE) == 0;
}

Regex::~Regex() = default;

void Regex::cut(std::string_view text, std::vector<std::string_view>& pieces) const {
  while (!text.empty()) {
    const std::size_t valid = valid_prefix(text);
    state_->cut_valid(text.substr(0, valid), pieces);
    text.remove_prefix(valid);
    std::size_t invalid = 0;
    while (invalid < text.size() && character_length(text.substr(invalid)) == 0) ++invalid;
    if (invalid > 0) pieces.push_back(text.substr(0, invalid));
    text.remove_prefix(invalid);
  }
}

}  // namespace fathom::text

#include "fathom/text/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>

#include "fathom/base/error.h"
#include "fathom/text/regex_dialect.h"
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

struct ContextDeleter {
  void operator()(pcre2_compile_context* context) const { pcre2_compile_context_free(context); }
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
};

Regex::Regex(const std::string& pattern) : state_(std::make_unique<State>()) {
  state_->pattern = pcre2_pattern(pattern);
  int error = 0;
  PCRE2_SIZE offset = 0;
  const std::unique_ptr<pcre2_compile_context, ContextDeleter> context(pcre2_compile_context_create(nullptr));
  require(context != nullptr, "out of memory for a regular expression");
  pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
  state_->code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(state_->pattern.data()), state_->pattern.size(),
                               PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE, &error, &offset, context.get());
  require(state_->code != nullptr, "cannot compile the pattern {} (at byte {}): {}", state_->pattern, offset, message_of(error));
  state_->compiled = pcre2_jit_compile(state_->code, PCRE2_JIT_COMPLETE) == 0;
}

Regex::~Regex() = default;

void Regex::stretches(std::string_view text, std::vector<Stretch>& stretches) const {
  pcre2_match_data* data = match_data();
  const PCRE2_SIZE* bounds = pcre2_get_ovector_pointer(data);
  std::size_t done = 0, from = 0;
  bool behind_match = false;  // `from` is where the last match ended
  while (from <= text.size() && state_->find(text, from, data)) {
    const std::size_t begin = bounds[0], end = bounds[1];
    const auto behind_character = [&] { return end + std::max<std::size_t>(1, character_length(text.substr(end))); };
    if (end == begin && behind_match && begin == done) {
      from = behind_character();
      behind_match = false;
      continue;
    }
    if (begin > done) stretches.push_back({done, begin, false});
    stretches.push_back({begin, end, true});
    done = end;
    from = end == begin ? behind_character() : end;
    behind_match = end > begin;
  }
  if (done < text.size()) stretches.push_back({done, text.size(), false});
}

}  // namespace fathom::text

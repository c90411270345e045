#include "fathom/data/text_normalizer.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>

#include <cstdint>
#include <cstring>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/text/utf8.h"

namespace fathom::data {
namespace {

constexpr std::string_view replacement_character = "\xEF\xBF\xBD";
// The Stream-Safe Text Format (UAX #15, §13) knows no text that needs more combining marks in a row; composition is quadratic in them.
constexpr int max_marks = 30;
// Characters below compose with nothing before them.
constexpr char32_t first_composing = 0x300;

// Bytes before the next one that a rule may be about: a control character or part of a character beyond ASCII.
std::size_t plain_ascii(std::string_view text) {
  constexpr std::uint64_t ones = 0x0101010101010101, high = 0x8080808080808080;
  std::size_t at = 0;
  std::uint64_t eight = 0;
  for (; at + sizeof eight <= text.size(); at += sizeof eight) {
    std::memcpy(&eight, text.data() + at, sizeof eight);
    const std::uint64_t below_space = (eight - ones * 0x20) & ~eight;
    const std::uint64_t deleted = eight ^ (ones * 0x7F);
    if (((eight | below_space | ((deleted - ones) & ~deleted)) & high) != 0) break;
  }
  while (at < text.size() && text[at] >= 0x20 && text[at] != 0x7F) ++at;
  return at;
}

bool in(char32_t c, char32_t first, char32_t last) { return c >= first && c <= last; }

bool is_line_end(char32_t c) { return in(c, 0x0A, 0x0D) || c == 0x85 || c == 0x2028 || c == 0x2029; }

bool is_control(char32_t c) {
  if (c == '\t' || c == '\n') return false;
  return c < 0x20 || in(c, 0x7F, 0x9F) || in(c, 0xFDD0, 0xFDEF) || (c & 0xFFFE) == 0xFFFE;
}

bool is_invisible(char32_t c) {
  return c == 0xAD || c == 0x61C || c == 0x200B || c == 0x200E || c == 0x200F || in(c, 0x202A, 0x202E) || in(c, 0x2060, 0x2069) ||
         c == 0xFEFF || in(c, 0xFFF9, 0xFFFB);
}

// Joiners matter behind letters of scripts that join (Arabic to Myanmar, Khmer to Mongolian, and their extensions) and behind emoji.
bool takes_joiner(char32_t before) {
  return in(before, 0x600, 0x109F) || in(before, 0x1780, 0x18AF) || in(before, 0x1A20, 0x1CFF) || in(before, 0x2190, 0x2BFF) ||
         before == 0xFE0F || in(before, 0xA800, 0xABFF) || in(before, 0xFB50, 0xFEFC) || before >= 0x10A00;
}

// Length of the white space character that `text` ends with (no line break); 0 when it ends with another.
std::size_t trailing_space(std::string_view text) {
  if (text.empty()) return 0;
  if (text.back() == ' ' || text.back() == '\t') return 1;
  if (text.ends_with("\xC2\xA0")) return 2;
  if (text.size() < 3) return 0;
  const std::string_view last = text.substr(text.size() - 3);
  if (last == "\xE3\x80\x80" || last == "\xE1\x9A\x80" || last == "\xE2\x80\xAF" || last == "\xE2\x81\x9F") return 3;
  return last.starts_with("\xE2\x80") && static_cast<unsigned char>(last[2]) <= 0x8A ? 3 : 0;
}

class Normalizer {
 public:
  Normalizer(const NormalizerOptions& options, std::string& out) : options_(options), out_(out) {}

  void run(std::string_view text) {
    out_.clear();
    out_.reserve(text.size());
    while (!text.empty()) {
      const std::size_t plain = plain_ascii(text);
      if (plain > 0) {
        out_.append(text, 0, plain);
        previous_ = static_cast<unsigned char>(text[plain - 1]);
        marks_ = 0;
        text.remove_prefix(plain);
        if (text.empty()) break;
      }
      text.remove_prefix(special(text));
    }
    end_line();
    if (options_.trim) {
      while (out_.ends_with('\n')) out_.pop_back();
    }
    if (options_.nfc && composes_) compose();
  }

 private:
  // One character that is no plain ASCII; returns its length.
  std::size_t special(std::string_view text) {
    const std::size_t length = text::character_length(text);
    if (length == 0) {
      put(replacement_character, 0xFFFD);
      return 1;
    }
    const char32_t c = text::code_point(text, length);
    if (c == '\n' || (options_.unify_line_ends && is_line_end(c))) {
      line_break();
      return text.starts_with("\r\n") ? 2 : length;
    }
    const bool dropped = (options_.strip_control && is_control(c)) || (options_.strip_invisible && is_invisible(c)) ||
                         (options_.strip_invisible && in(c, 0x200C, 0x200D) && !takes_joiner(previous_)) || too_many_marks(c);
    if (!dropped) put(text.substr(0, length), c);
    return length;
  }

  void put(std::string_view bytes, char32_t c) {
    out_ += bytes;
    previous_ = c;
    composes_ = composes_ || c >= first_composing;
  }

  bool too_many_marks(char32_t c) {
    // Han, kana and Hangul are no marks, and most of the text that comes here.
    const bool mark = options_.nfc && c >= first_composing && !in(c, 0x3100, 0xD7FF) && u_getCombiningClass(static_cast<UChar32>(c)) != 0;
    marks_ = mark ? marks_ + 1 : 0;
    return marks_ > max_marks;
  }

  void end_line() {
    if (!options_.strip_trailing_space) return;
    std::string_view line = std::string_view(out_).substr(line_begin_);
    while (const std::size_t length = trailing_space(line)) line.remove_suffix(length);
    out_.resize(line_begin_ + line.size());
  }

  void line_break() {
    end_line();
    const bool blank = out_.size() == line_begin_;
    blank_lines_ = blank ? blank_lines_ + 1 : 0;
    const bool leading = options_.trim && out_.empty();
    const bool excess = options_.max_blank_lines >= 0 && blank_lines_ > options_.max_blank_lines;
    if (!leading && !excess) out_ += '\n';
    line_begin_ = out_.size();
    previous_ = '\n';
  }

  void compose() {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(status);
    require(U_SUCCESS(status), "ICU has no data for Unicode normalisation: {}", u_errorName(status));
    const icu::StringPiece text(out_.data(), static_cast<std::int32_t>(out_.size()));
    if (nfc->isNormalizedUTF8(text, status)) return;
    std::string composed;
    icu::StringByteSink<std::string> sink(&composed, text.size());
    nfc->normalizeUTF8(0, text, sink, nullptr, status);
    require(U_SUCCESS(status), "Unicode normalisation failed: {}", u_errorName(status));
    out_ = std::move(composed);
  }

  const NormalizerOptions& options_;
  std::string& out_;
  std::size_t line_begin_ = 0;  // in out_
  int blank_lines_ = 0;         // before the open line
  char32_t previous_ = '\n';    // character put last
  bool composes_ = false;       // something may have to be composed
  int marks_ = 0;               // combining marks in a row
};

}  // namespace

void normalize_text(std::string_view text, const NormalizerOptions& options, std::string& out) { Normalizer(options, out).run(text); }

std::string normalize_text(std::string_view text, const NormalizerOptions& options) {
  std::string out;
  normalize_text(text, options, out);
  return out;
}

}  // namespace fathom::data

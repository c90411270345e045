// What every document goes through before it is compared, filtered and tokenised: one spelling for what looks the same. Meaning is never
// changed: no case folding, no compatibility forms (NFKC), no repair of wrongly decoded text.
#pragma once

#include <string>
#include <string_view>

namespace fathom::data {

struct NormalizerOptions {
  bool nfc = true;                   // Unicode canonical composition (UAX #15)
  bool unify_line_ends = true;       // \r\n, \r, U+0085, U+2028 and U+2029 become \n
  bool strip_control = true;         // C0 (but \t and \n), DEL, C1; noncharacters such as U+FFFE
  bool strip_invisible = true;       // U+FEFF anywhere, U+200B, U+2060, U+00AD and bidi marks; U+200C/D where no letter of a joining
                                     // script or emoji needs them
  bool strip_trailing_space = true;  // of every line
  int max_blank_lines = 2;           // longer runs of empty lines are cut to this many; -1: keep them
  bool trim = true;                  // blank lines at the beginning; line breaks at the end
};

// `text` normalised. Linear time. Invalid UTF-8 bytes become U+FFFD (documents as read from files have none).
// Idempotent. With nfc, combining marks beyond 30 in a row are dropped (no orthography has them; composition is quadratic in them).
std::string normalize_text(std::string_view text, const NormalizerOptions& options = {});

// As above into `out` (replaced), so that a loop over documents allocates once.
void normalize_text(std::string_view text, const NormalizerOptions& options, std::string& out);

}  // namespace fathom::data

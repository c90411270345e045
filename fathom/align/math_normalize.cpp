#include "fathom/align/math_normalize.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "fathom/align/response_parts.h"

namespace fathom::align {

namespace {

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

struct Replacement {
  std::string_view from, to;
};

// Longest first where one begins another. Commands of letters match only when no letter follows.
constexpr std::array replacements = {
    Replacement{"\\displaystyle", ""},
    Replacement{"\\textstyle", ""},
    Replacement{"\\left", ""},
    Replacement{"\\right", ""},
    Replacement{"\\bigl", ""},
    Replacement{"\\bigr", ""},
    Replacement{"\\big", ""},
    Replacement{"\\Big", ""},
    Replacement{"\\dfrac", "\\frac"},
    Replacement{"\\tfrac", "\\frac"},
    Replacement{"\\cfrac", "\\frac"},
    Replacement{"\\times", "*"},
    Replacement{"\\cdot", "*"},
    Replacement{"\\div", "/"},
    Replacement{"\\approx", "="},
    Replacement{"\\quad", " "},
    Replacement{"\\qquad", " "},
    Replacement{"^{\\circ}", " degree "},
    Replacement{"^\\circ", " degree "},
    Replacement{"^{\\degree}", " degree "},
    Replacement{"\\degree", " degree "},
    Replacement{"\\%", "%"},
    Replacement{"\\$", " dollar "},
    Replacement{"\\!", ""},
    Replacement{"\\,", ""},
    Replacement{"\\;", " "},
    Replacement{"\\:", " "},
    Replacement{"\\ ", " "},
    Replacement{"\\(", ""},
    Replacement{"\\)", ""},
    Replacement{"\\[", ""},
    Replacement{"\\]", ""},
    Replacement{"{,}", ","},
    Replacement{"~", " "},
    Replacement{"\u2212", "-"},
    Replacement{"\u2013", "-"},
    Replacement{"\u00d7", "*"},
    Replacement{"\u00f7", "/"},
    Replacement{"\u2248", "="},
    Replacement{"\u00b0", " degree "},
    Replacement{"\u00a0", " "},
    Replacement{"\u2009", ""},
    Replacement{"\u202f", ""},
    Replacement{"\u3002", ""},
    Replacement{"\u3001", ","},
    Replacement{"\u03c0", "\\pi"},
    Replacement{"\u221a", "\\sqrt"},
    Replacement{"\u20ac", " euro "},
    Replacement{"\u00a3", " pound_sterling "},
    Replacement{"\u00a5", " yuan "},
    Replacement{"\uffe5", " yuan "},
    Replacement{"\u5143", " yuan "},
    Replacement{"US$", " dollar "},
};

// Commands whose braces only set a typeface.
constexpr std::array wrappers = {std::string_view("\\text"),   std::string_view("\\textbf"),      std::string_view("\\textrm"),
                                 std::string_view("\\textit"), std::string_view("\\mbox"),        std::string_view("\\mathrm"),
                                 std::string_view("\\mathbf"), std::string_view("\\operatorname")};

bool command_ends(std::string_view text, std::size_t end) { return end >= text.size() || !is_letter(text[end]); }

bool matches(std::string_view text, std::size_t at, std::string_view word) {
  if (text.compare(at, word.size(), word) != 0) return false;
  const bool command = word.size() > 1 && word[0] == '\\' && is_letter(word[1]);
  return !command || command_ends(text, at + word.size());
}

// A full-width form U+FF01…U+FF5E (three bytes at `at`) as ASCII, or 0.
char ascii_of_full_width(std::string_view text, std::size_t at) {
  if (at + 2 >= text.size() || static_cast<unsigned char>(text[at]) != 0xEF) return 0;
  const unsigned second = static_cast<unsigned char>(text[at + 1]), third = static_cast<unsigned char>(text[at + 2]);
  const unsigned code = 0xF000u | ((second & 0x3Fu) << 6) | (third & 0x3Fu);
  return code >= 0xFF01u && code <= 0xFF5Eu ? static_cast<char>(code - 0xFF01u + 0x21u) : '\0';
}

std::string replace_all(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const auto found =
        std::find_if(replacements.begin(), replacements.end(), [&](const Replacement& r) { return matches(text, i, r.from); });
    if (found != replacements.end()) {
      out += found->to;
      i += found->from.size();
    } else if (const char ascii = ascii_of_full_width(text, i)) {
      out += ascii;
      i += 3;
    } else if (text[i] == '$') {
      // A dollar sign before a number, with no second one behind, is money; otherwise it delimits mathematics.
      const bool money = i + 1 < text.size() && (is_digit(text[i + 1]) || text[i + 1] == '.') &&
                         text.find('$', i + 1) == std::string_view::npos && text.find('$') == i;
      out += money ? " dollar " : " ";
      ++i;
    } else {
      out += text[i++];
    }
  }
  return out;
}

// \text{ miles} → " miles ". Braces inside are rare and stay.
std::string unwrap_text(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto found = std::find_if(wrappers.begin(), wrappers.end(), [&](std::string_view w) { return matches(text, i, w); });
    if (found != wrappers.end()) {
      std::size_t brace = i + found->size();
      while (brace < text.size() && text[brace] == ' ') ++brace;
      const std::size_t close = brace < text.size() && text[brace] == '{' ? text.find('}', brace) : std::string::npos;
      if (close != std::string::npos) {
        out += ' ';
        out.append(text, brace + 1, close - brace - 1);
        out += ' ';
        i = close + 1;
        continue;
      }
    }
    out += text[i++];
  }
  return out;
}

// "x = 5" → "5", "= 5" → "5".
std::string_view without_left_side(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || text.find('=', equals + 1) != std::string_view::npos) return text;
  const std::string_view left = trim(text.substr(0, equals));
  const bool plain = left.empty() || (left.size() == 1 && is_letter(left[0]));
  return plain ? trim(text.substr(equals + 1)) : text;
}

}  // namespace

std::string simplify_math(std::string_view answer) {
  std::string text = unwrap_text(replace_all(answer));
  std::string_view view = trim(text);
  while (!view.empty() && (view.back() == '.' || view.back() == ',' || view.back() == ';')) view = trim(view.substr(0, view.size() - 1));
  return std::string(without_left_side(view));
}

std::string canonical_text(std::string_view simplified) {
  std::string out;
  for (const char c : simplified)
    if (std::isspace(static_cast<unsigned char>(c)) == 0) out += c;
  // \frac12, \frac1{2}, \sqrt3: one digit or letter is an argument of its own.
  for (const std::string_view command : {std::string_view("\\frac"), std::string_view("\\sqrt")}) {
    const int arguments = command == "\\frac" ? 2 : 1;
    std::string braced;
    for (std::size_t i = 0; i < out.size();) {
      if (!matches(out, i, command)) {
        braced += out[i++];
        continue;
      }
      braced += command;
      i += command.size();
      for (int a = 0; a < arguments && i < out.size(); ++a) {
        if (out[i] == '{') {
          const std::size_t close = out.find('}', i);
          if (close == std::string::npos || out.find('{', i + 1) < close) break;  // nested: spelled with braces already
          braced.append(out, i, close - i + 1);
          i = close + 1;
        } else if (is_digit(out[i]) || is_letter(out[i])) {
          braced += '{';
          braced += out[i++];
          braced += '}';
        }
      }
    }
    out = std::move(braced);
  }
  // (A) and A) are the choice A.
  if (out.size() == 3 && out[0] == '(' && is_letter(out[1]) && out[2] == ')') out = out.substr(1, 1);
  if (out.size() == 2 && is_letter(out[0]) && out[1] == ')') out.pop_back();
  const bool words = out.size() > 1 && std::all_of(out.begin(), out.end(), [](char c) { return is_letter(c) || c == '-' || c == '\''; });
  if (words) std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

}  // namespace fathom::align

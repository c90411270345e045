#include "fathom/text/jinja/represent.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "fathom/text/jinja/unicode.h"

namespace fathom::text::jinja {
namespace {

// Calls `write(character's bytes, code point, whether untrusted)` for every character.
template <typename Write>
void for_each_character(const MarkedText& text, Write write) {
  const std::string_view bytes = text.bytes();
  auto span = text.untrusted().begin();
  for (std::size_t at = 0; at < bytes.size();) {
    while (span != text.untrusted().end() && span->end <= at) ++span;
    const std::size_t length = step_length(bytes.substr(at));
    write(bytes.substr(at, length), first_character(bytes.substr(at)), span != text.untrusted().end() && span->begin <= at);
    at += length;
  }
}

// repr() of a string: in single quotes unless only those are in it.
void quote(const MarkedText& text, MarkedText& out) {
  const std::string& bytes = text.bytes();
  const bool double_quotes = bytes.find('\'') != std::string::npos && bytes.find('"') == std::string::npos;
  const char32_t mark = double_quotes ? '"' : '\'';
  out.append(double_quotes ? "\"" : "'");
  for_each_character(text, [&](std::string_view character, char32_t c, bool untrusted) {
    if (c == mark || c == '\\')
      out.append("\\" + std::string(character), untrusted);
    else if (c == '\n' || c == '\r' || c == '\t')
      out.append(c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t", untrusted);
    else if (is_printable(c))
      out.append(character, untrusted);
    else if (c < 0x100)
      out.append(fmt::format("\\x{:02x}", static_cast<unsigned>(c)), untrusted);
    else
      out.append(c < 0x10000 ? fmt::format("\\u{:04x}", static_cast<unsigned>(c)) : fmt::format("\\U{:08x}", static_cast<unsigned>(c)),
                 untrusted);
  });
  out.append(double_quotes ? "\"" : "'");
}

std::string scalar_text(const Value& value) {
  if (value.is_undefined()) return "";
  if (value.is_none()) return "None";
  if (value.is_boolean()) return value.boolean() ? "True" : "False";
  if (value.is_integer()) return std::to_string(value.integer());
  return float_text(value.real());
}

// repr(), written at the end of `out`.
void represent(const Value& value, MarkedText& out, Budget& budget) {
  const Budget::Nested nested(budget);
  budget.step();
  budget.check_size(out.size());
  if (const MarkedText* text = value.as_text()) {
    budget.step(text->size() / 16);
    quote(*text, out);
  } else if (const Sequence* sequence = value.as_sequence()) {
    require(sequence->kind != SequenceKind::range, "a range cannot be printed; make a list of it");
    const bool view = sequence->is_view(), tuple = sequence->kind == SequenceKind::tuple;
    out.append(view ? type_name(value) + "([" : tuple ? "(" : "[");
    for (std::size_t i = 0; i < sequence->items.size(); ++i) {
      if (i > 0) out.append(", ");
      represent(sequence->items[i], out, budget);
    }
    out.append(view ? "])" : tuple ? (sequence->items.size() == 1 ? ",)" : ")") : "]");
  } else if (const Dict* dict = value.as_dict()) {
    out.append("{");
    for (std::size_t i = 0; i < dict->entries.size(); ++i) {
      if (i > 0) out.append(", ");
      represent(dict->entries[i].first, out, budget);
      out.append(": ");
      represent(dict->entries[i].second, out, budget);
    }
    out.append("}");
  } else if (value.is_undefined()) {
    out.append("Undefined");
  } else {
    require(value.is_none() || value.is_number(), "a {} cannot be printed", type_name(value));
    out.append(scalar_text(value));
  }
}

}  // namespace

std::string float_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value, std::chars_format::scientific).ptr;
  const std::string_view spelled(buffer, static_cast<std::size_t>(end - buffer));
  const std::size_t e = spelled.find('e');
  const int exponent = std::stoi(std::string(spelled.substr(e + 1)));
  std::string sign, digits;
  for (const char c : spelled.substr(0, e)) (c == '-' ? sign : digits) += c == '.' ? "" : std::string(1, c);
  const int count = static_cast<int>(digits.size());
  if (exponent < -4 || exponent >= 16) {
    const std::string fraction = count > 1 ? "." + digits.substr(1) : "";
    return fmt::format("{}{}{}e{}{:02}", sign, digits[0], fraction, exponent < 0 ? '-' : '+', std::abs(exponent));
  }
  if (exponent < 0) return sign + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  const auto whole = static_cast<std::size_t>(exponent) + 1;
  if (digits.size() <= whole) return sign + digits + std::string(whole - digits.size(), '0') + ".0";
  return sign + digits.substr(0, whole) + "." + digits.substr(whole);
}

MarkedText to_text(const Value& value, Budget& budget) {
  if (const MarkedText* text = value.as_text()) {
    budget.text(text->size());
    return *text;
  }
  if (value.is_undefined()) return {};
  MarkedText out;
  represent(value, out, budget);
  budget.text(out.size());
  return out;
}

}  // namespace fathom::text::jinja

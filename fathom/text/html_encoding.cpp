#include "fathom/text/html_encoding.h"

#include <unicode/ucnv.h>
#include <unicode/ucnv_cb.h>
#include <unicode/ucnv_err.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/text/html_markup.h"

namespace fathom::text {
namespace {

constexpr std::size_t declaration_bytes = 4096;

using Converter = std::unique_ptr<UConverter, decltype(&ucnv_close)>;

std::string lowered(std::string_view name) {
  std::string result(name);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return result;
}

// Labels that mean another encoding on the web than their name says (WHATWG Encoding Standard, §4.2).
std::string web_meaning(const std::string& label) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 15> meanings = {{
      {"iso-8859-1", "windows-1252"},
      {"iso8859-1", "windows-1252"},
      {"latin1", "windows-1252"},
      {"us-ascii", "windows-1252"},
      {"ascii", "windows-1252"},
      {"iso-8859-9", "windows-1254"},
      {"tis-620", "windows-874"},
      {"iso-8859-11", "windows-874"},
      {"gb2312", "gb18030"},
      {"gb_2312-80", "gb18030"},
      {"gbk", "gb18030"},
      {"x-gbk", "gb18030"},
      {"euc-kr", "windows-949"},
      {"ks_c_5601-1987", "windows-949"},
      {"x-sjis", "windows-31j"},
  }};
  for (const auto& [from, to] : meanings) {
    if (label == from) return std::string(to);
  }
  return label == "shift_jis" ? "windows-31j" : label;
}

// nullptr for a name that ICU does not know.
Converter open_converter(const std::string& label) {
  UErrorCode status = U_ZERO_ERROR;
  Converter converter(label.empty() ? nullptr : ucnv_open(web_meaning(lowered(label)).c_str(), &status), &ucnv_close);
  if (U_FAILURE(status)) converter.reset();
  return converter;
}

std::string canonical_name(UConverter* converter) {
  UErrorCode status = U_ZERO_ERROR;
  const char* name = ucnv_getName(converter, &status);
  const char* mime = ucnv_getStandardName(name, "MIME", &status);
  const char* iana = mime != nullptr ? mime : ucnv_getStandardName(name, "IANA", &status);
  return iana != nullptr ? iana : name;
}

// The value of charset= in a <meta> tag: its own attribute, or part of content="text/html; charset=…".
std::string charset_of(std::string_view tag) {
  const std::string lower = lowered(tag);
  for (std::size_t at = lower.find("charset"); at != std::string::npos; at = lower.find("charset", at + 1)) {
    std::size_t begin = lower.find_first_not_of(" \t\r\n\f", at + 7);
    if (begin == std::string::npos || lower[begin] != '=') continue;
    begin = lower.find_first_not_of(" \t\r\n\f\"'", begin + 1);
    if (begin == std::string::npos) return "";
    const std::size_t end = lower.find_first_of(" \t\r\n\f\"';/>", begin);
    return lower.substr(begin, end == std::string::npos ? end : end - begin);
  }
  return "";
}

std::string meta_encoding(std::string_view source) {
  const std::string_view start = source.substr(0, declaration_bytes);
  HtmlMarkup markup;
  for (std::size_t at = 0; next_markup(start, at, markup); at = markup.end) {
    if (markup.kind != HtmlMarkup::Kind::start_tag || markup.tag != GUMBO_TAG_META) continue;
    const std::string label = charset_of(start.substr(markup.begin, markup.end - markup.begin));
    // The declaration was read as ASCII, so UTF-16 it is not: the standard takes UTF-8.
    if (label.starts_with("utf-16")) return "utf-8";
    if (!label.empty() && open_converter(label)) return label;
  }
  return "";
}

std::string_view marked_encoding(std::string_view source) {
  constexpr std::string_view utf32_big("\0\0\xFE\xFF", 4), utf32_little("\xFF\xFE\0\0", 4);
  if (source.starts_with("\xEF\xBB\xBF")) return "utf-8";
  if (source.starts_with(utf32_big)) return "utf-32be";
  if (source.starts_with(utf32_little)) return "utf-32le";
  if (source.starts_with("\xFE\xFF")) return "utf-16be";
  if (source.starts_with("\xFF\xFE")) return "utf-16le";
  return "";
}

// Puts U+FFFD for bytes that have no meaning, and counts them.
void substitute(const void* count, UConverterToUnicodeArgs* arguments, const char* bytes, std::int32_t length,
                UConverterCallbackReason reason, UErrorCode* status) {
  if (reason > UCNV_IRREGULAR) return;
  *static_cast<std::int64_t*>(const_cast<void*>(count)) += length;
  *status = U_ZERO_ERROR;
  UCNV_TO_U_CALLBACK_SUBSTITUTE(nullptr, arguments, bytes, length, reason, status);
}

void convert(std::string_view source, UConverter* from, DecodedHtml& result) {
  UErrorCode status = U_ZERO_ERROR;
  UConverterToUCallback old_action = nullptr;
  const void* old_context = nullptr;
  ucnv_setToUCallBack(from, &substitute, &result.replaced_bytes, &old_action, &old_context, &status);
  const Converter to(ucnv_open("utf-8", &status), &ucnv_close);
  std::array<UChar, 4096> pivot;
  std::array<char, 1 << 14> buffer;
  UChar *pivot_source = pivot.data(), *pivot_target = pivot.data();
  const char* input = source.data();
  const char* const input_end = input + source.size();
  bool first = true;
  do {
    status = U_ZERO_ERROR;
    char* output = buffer.data();
    ucnv_convertEx(to.get(), from, &output, buffer.data() + buffer.size(), &input, input_end, pivot.data(), &pivot_source, &pivot_target,
                   pivot.data() + pivot.size(), first, true, &status);
    first = false;
    result.utf8.append(buffer.data(), output);
  } while (status == U_BUFFER_OVERFLOW_ERROR);
  require(U_SUCCESS(status), "converting HTML from {} failed: {}", result.encoding, u_errorName(status));
}

}  // namespace

bool is_known_encoding(const std::string& label) { return open_converter(label) != nullptr; }

DecodedHtml decode_html(std::string_view source, const std::string& declared) {
  std::string label(marked_encoding(source));
  if (label.empty() && open_converter(declared)) label = declared;
  if (label.empty()) label = meta_encoding(source);
  const Converter converter = open_converter(label.empty() ? "utf-8" : label);
  DecodedHtml result;
  result.encoding = canonical_name(converter.get());
  if (result.encoding == "UTF-8") return result;
  convert(source, converter.get(), result);
  return result;
}

}  // namespace fathom::text

#include "fathom/index/page.h"

#include <algorithm>

#include "fathom/base/error.h"
#include "fathom/base/sha256.h"
#include "fathom/text/utf8.h"

namespace fathom::index {
namespace {

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n\f\v") == std::string_view::npos; }

void check_text(std::string_view text, std::string_view what, const std::string& origin) {
  const std::size_t valid = text::valid_prefix(text);
  require(valid == text.size(), "{}: {} is not UTF-8 (byte {}); convert it, for example with iconv", origin, what, valid);
  const std::size_t nul = text.find('\0');
  require(nul == std::string_view::npos, "{}: byte {} of {} is NUL, so this is no text", origin, nul, what);
}

// Where to cut a stretch that is longer than the limit.
std::size_t cut(std::string_view text) {
  const std::size_t space = text.rfind(' ', longest_page_sentence);
  if (space != std::string_view::npos && space > longest_page_sentence / 2) return space;
  std::size_t end = longest_page_sentence;
  while (end > 1 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return end;
}

}  // namespace

void check_page(Page& page, const std::string& origin) {
  require(!page.id.empty(), "{}: the page has an empty id", origin);
  require(page.id.size() <= longest_page_id, "{}: the id has {} bytes; at most {} are possible", origin, page.id.size(), longest_page_id);
  check_text(page.id, "the id", origin);
  require(std::none_of(page.id.begin(), page.id.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }),
          "{}: the id has control characters", origin);
  check_text(page.title, "the title", origin);
  check_text(page.url, "the URL", origin);
  check_text(page.text, "the text", origin);
  for (const auto& [key, value] : page.metadata) {
    check_text(key, "a metadata key", origin);
    check_text(value, "the value of '" + key + "'", origin);
  }
  require(!is_blank(page.title) || !is_blank(page.text), "{}: the page '{}' has neither title nor text", origin, page.id);
  if (is_blank(page.text)) page.text = page.title;
}

std::string joined(const std::vector<PageQuestion>& questions) {
  std::string text;
  for (const PageQuestion& question : questions) text += (text.empty() ? "" : "\n") + question.question;
  return text;
}

std::string content_hash(const Page& page) {
  Sha256 hash;
  hash.update(page.title);
  hash.update(std::string_view("\0", 1));
  hash.update(page.text);
  return hash.finish();
}

std::vector<text::Span> PageSentenceSplitter::split(std::string_view text) {
  std::vector<text::Span> spans;
  for (text::Span span : splitter_.split(text)) {
    while (span.end - span.begin > longest_page_sentence) {
      const std::size_t end = span.begin + cut(span.of(text));
      spans.push_back({span.begin, end});
      span.begin = end;
      while (span.begin < span.end && text[span.begin] == ' ') ++span.begin;
    }
    if (span.begin < span.end) spans.push_back(span);
  }
  return spans;
}

}  // namespace fathom::index

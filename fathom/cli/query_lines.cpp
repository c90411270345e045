#include "fathom/cli/query_lines.h"

#include <fmt/format.h>

#include <iostream>

#include "fathom/base/error.h"
#include "fathom/text/utf8.h"

namespace fathom::cli {
namespace {

// Why a text is no query; empty when it is one.
std::string refusal(const std::string& text, const std::string& place) {
  const std::size_t valid = text::valid_prefix(text);
  if (valid < text.size())
    return fmt::format("{}: byte {} (0x{:02x}) is not UTF-8; convert the text", place, valid + 1, static_cast<unsigned char>(text[valid]));
  if (text.find_first_not_of(" \t\r\f\v") == std::string::npos) return place + ": blank; a question is expected";
  return "";
}

}  // namespace

void require_queries(const std::vector<std::string>& queries) {
  for (std::size_t i = 0; i < queries.size(); ++i) {
    const std::string reason = refusal(queries[i], fmt::format("--query {}", i + 1));
    if (!reason.empty()) fail_usage("{}", reason);
  }
}

int for_each_query_line(const std::function<void(const std::string& query)>& answer,
                        const std::function<void(const std::string& reason)>& refuse) {
  std::int64_t number = 0;
  bool invalid = false;
  for (std::string text; std::getline(std::cin, text);) {
    if (text.ends_with('\r')) text.pop_back();
    const std::string reason = refusal(text, fmt::format("standard input:{}", ++number));
    invalid = invalid || text::valid_prefix(text) < text.size();
    reason.empty() ? answer(text) : refuse(reason);
  }
  return invalid ? 1 : 0;
}

}  // namespace fathom::cli

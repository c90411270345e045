#include "fathom/base/json.h"

#include <algorithm>

#include "fathom/base/file.h"

namespace fathom {
namespace {

// Parsing keeps no call stack, but printing and comparing do: what nests deeper than any real file is refused.
constexpr int kMaxDepth = 1000;

bool too_deep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxDepth) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

// The library's message is "[json.exception.parse_error.101] parse error at line 3, column 7: REASON".
std::string reason_of(const Json::parse_error& error) {
  const std::string_view message = error.what();
  const auto column = message.find("column ");
  const auto colon = message.find(": ", column == std::string_view::npos ? 0 : column);
  return std::string(colon == std::string_view::npos ? message : message.substr(colon + 2));
}

}  // namespace

Json parse_json(std::string_view text, const std::string& origin) {
  require(!too_deep(text), "{}: JSON nested deeper than {} levels", origin, kMaxDepth);
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    const auto offset = std::min(text.size(), error.byte > 0 ? error.byte - 1 : 0);
    const auto before = text.substr(0, offset);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const auto column = before.rfind('\n') == std::string_view::npos ? offset + 1 : offset - before.rfind('\n');
    // "file:line", also where `origin` names the line of a record already.
    const bool one_line = text.find('\n') == std::string_view::npos;
    fail("{}: column {}: not valid JSON ({})", one_line ? origin : fmt::format("{}:{}", origin, line), column, reason_of(error));
  } catch (const Json::exception& error) {  // a number out of range
    fail("{}: not valid JSON ({})", origin, error.what());
  }
}

Json read_json(const std::filesystem::path& path) { return parse_json(read_file(path), path.string()); }

}  // namespace fathom

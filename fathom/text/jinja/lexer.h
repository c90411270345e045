// A template's text as tokens, with Jinja's white-space rules as transformers sets them: trim_blocks and lstrip_blocks on,
// keep_trailing_newline off; {%- -%}, {%+ +%}, {{- -}}, {#- -#} by hand.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fathom::text::jinja {

// 1-based, in characters; lines end with "\n", "\r\n" or "\r".
struct Position {
  int line = 1, column = 1;
};

enum class TokenType { data, print_begin, print_end, block_begin, block_end, name, string, integer, real, symbol, end };

struct Token {
  TokenType type = TokenType::end;
  // The text: of data as it is printed, of a string its value, of a number its digits without '_', of a symbol its spelling.
  std::string text;
  Position at;
};

// Ends with a token of type `end`. Throws Error "ORIGIN:LINE:COLUMN: …" for what is no token, an open string, comment or bracket, and
// for {% raw %}, which is not supported.
std::vector<Token> tokenize(std::string_view source, const std::string& origin);

[[noreturn]] void fail_at(const std::string& origin, Position at, const std::string& message);

}  // namespace fathom::text::jinja

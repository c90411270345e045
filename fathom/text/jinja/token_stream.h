// Tokens one after the other, and the errors about them. Private to the parsers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fathom/text/jinja/lexer.h"

namespace fathom::text::jinja {

class TokenStream {
 public:
  // Both must outlive the stream.
  TokenStream(const std::vector<Token>& tokens, const std::string& origin) : tokens_(tokens), origin_(origin) {}

  const Token& current() const { return tokens_[at_]; }
  const Token& ahead() const { return tokens_[at_ + 1 < tokens_.size() ? at_ + 1 : at_]; }
  const Token& next() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }

  bool is(TokenType type) const { return current().type == type; }
  bool is_symbol(std::string_view spelling) const { return is(TokenType::symbol) && current().text == spelling; }
  bool is_name(std::string_view name) const { return is(TokenType::name) && current().text == name; }
  bool skip_symbol(std::string_view spelling) {
    if (!is_symbol(spelling)) return false;
    next();
    return true;
  }
  bool skip_name(std::string_view name) {
    if (!is_name(name)) return false;
    next();
    return true;
  }
  void expect_symbol(std::string_view spelling) {
    if (!skip_symbol(spelling)) unexpected("'" + std::string(spelling) + "'");
  }
  const Token& expect(TokenType type, std::string_view what) {
    if (!is(type)) unexpected(what);
    return next();
  }

  [[noreturn]] void wrong(Position at, const std::string& message) const { fail_at(origin_, at, message); }
  // "expected …, but found …" at the current token.
  [[noreturn]] void unexpected(std::string_view expected) const {
    wrong(current().at, "expected " + std::string(expected) + ", but found " + describe(current()));
  }

 private:
  static std::string describe(const Token& token) {
    switch (token.type) {
      case TokenType::data: return "text";
      case TokenType::print_begin: return "'{{'";
      case TokenType::print_end: return "'}}'";
      case TokenType::block_begin: return "'{%'";
      case TokenType::block_end: return "'%}'";
      case TokenType::string: return "a string";
      case TokenType::end: return "the end of the template";
      default: return "'" + token.text + "'";
    }
  }

  const std::vector<Token>& tokens_;
  const std::string& origin_;
  std::size_t at_ = 0;
};

}  // namespace fathom::text::jinja

#include "fathom/text/jinja/lexer.h"

#include <algorithm>
#include <array>

#include "fathom/base/error.h"
#include "fathom/text/jinja/string_literal.h"
#include "fathom/text/jinja/unicode.h"

namespace fathom::text::jinja {
namespace {

std::string normalise_lines(std::string_view source) {
  std::string text;
  text.reserve(source.size());
  for (std::size_t i = 0; i < source.size(); ++i) {
    if (source[i] == '\r' && i + 1 < source.size() && source[i + 1] == '\n') continue;
    text += source[i] == '\r' ? '\n' : source[i];
  }
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Lexer {
 public:
  Lexer(std::string_view source, const std::string& origin) : source_(normalise_lines(source)), origin_(origin) {}

  std::vector<Token> run() {
    while (at_ < source_.size()) text_and_tag();
    emit(TokenType::end, "");
    return std::move(tokens_);
  }

 private:
  [[noreturn]] void wrong(const std::string& message) { fail_at(origin_, position(at_), message); }

  // Counts on from the last position asked for; positions are asked for in order.
  Position position(std::size_t offset) {
    for (; counted_ < offset; counted_ += step_length(rest(counted_))) {
      if (source_[counted_] == '\n')
        here_ = {here_.line + 1, 1};
      else
        ++here_.column;
    }
    return here_;
  }
  std::string_view rest(std::size_t offset) const { return std::string_view(source_).substr(offset); }
  bool at(std::string_view text) const { return rest(at_).starts_with(text); }
  void emit(TokenType type, std::string text) { tokens_.push_back({type, std::move(text), position(at_)}); }

  // Text up to the next tag, and the tag.
  void text_and_tag() {
    std::size_t tag = at_;
    while (tag < source_.size() &&
           !(source_[tag] == '{' && tag + 1 < source_.size() && std::string_view("{%#").find(source_[tag + 1]) != std::string_view::npos))
      ++tag;
    if (tag >= source_.size()) {
      emit(TokenType::data, source_.substr(at_));
      at_ = source_.size();
      return;
    }
    const char kind = source_[tag + 1];
    const char sign = tag + 2 < source_.size() && (source_[tag + 2] == '-' || source_[tag + 2] == '+') ? source_[tag + 2] : ' ';
    const std::string text = before_tag(std::string_view(source_).substr(at_, tag - at_), kind, sign);
    if (!text.empty()) emit(TokenType::data, text);
    at_ = tag;
    const TokenType type = kind == '{' ? TokenType::print_begin : TokenType::block_begin;
    if (kind != '#') emit(type, "");
    const std::size_t begin = tag;
    at_ += sign == ' ' ? 2 : 3;
    if (kind == '#')
      comment(begin);
    else
      inside_tag(kind == '{' ? TokenType::print_end : TokenType::block_end, begin);
  }

  // What is printed of the text before a tag: "-" takes white space away, and so do blocks and comments alone on their line.
  std::string before_tag(std::string_view text, char kind, char sign) const {
    if (sign == '-') return std::string(text.substr(0, text.size() - trailing_space(text)));
    if (sign == '+' || kind == '{') return std::string(text);
    const std::size_t line = text.rfind('\n') + 1;  // 0 when there is none
    const bool line_begins = line > 0 || at_ == 0 || source_[at_ - 1] == '\n';
    const std::string_view indentation = text.substr(line);
    if (line_begins && leading_space(indentation) == indentation.size()) return std::string(text.substr(0, line));
    return std::string(text);
  }

  void skip_space() { at_ += leading_space(rest(at_)); }
  void skip_line_end() {
    if (at("\n")) ++at_;
  }

  void comment(std::size_t begin) {
    const std::size_t end = source_.find("#}", at_);
    if (end == std::string::npos) fail_at(origin_, position(begin), "the comment has no end '#}'");
    const char sign = end > at_ ? source_[end - 1] : ' ';
    at_ = end + 2;
    if (sign == '-') skip_space();
    if (sign != '-' && sign != '+') skip_line_end();
  }

  bool tag_ends(TokenType end) {
    const bool block = end == TokenType::block_end;
    const std::string_view bracket = block ? "%}" : "}}";
    const bool minus = at("-") && rest(at_ + 1).starts_with(bracket), plus = block && at("+%}");
    if (!minus && !plus && !at(bracket)) return false;
    emit(end, "");
    at_ += minus || plus ? 3 : 2;
    if (minus) skip_space();
    if (block && !minus && !plus) skip_line_end();
    return true;
  }

  void inside_tag(TokenType end, std::size_t begin) {
    const Position tag = position(begin);
    open_.clear();
    for (bool first = true; at_ < source_.size();) {
      if (open_.empty() && tag_ends(end)) return;
      if (const std::size_t space = leading_space(rest(at_)); space > 0) {
        at_ += space;
        continue;
      }
      token();
      if (first && end == TokenType::block_end && tokens_.back().text == "raw") fail_at(origin_, tag, "the tag 'raw' is not supported");
      first = false;
    }
    fail_at(origin_, tag, end == TokenType::block_end ? "the tag has no end '%}'" : "the tag has no end '}}'");
  }

  void token() {
    const char c = source_[at_];
    if (is_digit(c)) return number();
    if (c == '\'' || c == '"') return string(c);
    if (is_name_character(first_character(rest(at_)), true)) return name();
    symbol();
  }

  void take(TokenType type, std::size_t length, std::string text) {
    emit(type, std::move(text));
    at_ += length;
  }

  void name() {
    std::size_t end = at_;
    while (end < source_.size() && is_name_character(first_character(rest(end)), false)) end += step_length(rest(end));
    take(TokenType::name, end - at_, source_.substr(at_, end - at_));
  }

  // End of digits with single '_' between them.
  template <typename IsDigit>
  std::size_t digits(std::size_t begin, IsDigit is) const {
    std::size_t end = begin;
    while (end < source_.size() &&
           (is(source_[end]) || (end > begin && source_[end] == '_' && end + 1 < source_.size() && is(source_[end + 1]))))
      ++end;
    return end;
  }

  // End of a float's digits that begin at at_; at_ when it is an integer.
  std::size_t float_end() const {
    if (at_ > 0 && source_[at_ - 1] == '.') return at_;
    std::size_t end = digits(at_, is_digit);
    bool real = false;
    if (end + 1 < source_.size() && source_[end] == '.' && is_digit(source_[end + 1])) {
      end = digits(end + 1, is_digit);
      real = true;
    }
    if (end < source_.size() && (source_[end] == 'e' || source_[end] == 'E')) {
      const std::size_t sign = end + 1 < source_.size() && (source_[end + 1] == '+' || source_[end + 1] == '-') ? 1 : 0;
      const std::size_t exponent = digits(end + 1 + sign, is_digit);
      if (exponent > end + 1 + sign) return exponent;
    }
    return real ? end : at_;
  }

  std::size_t integer_end() const {
    if (source_[at_] != '0') return digits(at_, is_digit);
    const char base = at_ + 1 < source_.size() ? static_cast<char>(source_[at_ + 1] | 0x20) : ' ';
    if (base == 'x' || base == 'o' || base == 'b') {
      const auto is = [base](char c) {
        if (base == 'b') return c == '0' || c == '1';
        return base == 'o' ? c >= '0' && c <= '7' : is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
      };
      const std::size_t begin = at_ + 2 + (at_ + 2 < source_.size() && source_[at_ + 2] == '_' ? 1 : 0), end = digits(begin, is);
      if (end > begin) return end;
    }
    return digits(at_, [](char c) { return c == '0'; });
  }

  void number() {
    std::size_t end = float_end();
    const TokenType type = end > at_ ? TokenType::real : TokenType::integer;
    if (end == at_) end = integer_end();
    std::string text = source_.substr(at_, end - at_);
    std::erase(text, '_');
    take(type, end - at_, std::move(text));
  }

  void string(char mark) {
    std::size_t end = at_ + 1;
    while (end < source_.size() && source_[end] != mark) end += source_[end] == '\\' ? 2 : 1;
    if (end >= source_.size()) wrong("the string has no end");
    std::string value;
    try {
      value = unescape(std::string_view(source_).substr(at_ + 1, end - at_ - 1));
    } catch (const Error& error) {
      wrong(error.what());
    }
    take(TokenType::string, end + 1 - at_, std::move(value));
  }

  void symbol() {
    static constexpr std::array<std::string_view, 6> pairs = {"//", "**", "==", "!=", ">=", "<="};
    for (const std::string_view pair : pairs)
      if (at(pair)) return take(TokenType::symbol, 2, std::string(pair));
    const char c = source_[at_];
    if (std::string_view("+-/*%~[](){}><=.:|,;").find(c) == std::string_view::npos)
      wrong("unexpected character '" + source_.substr(at_, step_length(rest(at_))) + "'");
    if (c == '(' || c == '[' || c == '{') open_ += c == '(' ? ')' : c == '[' ? ']' : '}';
    if (c == ')' || c == ']' || c == '}') {
      if (open_.empty()) wrong(std::string("unexpected '") + c + "'");
      if (open_.back() != c) wrong(std::string("unexpected '") + c + "', expected '" + open_.back() + "'");
      open_.pop_back();
    }
    take(TokenType::symbol, 1, std::string(1, c));
  }

  const std::string source_, &origin_;
  std::size_t at_ = 0, counted_ = 0;
  Position here_;
  std::string open_;  // the brackets that must close, innermost last
  std::vector<Token> tokens_;
};

}  // namespace

void fail_at(const std::string& origin, Position at, const std::string& message) {
  fail("{}:{}:{}: {}", origin, at.line, at.column, message);
}

std::vector<Token> tokenize(std::string_view source, const std::string& origin) { return Lexer(source, origin).run(); }

}  // namespace fathom::text::jinja

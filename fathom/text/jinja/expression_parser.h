// Expressions, with the precedence of Jinja 3: `if else`, or, and, not, comparisons and `in`, + -, ~, * / // %, ** (from the left),
// unary - and +, then attributes, items and calls, then filters and tests.
#pragma once

#include <vector>

#include "fathom/text/jinja/ast.h"
#include "fathom/text/jinja/names.h"
#include "fathom/text/jinja/token_stream.h"

namespace fathom::text::jinja {

class ExpressionParser {
 public:
  ExpressionParser(TokenStream& tokens, Names& names) : tokens_(tokens), names_(names) {}

  // Without `conditional` the expression ends before an `if`.
  ExpressionPtr expression(bool conditional = true);
  // One expression, or a tuple of them without parentheses.
  ExpressionPtr expression_or_tuple(bool conditional = true);
  // The filters after "{% set name": each with operands[0] null.
  std::vector<ExpressionPtr> block_filters();

 private:
  struct CallArguments {
    std::vector<ExpressionPtr> positional;
    std::vector<std::pair<std::string, ExpressionPtr>> named;
  };

  ExpressionPtr node(ExpressionKind kind, Position at) const;
  ExpressionPtr finish(ExpressionPtr expression) const;
  ExpressionPtr unary(ExpressionKind kind, Position at, ExpressionPtr operand) const;
  ExpressionPtr binary(ExpressionKind kind, Position at, ExpressionPtr left, ExpressionPtr right) const;

  ExpressionPtr disjunction();
  ExpressionPtr conjunction();
  ExpressionPtr negation();
  ExpressionPtr comparison();
  ExpressionPtr sum();
  ExpressionPtr concatenation();
  ExpressionPtr product();
  ExpressionPtr power();
  ExpressionPtr signed_operand(bool with_filters = true);
  ExpressionPtr arithmetic(Operator op, Position at, ExpressionPtr left, ExpressionPtr right) const;

  ExpressionPtr primary();
  ExpressionPtr name();
  ExpressionPtr string();
  ExpressionPtr number();
  ExpressionPtr list();
  ExpressionPtr dict();
  ExpressionPtr tuple(bool conditional, bool parentheses);
  ExpressionPtr postfix(ExpressionPtr subject);
  ExpressionPtr member(ExpressionPtr subject);
  ExpressionPtr subscript(ExpressionPtr subject);
  ExpressionPtr call(ExpressionPtr subject);
  ExpressionPtr filters_and_tests(ExpressionPtr subject);
  ExpressionPtr filter(ExpressionPtr subject);
  ExpressionPtr each_filter(ExpressionPtr subject, const std::string& name, Position at, CallArguments arguments);
  ExpressionPtr test(ExpressionPtr subject);

  CallArguments call_arguments();
  // The parameters of `builtin` in order. Refuses what it does not take; `skip` of the positional ones are something else.
  std::vector<ExpressionPtr> bind(const Builtin& builtin, std::string_view what, Position at, CallArguments arguments,
                                  std::size_t skip = 0) const;
  std::string constant_name(const CallArguments& arguments, std::size_t index, const std::string& filter, std::string_view what,
                            Position at) const;
  const Builtin& known_filter(const std::string& name, Position at) const;
  const Builtin& known_test(const std::string& name, Position at) const;

  TokenStream& tokens_;
  Names& names_;
  int nesting_ = 0;
};

}  // namespace fathom::text::jinja

#include "fathom/text/jinja/expression_parser.h"

#include <algorithm>
#include <charconv>

namespace fathom::text::jinja {
namespace {

constexpr int deepest_expression = 300, deepest_nesting = 200;

}  // namespace

ExpressionPtr ExpressionParser::node(ExpressionKind kind, Position at) const {
  auto expression = std::make_unique<Expression>();
  expression->kind = kind;
  expression->at = at;
  return expression;
}

// The interpreter recurses as deep as an expression is: a bound on that bounds its stack.
ExpressionPtr ExpressionParser::finish(ExpressionPtr expression) const {
  const auto count = [&](const ExpressionPtr& operand) {
    if (operand) expression->depth = std::max(expression->depth, operand->depth + 1);
  };
  for (const ExpressionPtr& operand : expression->operands) count(operand);
  for (const auto& [name, operand] : expression->named) count(operand);
  if (expression->each)
    for (const ExpressionPtr& operand : expression->each->parameters) count(operand);
  if (expression->depth > deepest_expression) tokens_.wrong(expression->at, "the expression is nested too deep");
  return expression;
}

ExpressionPtr ExpressionParser::unary(ExpressionKind kind, Position at, ExpressionPtr operand) const {
  ExpressionPtr result = node(kind, at);
  result->operands.push_back(std::move(operand));
  return finish(std::move(result));
}

ExpressionPtr ExpressionParser::binary(ExpressionKind kind, Position at, ExpressionPtr left, ExpressionPtr right) const {
  ExpressionPtr result = node(kind, at);
  result->operands.push_back(std::move(left));
  result->operands.push_back(std::move(right));
  return finish(std::move(result));
}

ExpressionPtr ExpressionParser::arithmetic(Operator op, Position at, ExpressionPtr left, ExpressionPtr right) const {
  ExpressionPtr result = binary(ExpressionKind::arithmetic, at, std::move(left), std::move(right));
  result->operators.push_back(op);
  return result;
}

ExpressionPtr ExpressionParser::expression(bool conditional) {
  if (nesting_ >= deepest_nesting) tokens_.wrong(tokens_.current().at, "the expression is nested too deep");
  ++nesting_;
  ExpressionPtr result = disjunction();
  while (conditional && tokens_.is_name("if")) {
    ExpressionPtr choice = node(ExpressionKind::conditional, tokens_.next().at);
    choice->operands.push_back(disjunction());
    choice->operands.push_back(std::move(result));
    choice->operands.push_back(tokens_.skip_name("else") ? expression() : nullptr);
    result = finish(std::move(choice));
  }
  --nesting_;
  return result;
}

ExpressionPtr ExpressionParser::expression_or_tuple(bool conditional) { return tuple(conditional, false); }

ExpressionPtr ExpressionParser::disjunction() {
  ExpressionPtr left = conjunction();
  while (tokens_.is_name("or")) {
    const Position at = tokens_.next().at;
    left = binary(ExpressionKind::logical_or, at, std::move(left), conjunction());
  }
  return left;
}

ExpressionPtr ExpressionParser::conjunction() {
  ExpressionPtr left = negation();
  while (tokens_.is_name("and")) {
    const Position at = tokens_.next().at;
    left = binary(ExpressionKind::logical_and, at, std::move(left), negation());
  }
  return left;
}

ExpressionPtr ExpressionParser::negation() {
  std::vector<Position> nots;
  while (tokens_.is_name("not")) nots.push_back(tokens_.next().at);
  ExpressionPtr result = comparison();
  for (auto at = nots.rbegin(); at != nots.rend(); ++at) result = unary(ExpressionKind::logical_not, *at, std::move(result));
  return result;
}

ExpressionPtr ExpressionParser::comparison() {
  static constexpr std::pair<std::string_view, Operator> symbols[] = {{"==", Operator::equal},  {"!=", Operator::not_equal},
                                                                      {"<", Operator::less},    {"<=", Operator::less_equal},
                                                                      {">", Operator::greater}, {">=", Operator::greater_equal}};
  const auto next_operator = [&]() -> std::optional<Operator> {
    for (const auto& [spelled, op] : symbols)
      if (tokens_.skip_symbol(spelled)) return op;
    if (tokens_.skip_name("in")) return Operator::in;
    if (tokens_.is_name("not") && tokens_.ahead().type == TokenType::name && tokens_.ahead().text == "in") {
      tokens_.next();
      tokens_.next();
      return Operator::not_in;
    }
    return std::nullopt;
  };
  ExpressionPtr first = sum();
  Position at = tokens_.current().at;
  auto op = next_operator();
  if (!op) return first;
  ExpressionPtr chain = node(ExpressionKind::comparison, at);
  chain->operands.push_back(std::move(first));
  for (; op; op = next_operator()) {
    chain->operators.push_back(*op);
    chain->operands.push_back(sum());
  }
  return finish(std::move(chain));
}

ExpressionPtr ExpressionParser::sum() {
  ExpressionPtr left = concatenation();
  while (tokens_.is_symbol("+") || tokens_.is_symbol("-")) {
    const Operator op = tokens_.is_symbol("+") ? Operator::add : Operator::subtract;
    const Position at = tokens_.next().at;
    left = arithmetic(op, at, std::move(left), concatenation());
  }
  return left;
}

ExpressionPtr ExpressionParser::concatenation() {
  ExpressionPtr first = product();
  if (!tokens_.is_symbol("~")) return first;
  ExpressionPtr result = node(ExpressionKind::concatenate, tokens_.current().at);
  result->operands.push_back(std::move(first));
  while (tokens_.skip_symbol("~")) result->operands.push_back(product());
  return finish(std::move(result));
}

ExpressionPtr ExpressionParser::product() {
  static constexpr std::pair<std::string_view, Operator> symbols[] = {
      {"*", Operator::multiply}, {"/", Operator::divide}, {"//", Operator::floor_divide}, {"%", Operator::modulo}};
  ExpressionPtr left = power();
  for (;;) {
    const auto* found =
        std::find_if(std::begin(symbols), std::end(symbols), [&](const auto& known) { return tokens_.is_symbol(known.first); });
    if (found == std::end(symbols)) return left;
    const Position at = tokens_.next().at;
    left = arithmetic(found->second, at, std::move(left), power());
  }
}

ExpressionPtr ExpressionParser::power() {
  ExpressionPtr left = signed_operand();
  while (tokens_.is_symbol("**")) {
    const Position at = tokens_.next().at;
    left = arithmetic(Operator::power, at, std::move(left), signed_operand());
  }
  return left;
}

// Filters and tests bind to the signed value: -1|abs is 1.
ExpressionPtr ExpressionParser::signed_operand(bool with_filters) {
  ExpressionPtr result;
  if (tokens_.is_symbol("-") || tokens_.is_symbol("+")) {
    if (nesting_ >= deepest_nesting) tokens_.wrong(tokens_.current().at, "the expression is nested too deep");
    ++nesting_;
    const ExpressionKind kind = tokens_.is_symbol("-") ? ExpressionKind::negate : ExpressionKind::plus;
    const Position at = tokens_.next().at;
    result = unary(kind, at, signed_operand(false));
    --nesting_;
  } else {
    result = primary();
  }
  result = postfix(std::move(result));
  return with_filters ? filters_and_tests(std::move(result)) : std::move(result);
}

ExpressionPtr ExpressionParser::primary() {
  if (tokens_.is(TokenType::name)) return name();
  if (tokens_.is(TokenType::string)) return string();
  if (tokens_.is(TokenType::integer) || tokens_.is(TokenType::real)) return number();
  if (tokens_.skip_symbol("(")) {
    ExpressionPtr inner = tuple(true, true);
    tokens_.expect_symbol(")");
    return inner;
  }
  if (tokens_.is_symbol("[")) return list();
  if (tokens_.is_symbol("{")) return dict();
  tokens_.unexpected("an expression");
}

ExpressionPtr ExpressionParser::name() {
  const Token& token = tokens_.next();
  ExpressionPtr result = node(ExpressionKind::constant, token.at);
  const std::string& text = token.text;
  if (text == "true" || text == "True") {
    result->value = Value(true);
  } else if (text == "false" || text == "False") {
    result->value = Value(false);
  } else if (text != "none" && text != "None") {
    result->kind = ExpressionKind::name;
    result->text = text;
    result->symbol = names_.symbol(text);
    names_.read(text, token.at);
  }
  return result;
}

ExpressionPtr ExpressionParser::string() {
  ExpressionPtr result = node(ExpressionKind::constant, tokens_.current().at);
  while (tokens_.is(TokenType::string)) result->text += tokens_.next().text;
  result->value = Value::text(result->text);
  return result;
}

ExpressionPtr ExpressionParser::number() {
  const Token& token = tokens_.next();
  ExpressionPtr result = node(ExpressionKind::constant, token.at);
  const char *begin = token.text.data(), *end = begin + token.text.size();
  std::from_chars_result read{};
  if (token.type == TokenType::real) {
    double value = 0;
    read = std::from_chars(begin, end, value);
    result->value = Value(value);
  } else {
    const char base = token.text.size() > 1 ? static_cast<char>(token.text[1] | 0x20) : ' ';
    const int radix = base == 'x' ? 16 : base == 'o' ? 8 : base == 'b' ? 2 : 10;
    std::int64_t value = 0;
    read = std::from_chars(radix == 10 ? begin : begin + 2, end, value, radix);
    result->value = Value(value);
  }
  if (read.ec != std::errc() || read.ptr != end) tokens_.wrong(token.at, "the number " + token.text + " is too large");
  return result;
}

ExpressionPtr ExpressionParser::list() {
  ExpressionPtr result = node(ExpressionKind::list, tokens_.next().at);
  while (!tokens_.is_symbol("]")) {
    if (!result->operands.empty()) tokens_.expect_symbol(",");
    if (tokens_.is_symbol("]")) break;
    result->operands.push_back(expression());
  }
  tokens_.expect_symbol("]");
  return finish(std::move(result));
}

ExpressionPtr ExpressionParser::dict() {
  ExpressionPtr result = node(ExpressionKind::dict, tokens_.next().at);
  while (!tokens_.is_symbol("}")) {
    if (!result->operands.empty()) tokens_.expect_symbol(",");
    if (tokens_.is_symbol("}")) break;
    result->operands.push_back(expression());
    tokens_.expect_symbol(":");
    result->operands.push_back(expression());
  }
  tokens_.expect_symbol("}");
  return finish(std::move(result));
}

ExpressionPtr ExpressionParser::tuple(bool conditional, bool parentheses) {
  ExpressionPtr result = node(ExpressionKind::tuple, tokens_.current().at);
  bool is_tuple = false;
  for (;;) {
    if (tokens_.is(TokenType::print_end) || tokens_.is(TokenType::block_end) || tokens_.is_symbol(")")) break;
    result->operands.push_back(expression(conditional));
    if (!tokens_.skip_symbol(",")) break;
    is_tuple = true;
  }
  if (!is_tuple && !result->operands.empty()) return std::move(result->operands.front());
  if (!is_tuple && !parentheses) tokens_.unexpected("an expression");
  return finish(std::move(result));
}

}  // namespace fathom::text::jinja

// What follows a value: .attribute, [item], (call), |filter and `is test`. The part of ExpressionParser that knows the builtins.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "fathom/text/jinja/expression_parser.h"
#include "fathom/text/jinja/loop.h"

namespace fathom::text::jinja {

ExpressionPtr ExpressionParser::postfix(ExpressionPtr subject) {
  for (;;) {
    if (tokens_.is_symbol("."))
      subject = member(std::move(subject));
    else if (tokens_.is_symbol("["))
      subject = subscript(std::move(subject));
    else if (tokens_.is_symbol("("))
      subject = call(std::move(subject));
    else
      return subject;
  }
}

ExpressionPtr ExpressionParser::member(ExpressionPtr subject) {
  const Position at = tokens_.next().at;
  if (tokens_.is(TokenType::integer)) {  // x.0 is x[0]
    ExpressionPtr index = number();
    return binary(ExpressionKind::item, at, std::move(subject), std::move(index));
  }
  const std::string name = tokens_.expect(TokenType::name, "the name of an attribute").text;
  if (name.starts_with("__")) tokens_.wrong(at, "the attribute '" + name + "' is not supported: it belongs to Python's objects");
  const bool of_loop = subject->kind == ExpressionKind::name && subject->text == "loop" && !names_.is_assigned("loop");
  if (of_loop && !tokens_.is_symbol("(") && !Loop::has_attribute(name))
    tokens_.wrong(at, "the loop variable '" + name + "' is not supported");
  ExpressionPtr result = unary(ExpressionKind::attribute, at, std::move(subject));
  result->text = name;
  return result;
}

ExpressionPtr ExpressionParser::subscript(ExpressionPtr subject) {
  const Position at = tokens_.next().at;
  const auto bound = [&]() -> ExpressionPtr {
    return tokens_.is_symbol(":") || tokens_.is_symbol("]") || tokens_.is_symbol(",") ? nullptr : expression();
  };
  ExpressionPtr first = bound();
  ExpressionPtr result;
  if (tokens_.is_symbol(":")) {
    result = node(ExpressionKind::slice, at);
    result->operands.push_back(std::move(subject));
    result->operands.push_back(std::move(first));
    for (int part = 0; part < 2; ++part) result->operands.push_back(tokens_.skip_symbol(":") ? bound() : nullptr);
    result = finish(std::move(result));
  } else {
    if (!first) tokens_.unexpected("an expression");
    result = binary(ExpressionKind::item, at, std::move(subject), std::move(first));
  }
  if (tokens_.is_symbol(",")) tokens_.wrong(tokens_.current().at, "several indices in one pair of brackets are not supported");
  tokens_.expect_symbol("]");
  return result;
}

ExpressionParser::CallArguments ExpressionParser::call_arguments() {
  CallArguments arguments;
  tokens_.expect_symbol("(");
  for (bool first = true; !tokens_.is_symbol(")"); first = false) {
    if (!first) tokens_.expect_symbol(",");
    if (tokens_.is_symbol(")")) break;
    if (tokens_.is_symbol("*") || tokens_.is_symbol("**")) tokens_.wrong(tokens_.current().at, "* and ** in a call are not supported");
    if (tokens_.is(TokenType::name) && tokens_.ahead().type == TokenType::symbol && tokens_.ahead().text == "=") {
      const Token& token = tokens_.next();
      tokens_.next();
      for (const auto& [known, value] : arguments.named)
        if (known == token.text) tokens_.wrong(token.at, "the argument '" + token.text + "' is given twice");
      arguments.named.emplace_back(token.text, expression());
      continue;
    }
    if (!arguments.named.empty()) tokens_.wrong(tokens_.current().at, "an argument without a name after one with a name");
    arguments.positional.push_back(expression());
  }
  tokens_.expect_symbol(")");
  return arguments;
}

std::vector<ExpressionPtr> ExpressionParser::bind(const Builtin& builtin, std::string_view what, Position at, CallArguments arguments,
                                                  std::size_t skip) const {
  const std::size_t given = arguments.positional.size() - skip;
  if (given > builtin.parameters.size())
    tokens_.wrong(at, fmt::format("{} '{}' takes {} arguments at most, not {}", what, builtin.name, builtin.parameters.size(), given));
  std::vector<ExpressionPtr> slots(builtin.parameters.size());
  std::move(arguments.positional.begin() + static_cast<std::ptrdiff_t>(skip), arguments.positional.end(), slots.begin());
  for (auto& [name, value] : arguments.named) {
    const auto place = std::find(builtin.parameters.begin(), builtin.parameters.end(), name);
    if (place == builtin.parameters.end() || builtin.positional_only)
      tokens_.wrong(at, fmt::format("{} '{}' has no argument named '{}'", what, builtin.name, name));
    ExpressionPtr& slot = slots[static_cast<std::size_t>(place - builtin.parameters.begin())];
    if (slot) tokens_.wrong(at, fmt::format("the argument '{}' of {} '{}' is given twice", name, what, builtin.name));
    slot = std::move(value);
  }
  for (std::size_t i = 0; i < builtin.required; ++i)
    if (!slots[i]) tokens_.wrong(at, fmt::format("{} '{}' needs the argument '{}'", what, builtin.name, builtin.parameters[i]));
  return slots;
}

ExpressionPtr ExpressionParser::call(ExpressionPtr subject) {
  const Position at = tokens_.current().at;
  if (subject->kind == ExpressionKind::attribute) {
    const Builtin* method = find_method(subject->text);
    if (method == nullptr)
      tokens_.wrong(subject->at, fmt::format("the method '{}' is not supported; supported are {}", subject->text, known_methods()));
    std::vector<ExpressionPtr> slots = bind(*method, "the method", at, call_arguments());
    ExpressionPtr result = node(ExpressionKind::method, subject->at);
    result->builtin = method;
    result->operands.push_back(std::move(subject->operands.front()));
    std::move(slots.begin(), slots.end(), std::back_inserter(result->operands));
    return finish(std::move(result));
  }
  if (subject->kind != ExpressionKind::name) tokens_.wrong(at, "only functions, macros and methods can be called, by their names");
  names_.called(subject->text, subject->at);
  CallArguments arguments = call_arguments();
  subject->kind = ExpressionKind::call;
  subject->operands = std::move(arguments.positional);
  subject->named = std::move(arguments.named);
  return finish(std::move(subject));
}

ExpressionPtr ExpressionParser::filters_and_tests(ExpressionPtr subject) {
  for (;;) {
    if (tokens_.skip_symbol("|"))
      subject = filter(std::move(subject));
    else if (tokens_.skip_name("is"))
      subject = test(std::move(subject));
    else if (tokens_.is_symbol("("))
      tokens_.wrong(tokens_.current().at, "the result of a filter or a test cannot be called");
    else
      return subject;
  }
}

const Builtin& ExpressionParser::known_filter(const std::string& name, Position at) const {
  const Builtin* found = find_filter(name);
  if (found == nullptr) tokens_.wrong(at, fmt::format("the filter '{}' is not supported; supported are {}", name, known_filters()));
  return *found;
}

const Builtin& ExpressionParser::known_test(const std::string& name, Position at) const {
  const Builtin* found = find_test(name);
  if (found == nullptr) tokens_.wrong(at, fmt::format("the test '{}' is not supported; supported are {}", name, known_tests()));
  return *found;
}

ExpressionPtr ExpressionParser::filter(ExpressionPtr subject) {
  const Token& token = tokens_.expect(TokenType::name, "the name of a filter");
  const std::string& name = token.text;
  CallArguments arguments;
  if (tokens_.is_symbol("(")) arguments = call_arguments();
  if (name == "map" || name == "select" || name == "reject" || name == "selectattr" || name == "rejectattr")
    return each_filter(std::move(subject), name, token.at, std::move(arguments));
  const Builtin& builtin = known_filter(name, token.at);
  // Jinja escapes what is joined to a safe string; only where nothing can be joined to it is it the string itself.
  if (name == "safe" && !tokens_.is(TokenType::print_end))
    tokens_.wrong(token.at, "the filter 'safe' is supported at the end of {{ … }} only");
  std::vector<ExpressionPtr> slots = bind(builtin, "the filter", token.at, std::move(arguments));
  ExpressionPtr result = node(ExpressionKind::filter, token.at);
  result->builtin = &builtin;
  result->operands.push_back(std::move(subject));
  std::move(slots.begin(), slots.end(), std::back_inserter(result->operands));
  return finish(std::move(result));
}

std::string ExpressionParser::constant_name(const CallArguments& arguments, std::size_t index, const std::string& filter,
                                            std::string_view what, Position at) const {
  const ExpressionPtr& argument = arguments.positional[index];
  if (argument->kind != ExpressionKind::constant || argument->value.as_text() == nullptr)
    tokens_.wrong(at, fmt::format("the filter '{}' needs the name of {} as a string", filter, what));
  return argument->value.as_text()->bytes();
}

ExpressionPtr ExpressionParser::each_filter(ExpressionPtr subject, const std::string& name, Position at, CallArguments arguments) {
  auto each = std::make_unique<Each>();
  each->maps = name == "map";
  each->negated = name.starts_with("reject");
  const std::string what = "the filter '" + name + "'";
  if (each->maps && arguments.positional.empty()) {
    for (auto& [key, value] : arguments.named) {
      if (key != "attribute" && key != "default") tokens_.wrong(at, what + " has no argument named '" + key + "'");
      (key == "attribute" ? each->attribute : each->fallback) = std::move(value);
    }
    if (!each->attribute) tokens_.wrong(at, what + " needs the name of a filter or attribute=…");
  } else {
    std::size_t taken = 0;
    if (name.ends_with("attr")) {
      if (arguments.positional.empty()) tokens_.wrong(at, what + " needs the name of an attribute");
      each->attribute = std::move(arguments.positional[taken++]);
    }
    if (taken < arguments.positional.size()) {
      const std::string applied = constant_name(arguments, taken, name, each->maps ? "a filter" : "a test", at);
      each->apply = each->maps ? &known_filter(applied, at) : &known_test(applied, at);
      if (applied == "safe") tokens_.wrong(at, "the filter 'safe' is supported at the end of {{ … }} only");
      each->parameters = bind(*each->apply, each->maps ? "the filter" : "the test", at, std::move(arguments), taken + 1);
    } else if (!arguments.named.empty()) {
      tokens_.wrong(at, what + " has no argument named '" + arguments.named.front().first + "'");
    }
  }
  ExpressionPtr result = node(ExpressionKind::each, at);
  result->operands.push_back(std::move(subject));
  result->each = std::move(each);
  return finish(std::move(result));
}

ExpressionPtr ExpressionParser::test(ExpressionPtr subject) {
  const Position not_at = tokens_.current().at;
  const bool negated = tokens_.skip_name("not");
  const Token& token = tokens_.expect(TokenType::name, "the name of a test");
  const Builtin& builtin = known_test(token.text, token.at);
  CallArguments arguments;
  const bool operand = tokens_.is(TokenType::name) ? !tokens_.is_name("else") && !tokens_.is_name("or") && !tokens_.is_name("and")
                                                   : tokens_.is(TokenType::string) || tokens_.is(TokenType::integer) ||
                                                         tokens_.is(TokenType::real) || tokens_.is_symbol("[") || tokens_.is_symbol("{");
  if (tokens_.is_symbol("(")) {
    arguments = call_arguments();
  } else if (operand) {
    if (tokens_.is_name("is")) tokens_.wrong(tokens_.current().at, "tests cannot be chained with 'is'");
    arguments.positional.push_back(postfix(primary()));
  }
  std::vector<ExpressionPtr> slots = bind(builtin, "the test", token.at, std::move(arguments));
  ExpressionPtr result = node(ExpressionKind::test, token.at);
  result->builtin = &builtin;
  result->operands.push_back(std::move(subject));
  std::move(slots.begin(), slots.end(), std::back_inserter(result->operands));
  result = finish(std::move(result));
  return negated ? unary(ExpressionKind::logical_not, not_at, std::move(result)) : std::move(result);
}

std::vector<ExpressionPtr> ExpressionParser::block_filters() {
  std::vector<ExpressionPtr> filters;
  while (tokens_.skip_symbol("|")) {
    ExpressionPtr applied = filter(nullptr);
    if (applied->kind != ExpressionKind::filter) tokens_.wrong(applied->at, "this filter is not supported after {% set … %}");
    filters.push_back(std::move(applied));
  }
  return filters;
}

}  // namespace fathom::text::jinja

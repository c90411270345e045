// The expressions of Interpreter.
#include <algorithm>

#include "fathom/text/jinja/access.h"
#include "fathom/text/jinja/interpreter.h"
#include "fathom/text/jinja/represent.h"

namespace fathom::text::jinja {

Value Interpreter::evaluate(const Expression& expression, Scope& scope) {
  const Budget::Nested nested(budget_);
  budget_.step();
  const auto operand = [&](std::size_t index) { return evaluate(*expression.operands[index], scope); };
  switch (expression.kind) {
    case ExpressionKind::constant: return expression.value;
    case ExpressionKind::name: return read_name(expression, scope);
    case ExpressionKind::list: return make_list(evaluate_all(expression.operands, scope), budget_);
    case ExpressionKind::tuple: return make_tuple(evaluate_all(expression.operands, scope), budget_);
    case ExpressionKind::dict: return dict(expression, scope);
    case ExpressionKind::negate:
    case ExpressionKind::plus: {
      const Value value = operand(0);
      at(expression);
      return expression.kind == ExpressionKind::negate ? negate(value) : unary_plus(value);
    }
    case ExpressionKind::logical_not: return !truthy(operand(0));
    case ExpressionKind::logical_and: {
      Value left = operand(0);
      return truthy(left) ? operand(1) : left;
    }
    case ExpressionKind::logical_or: {
      Value left = operand(0);
      return truthy(left) ? left : operand(1);
    }
    case ExpressionKind::concatenate: return concatenate_all(expression, scope);
    case ExpressionKind::arithmetic: {
      const Value left = operand(0), right = operand(1);
      at(expression);
      return arithmetic(expression.operators.front(), left, right, budget_);
    }
    case ExpressionKind::comparison: return compare_chain(expression, scope);
    case ExpressionKind::conditional:
      if (truthy(operand(0))) return operand(1);
      if (expression.operands[2]) return operand(2);
      return Value::undefined("the condition is false and there is no 'else'");
    case ExpressionKind::attribute: {
      const Value subject = operand(0);
      at(expression);
      return attribute(subject, expression.text, budget_);
    }
    case ExpressionKind::item: {
      const Value subject = operand(0), key = operand(1);
      at(expression);
      return item(subject, key, budget_);
    }
    case ExpressionKind::slice: return slice_of(expression, scope);
    case ExpressionKind::filter:
    case ExpressionKind::test:
    case ExpressionKind::method: return apply(expression, operand(0), scope);
    case ExpressionKind::each: return each(expression, scope);
    case ExpressionKind::call: return call(expression, scope);
  }
  return {};
}

std::vector<Value> Interpreter::evaluate_all(const std::vector<ExpressionPtr>& expressions, Scope& scope) {
  std::vector<Value> values;
  values.reserve(expressions.size());
  for (const ExpressionPtr& expression : expressions) values.push_back(evaluate(*expression, scope));
  return values;
}

std::vector<std::optional<Value>> Interpreter::evaluate_slots(const std::vector<ExpressionPtr>& expressions, std::size_t from,
                                                              Scope& scope) {
  std::vector<std::optional<Value>> values(expressions.size() - from);
  for (std::size_t i = from; i < expressions.size(); ++i)
    if (expressions[i]) values[i - from] = evaluate(*expressions[i], scope);
  return values;
}

Value Interpreter::read_name(const Expression& expression, Scope& scope) {
  if (const Value* value = scope.find(expression.symbol, budget_)) return *value;
  if (const Function* function = find_function(expression.text)) return function;
  return Value::undefined("'" + expression.text + "' is undefined");
}

Value Interpreter::dict(const Expression& expression, Scope& scope) {
  Dict result;
  for (std::size_t i = 0; i < expression.operands.size(); i += 2) {
    const Value key = evaluate(*expression.operands[i], scope);
    const Value value = evaluate(*expression.operands[i + 1], scope);
    at(expression);
    result.set(key, value);
  }
  return make_dict(std::move(result), budget_);
}

bool Interpreter::compare_chain(const Expression& expression, Scope& scope) {
  Value left = evaluate(*expression.operands.front(), scope);
  for (std::size_t i = 0; i < expression.operators.size(); ++i) {
    Value right = evaluate(*expression.operands[i + 1], scope);
    at(expression);
    if (!compare(expression.operators[i], left, right, budget_)) return false;
    left = std::move(right);
  }
  return true;
}

Value Interpreter::concatenate_all(const Expression& expression, Scope& scope) {
  MarkedText result;
  for (const Value& value : evaluate_all(expression.operands, scope)) {
    at(expression);
    const MarkedText part = to_text(value, budget_);
    budget_.check_size(result.size() + part.size());
    result.append(part);
  }
  return result;
}

Value Interpreter::slice_of(const Expression& expression, Scope& scope) {
  const Value subject = evaluate(*expression.operands.front(), scope);
  const std::vector<std::optional<Value>> bounds = evaluate_slots(expression.operands, 1, scope);
  at(expression);
  return slice(subject, bounds[0], bounds[1], bounds[2], budget_);
}

Value Interpreter::apply(const Expression& expression, const Value& subject, Scope& scope) {
  const std::vector<std::optional<Value>> parameters = evaluate_slots(expression.operands, 1, scope);
  at(expression);
  return expression.builtin->apply(subject, parameters, runtime_);
}

Value Interpreter::each(const Expression& expression, Scope& scope) {
  const Each& rule = *expression.each;
  const Value subject = evaluate(*expression.operands.front(), scope);
  const std::optional<Value> name = rule.attribute ? std::optional(evaluate(*rule.attribute, scope)) : std::nullopt;
  const std::optional<Value> fallback = rule.fallback ? std::optional(evaluate(*rule.fallback, scope)) : std::nullopt;
  const std::vector<std::optional<Value>> parameters = evaluate_slots(rule.parameters, 0, scope);
  at(expression);
  auto result = std::make_shared<Iterator>();
  if (!truthy(subject)) return result;  // Jinja asks for the items of what is true only
  for (Value& element : iterate(subject, budget_)) {
    Value value = element;
    if (name) {
      value = name->as_text() != nullptr ? dotted_attribute(element, name->as_text()->bytes(), budget_) : item(element, *name, budget_);
      if (value.is_undefined() && fallback) value = *fallback;
    }
    if (rule.apply != nullptr) value = rule.apply->apply(value, parameters, runtime_);
    if (rule.maps)
      result->items.push_back(std::move(value));
    else if (truthy(value) != rule.negated)
      result->items.push_back(std::move(element));
  }
  return result;
}

Value Interpreter::call(const Expression& expression, Scope& scope) {
  const Value callee = read_name(expression, scope);
  std::vector<Value> arguments = evaluate_all(expression.operands, scope);
  std::vector<std::pair<std::string, Value>> named;
  for (const auto& [name, argument] : expression.named) named.emplace_back(name, evaluate(*argument, scope));
  at(expression);
  if (const Function* function = callee.as_function()) return call_function(*function, std::move(arguments), std::move(named), runtime_);
  require_defined(callee);
  require(callee.as_macro() != nullptr, "'{}' cannot be called: it is a {}", expression.text, type_name(callee));
  return call_macro(*callee.as_macro(), std::move(arguments), std::move(named));
}

Value Interpreter::call_macro(const Macro& macro, std::vector<Value> arguments, std::vector<std::pair<std::string, Value>> named) {
  const Statement& definition = *macro.definition;
  const std::vector<Parameter>& parameters = definition.parameters;
  require(arguments.size() <= parameters.size(), "the macro '{}' takes {} arguments at most, not {}", definition.name, parameters.size(),
          arguments.size());
  std::vector<std::optional<Value>> given(arguments.begin(), arguments.end());
  given.resize(parameters.size());
  for (auto& [name, value] : named) {
    const auto place = std::find_if(parameters.begin(), parameters.end(), [&n = name](const Parameter& known) { return known.name == n; });
    require(place != parameters.end(), "the macro '{}' has no parameter '{}'", definition.name, name);
    std::optional<Value>& slot = given[static_cast<std::size_t>(place - parameters.begin())];
    require(!slot.has_value(), "the macro '{}' got its parameter '{}' twice", definition.name, name);
    slot = std::move(value);
  }
  Scope inner(macro.scope);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Parameter& parameter = parameters[i];
    if (given[i])
      inner.set(parameter.symbol, std::move(*given[i]));
    else if (parameter.fallback)
      inner.set(parameter.symbol, evaluate(*parameter.fallback, inner));
    else
      inner.set(parameter.symbol, Value::undefined("the parameter '" + parameter.name + "' was not provided"));
  }
  MarkedText out;
  run(definition.body, inner, out);
  return out;
}

}  // namespace fathom::text::jinja

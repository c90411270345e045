// The statements; expressions are in expression_evaluator.cpp.
#include "fathom/text/jinja/interpreter.h"

#include "fathom/text/jinja/represent.h"

namespace fathom::text::jinja {

const Value* Scope::find(int symbol, Budget& budget) const {
  for (const Scope* scope = this; scope != nullptr; scope = scope->parent_) {
    budget.step(1 + scope->names_.size() / 16);
    for (const auto& [known, value] : scope->names_)
      if (known == symbol) return &value;
  }
  return nullptr;
}

void Scope::set(int symbol, Value value) {
  for (auto& [known, held] : names_) {
    if (known == symbol) {
      held = std::move(value);
      return;
    }
  }
  names_.emplace_back(symbol, std::move(value));
}

MarkedText Interpreter::render(std::vector<std::pair<int, Value>> variables) {
  Scope context(nullptr);
  for (auto& [symbol, value] : variables) context.set(symbol, std::move(value));
  Scope top(&context);
  MarkedText out;
  run(parsed_.body, top, out);
  return out;
}

void Interpreter::print(const MarkedText& text, MarkedText& out) {
  budget_.check_size(out.size() + text.size());
  budget_.text(text.size());
  out.append(text);
}

Interpreter::Flow Interpreter::run(const Block& block, Scope& scope, MarkedText& out) {
  const Budget::Nested nested(budget_);
  for (const Statement& statement : block) {
    budget_.step();
    if (const Flow flow = run(statement, scope, out); flow != Flow::on) return flow;
  }
  return Flow::on;
}

Interpreter::Flow Interpreter::run(const Statement& statement, Scope& scope, MarkedText& out) {
  position_ = statement.at;
  switch (statement.kind) {
    case StatementKind::data: print(statement.data, out); return Flow::on;
    case StatementKind::print: {
      const Value value = evaluate(*statement.expression, scope);
      at(*statement.expression);
      print(to_text(value, budget_), out);
      return Flow::on;
    }
    case StatementKind::branch: return run_branch(statement, scope, out);
    case StatementKind::loop: return run_loop(statement, scope, out);
    case StatementKind::assign: assign(statement.target, evaluate(*statement.expression, scope), scope); return Flow::on;
    case StatementKind::assign_block: run_assign_block(statement, scope); return Flow::on;
    case StatementKind::macro: scope.set(statement.target.symbol, scope.keep({&statement, &scope})); return Flow::on;
    case StatementKind::generation: {
      Scope inner(&scope);
      return run(statement.body, inner, out);
    }
    case StatementKind::break_loop: return Flow::break_loop;
    case StatementKind::continue_loop: return Flow::continue_loop;
  }
  return Flow::on;
}

Interpreter::Flow Interpreter::run_branch(const Statement& statement, Scope& scope, MarkedText& out) {
  for (const Branch& branch : statement.branches)
    if (!branch.condition || truthy(evaluate(*branch.condition, scope))) return run(branch.body, scope, out);
  return Flow::on;
}

Interpreter::Flow Interpreter::run_loop(const Statement& statement, Scope& scope, MarkedText& out) {
  const Value iterable = evaluate(*statement.expression, scope);
  at(*statement.expression);
  std::function<bool(const Value&)> accepts;
  if (statement.condition) {
    accepts = [&](const Value& item) {
      Scope inner(&scope);
      assign(statement.target, item, inner);
      return truthy(evaluate(*statement.condition, inner));
    };
  }
  const auto loop = std::make_shared<Loop>(iterate(iterable, budget_), std::move(accepts));
  bool any = false;
  while (loop->advance()) {
    any = true;
    Scope inner(&scope);
    position_ = statement.at;
    assign(statement.target, loop->current(), inner);
    if (parsed_.loop_symbol >= 0) inner.set(parsed_.loop_symbol, loop);
    if (run(statement.body, inner, out) == Flow::break_loop) return Flow::on;
  }
  if (any) return Flow::on;
  Scope inner(&scope);
  return run(statement.otherwise, inner, out);
}

void Interpreter::run_assign_block(const Statement& statement, Scope& scope) {
  MarkedText text;
  Scope inner(&scope);
  run(statement.body, inner, text);
  Value value = std::move(text);
  for (const ExpressionPtr& filter : statement.filters) value = apply(*filter, value, scope);
  assign(statement.target, value, scope);
}

void Interpreter::assign(const Target& target, const Value& value, Scope& scope) {
  switch (target.kind) {
    case Target::Kind::name: scope.set(target.symbol, value); return;
    case Target::Kind::attribute: {
      const Value* held = scope.find(target.symbol, budget_);
      position_ = target.at;
      const std::string& name = parsed_.symbols[static_cast<std::size_t>(target.symbol)];
      require(held != nullptr, "'{}' is undefined", name);
      Namespace* space = held->as_namespace();
      require(space != nullptr, "cannot set an attribute of '{}': it is no namespace but a {}", name, type_name(*held));
      check_storable(value);
      space->attributes[target.attribute] = value;
      return;
    }
    case Target::Kind::tuple: {
      require_defined(value);
      const std::vector<Value> parts = iterate(value, budget_);
      require(parts.size() == target.parts.size(), "{} values cannot be assigned to {} names", parts.size(), target.parts.size());
      for (std::size_t i = 0; i < parts.size(); ++i) assign(target.parts[i], parts[i], scope);
      return;
    }
  }
}

}  // namespace fathom::text::jinja

// Runs a parsed template. Private to Template.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fathom/text/jinja/ast.h"
#include "fathom/text/jinja/loop.h"

namespace fathom::text::jinja {

class Scope;

// A macro as a value: its definition, and the names it can see. It lies in the scope that defines it and cannot leave that scope
// (check_storable), so the scope outlives it.
struct Macro {
  const Statement* definition = nullptr;
  Scope* scope = nullptr;
};

// Names and what they stand for, innermost first. Jinja's rule: `for`, macros, {% set %}…{% endset %} and {% generation %} have a scope
// of their own, `if` has none; assignments go to the innermost one.
class Scope {
 public:
  explicit Scope(Scope* parent) : parent_(parent) {}
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

  // Null when no scope has the name.
  const Value* find(int symbol, Budget& budget) const;
  void set(int symbol, Value value);
  const Macro* keep(Macro macro) { return &macros_.emplace_back(macro); }

 private:
  Scope* parent_;
  std::vector<std::pair<int, Value>> names_;
  std::deque<Macro> macros_;
};

class Interpreter {
 public:
  Interpreter(const ParsedTemplate& parsed, Runtime runtime) : parsed_(parsed), runtime_(runtime), budget_(runtime.budget) {}

  // `variables`: what the template's names stand for, by symbol.
  MarkedText render(std::vector<std::pair<int, Value>> variables);
  // Where in the template the interpreter is; of an error, where it happened.
  Position position() const { return position_; }

 private:
  enum class Flow { on, break_loop, continue_loop };

  Flow run(const Block& block, Scope& scope, MarkedText& out);
  Flow run(const Statement& statement, Scope& scope, MarkedText& out);
  Flow run_branch(const Statement& statement, Scope& scope, MarkedText& out);
  Flow run_loop(const Statement& statement, Scope& scope, MarkedText& out);
  void run_assign_block(const Statement& statement, Scope& scope);
  void print(const MarkedText& text, MarkedText& out);
  void assign(const Target& target, const Value& value, Scope& scope);

  Value evaluate(const Expression& expression, Scope& scope);
  Value read_name(const Expression& expression, Scope& scope);
  Value dict(const Expression& expression, Scope& scope);
  bool compare_chain(const Expression& expression, Scope& scope);
  Value concatenate_all(const Expression& expression, Scope& scope);
  Value slice_of(const Expression& expression, Scope& scope);
  Value apply(const Expression& expression, const Value& subject, Scope& scope);
  Value each(const Expression& expression, Scope& scope);
  Value call(const Expression& expression, Scope& scope);
  Value call_macro(const Macro& macro, std::vector<Value> arguments, std::vector<std::pair<std::string, Value>> named);
  std::vector<Value> evaluate_all(const std::vector<ExpressionPtr>& expressions, Scope& scope);
  std::vector<std::optional<Value>> evaluate_slots(const std::vector<ExpressionPtr>& expressions, std::size_t from, Scope& scope);
  void at(const Expression& expression) { position_ = expression.at; }

  const ParsedTemplate& parsed_;
  Runtime runtime_;
  Budget& budget_;
  Position position_;
};

}  // namespace fathom::text::jinja

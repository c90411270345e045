// A parsed template.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fathom/text/jinja/builtins.h"
#include "fathom/text/jinja/lexer.h"
#include "fathom/text/jinja/operators.h"
#include "fathom/text/jinja/value.h"

namespace fathom::text::jinja {

struct Expression;
using ExpressionPtr = std::unique_ptr<Expression>;

enum class ExpressionKind {
  constant,     // value
  name,         // symbol
  list,         // operands
  tuple,        // operands
  dict,         // operands: key, value, key, value, …
  negate,       // operands[0]
  plus,         // operands[0]
  logical_not,  // operands[0]
  logical_and,  // operands[0], operands[1]
  logical_or,   // operands[0], operands[1]
  concatenate,  // operands, from the left
  arithmetic,   // operators[0] of operands[0] and operands[1]
  comparison,   // operands[0] operators[0] operands[1] operators[1] operands[2] …
  conditional,  // operands: condition, then, else (null: undefined)
  attribute,    // operands[0].text
  item,         // operands[0][operands[1]]
  slice,        // operands[0][operands[1]:operands[2]:operands[3]], null for what is not given
  filter,       // builtin applied to operands[0]; the other operands are its parameters in order, null for what is not given
  test,         // as filter
  each,         // the filters map, select, reject, selectattr and rejectattr: `each` of operands[0]
  method,       // operands[0].builtin(operands[1], …), null for what is not given
  call,         // the name `symbol`, called with operands and named
};

// What `map`, `select` and their kind do with an item.
struct Each {
  bool maps = false, negated = false;  // map; reject and rejectattr
  ExpressionPtr attribute, fallback;   // attribute: the item's attribute is meant, `fallback` where it has none (map)
  const Builtin* apply = nullptr;      // the filter or the test; null: the attribute itself, or whether the item is true
  std::vector<ExpressionPtr> parameters;
};

struct Expression {
  ExpressionKind kind = ExpressionKind::constant;
  Position at;
  int depth = 1;
  Value value;
  std::string text;
  int symbol = -1;
  std::vector<ExpressionPtr> operands;
  std::vector<Operator> operators;
  const Builtin* builtin = nullptr;
  std::vector<std::pair<std::string, ExpressionPtr>> named;
  std::unique_ptr<Each> each;
};

// What `for` and `set` assign to.
struct Target {
  enum class Kind { name, attribute, tuple } kind = Kind::name;
  Position at;
  int symbol = -1;
  std::string attribute;
  std::vector<Target> parts;
};

struct Statement;
using Block = std::vector<Statement>;

enum class StatementKind { data, print, branch, loop, assign, assign_block, macro, generation, break_loop, continue_loop };

struct Parameter {
  std::string name;
  int symbol = -1;
  ExpressionPtr fallback;  // null: undefined when not given
};

struct Branch {
  ExpressionPtr condition;  // null: else
  Block body;
};

struct Statement {
  StatementKind kind = StatementKind::data;
  Position at;
  MarkedText data;
  ExpressionPtr expression;  // print, assign; the iterable of a loop
  ExpressionPtr condition;   // of a loop's items; may be null
  Target target;             // loop, assign, assign_block, macro
  std::vector<Branch> branches;
  Block body, otherwise;               // `otherwise`: of a loop without items
  std::vector<ExpressionPtr> filters;  // assign_block: each applied to the text, its operands[0] is null
  std::string name;                    // macro
  std::vector<Parameter> parameters;   // macro
};

struct ParsedTemplate {
  Block body;
  std::vector<std::string> symbols;  // names by symbol
  int loop_symbol = -1;              // -1: the name `loop` does not occur
};

}  // namespace fathom::text::jinja

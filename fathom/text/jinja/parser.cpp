#include "fathom/text/jinja/parser.h"

#include <fmt/format.h>

#include <algorithm>

#include "fathom/text/jinja/expression_parser.h"

namespace fathom::text::jinja {
namespace {

constexpr int deepest_nesting = 100;
constexpr std::string_view known_tags = "if, for, set, macro, generation, break and continue";
// Names that Jinja gives a meaning of its own and that are not supported.
constexpr std::string_view reserved_names[] = {"lipsum", "cycler", "joiner", "caller", "varargs", "kwargs", "self", "super"};

class Parser {
 public:
  Parser(const std::vector<Token>& tokens, const std::string& origin) : tokens_(tokens, origin), expressions_(tokens_, names_) {}

  ParsedTemplate run() {
    ParsedTemplate result;
    result.body = block({}, "");
    check_names();
    const bool has_loop = std::find(names_.spelled().begin(), names_.spelled().end(), "loop") != names_.spelled().end();
    if (has_loop) result.loop_symbol = names_.symbol("loop");
    result.symbols = names_.spelled();
    return result;
  }

 private:
  using Ends = std::vector<std::string_view>;

  void check_names() const {
    for (const Names::Use& call : names_.calls())
      if (find_function(call.name) == nullptr && !names_.is_assigned(call.name))
        tokens_.wrong(call.at, fmt::format("the function '{}' is not supported; supported are {} and the template's own macros", call.name,
                                           known_functions()));
    for (const Names::Use& use : names_.reads()) {
      const bool reserved = std::find(std::begin(reserved_names), std::end(reserved_names), use.name) != std::end(reserved_names);
      if (reserved && !names_.is_assigned(use.name)) tokens_.wrong(use.at, "the name '" + use.name + "' is not supported");
    }
  }

  // Statements up to one of the tags in `ends`, whose name is then the current token; `opened` is the tag they belong to. Without ends,
  // up to the end of the template.
  Block block(const Ends& ends, std::string_view opened) {
    if (++nesting_ > deepest_nesting) tokens_.wrong(tokens_.current().at, "tags are nested too deep");
    Block statements;
    for (;;) {
      const Token& token = tokens_.next();
      if (token.type == TokenType::end) {
        if (!ends.empty()) tokens_.wrong(token.at, fmt::format("the tag '{}' is not closed; expected {}", opened, fmt::join(ends, " or ")));
        break;
      }
      if (token.type == TokenType::data) {
        Statement& data = add(statements, StatementKind::data, token.at);
        data.data = MarkedText(token.text);
      } else if (token.type == TokenType::print_begin) {
        Statement print = statement_at(StatementKind::print, token.at);
        print.expression = expressions_.expression_or_tuple();
        tokens_.expect(TokenType::print_end, "'}}'");
        statements.push_back(std::move(print));
      } else {
        if (tokens_.is(TokenType::name) && std::find(ends.begin(), ends.end(), tokens_.current().text) != ends.end()) break;
        statements.push_back(statement());
        tokens_.expect(TokenType::block_end, "'%}'");
      }
    }
    --nesting_;
    return statements;
  }

  // The rest of a tag, then statements up to one of `ends`.
  Block body(const Ends& ends, std::string_view opened) {
    tokens_.skip_symbol(":");
    tokens_.expect(TokenType::block_end, "'%}'");
    return block(ends, opened);
  }

  static Statement statement_at(StatementKind kind, Position at) {
    Statement result;
    result.kind = kind;
    result.at = at;
    return result;
  }
  static Statement& add(Block& statements, StatementKind kind, Position at) {
    statements.push_back(statement_at(kind, at));
    return statements.back();
  }

  Statement statement() {
    const Token& token = tokens_.expect(TokenType::name, "the name of a tag");
    const std::string& tag = token.text;
    if (tag == "if") return branch(token.at);
    if (tag == "for") return loop(token.at);
    if (tag == "set") return assign(token.at);
    if (tag == "macro") return macro(token.at);
    if (tag == "generation") return generation(token.at);
    if (tag == "break" || tag == "continue") {
      if (loops_ == 0) tokens_.wrong(token.at, fmt::format("'{}' stands in no loop", tag));
      return statement_at(tag == "break" ? StatementKind::break_loop : StatementKind::continue_loop, token.at);
    }
    if (tag == "else" || tag == "elif" || tag.starts_with("end")) tokens_.wrong(token.at, fmt::format("unexpected tag '{}'", tag));
    tokens_.wrong(token.at, fmt::format("the tag '{}' is not supported; supported are {}", tag, known_tags));
  }

  Statement branch(Position at) {
    Statement result = statement_at(StatementKind::branch, at);
    for (;;) {
      Branch& next = result.branches.emplace_back();
      next.condition = expressions_.expression_or_tuple(/*conditional=*/false);
      next.body = body({"elif", "else", "endif"}, "if");
      if (tokens_.skip_name("elif")) continue;
      if (tokens_.skip_name("else")) result.branches.emplace_back().body = body({"endif"}, "if");
      tokens_.next();
      return result;
    }
  }

  Statement loop(Position at) {
    Statement result = statement_at(StatementKind::loop, at);
    result.target = target_list("in", /*attributes=*/false);
    if (!tokens_.skip_name("in")) tokens_.unexpected("'in'");
    result.expression = expressions_.expression_or_tuple(/*conditional=*/false);
    if (tokens_.skip_name("if")) result.condition = expressions_.expression();
    if (tokens_.is_name("recursive")) tokens_.wrong(tokens_.current().at, "'recursive' loops are not supported");
    ++loops_;
    result.body = body({"else", "endfor"}, "for");
    --loops_;
    if (tokens_.skip_name("else")) result.otherwise = body({"endfor"}, "for");
    tokens_.next();
    return result;
  }

  // Statements that run as a unit of their own: a loop around them cannot be left from inside.
  Block closed_body(const Ends& ends, std::string_view opened) {
    const int loops = std::exchange(loops_, 0);
    Block result = body(ends, opened);
    loops_ = loops;
    return result;
  }

  Statement assign(Position at) {
    Statement result = statement_at(StatementKind::assign, at);
    result.target = target_list("=", /*attributes=*/true);
    if (tokens_.skip_symbol("=")) {
      result.expression = expressions_.expression_or_tuple();
      return result;
    }
    result.kind = StatementKind::assign_block;
    result.filters = expressions_.block_filters();
    if (!tokens_.is(TokenType::block_end)) tokens_.unexpected("'=' or '%}'");
    result.body = closed_body({"endset"}, "set");
    tokens_.next();
    return result;
  }

  Statement macro(Position at) {
    Statement result = statement_at(StatementKind::macro, at);
    result.target = target(/*attributes=*/false);
    if (result.target.kind != Target::Kind::name) tokens_.wrong(result.target.at, "a macro needs a name");
    result.name = names_.spelled()[static_cast<std::size_t>(result.target.symbol)];
    tokens_.expect_symbol("(");
    while (!tokens_.is_symbol(")")) {
      if (!result.parameters.empty()) tokens_.expect_symbol(",");
      const Target name = target(/*attributes=*/false);
      if (name.kind != Target::Kind::name) tokens_.wrong(name.at, "a parameter needs a name");
      Parameter parameter{names_.spelled()[static_cast<std::size_t>(name.symbol)], name.symbol, nullptr};
      if (tokens_.skip_symbol("="))
        parameter.fallback = expressions_.expression();
      else if (!result.parameters.empty() && result.parameters.back().fallback)
        tokens_.wrong(name.at, "a parameter without a default after one with a default");
      result.parameters.push_back(std::move(parameter));
    }
    tokens_.next();
    result.body = closed_body({"endmacro"}, "macro");
    tokens_.next();
    return result;
  }

  Statement generation(Position at) {
    Statement result = statement_at(StatementKind::generation, at);
    result.body = closed_body({"endgeneration"}, "generation");
    tokens_.next();
    return result;
  }

  // One name, name.attribute (of a namespace) or a tuple in parentheses.
  Target target(bool attributes) {
    Target result;
    result.at = tokens_.current().at;
    if (tokens_.skip_symbol("(")) {
      if (++nesting_ > deepest_nesting) tokens_.wrong(result.at, "names are nested too deep");
      result = target_list(")", attributes);
      --nesting_;
      tokens_.expect_symbol(")");
      return result;
    }
    const std::string name = tokens_.expect(TokenType::name, "a name to assign to").text;
    for (const char* constant : {"true", "false", "none", "True", "False", "None"})
      if (name == constant) tokens_.wrong(result.at, "cannot assign to '" + name + "'");
    if (attributes && tokens_.skip_symbol(".")) {
      result.kind = Target::Kind::attribute;
      result.symbol = names_.symbol(name);
      result.attribute = tokens_.expect(TokenType::name, "the name of an attribute").text;
      return result;
    }
    if (name == "loop") tokens_.wrong(result.at, "cannot assign to 'loop'");
    result.symbol = names_.assigned(name);
    return result;
  }

  // Targets up to `end`, apart by commas; one alone without a comma is no tuple.
  Target target_list(std::string_view end, bool attributes) {
    Target result;
    result.kind = Target::Kind::tuple;
    result.at = tokens_.current().at;
    for (;;) {
      if (!result.parts.empty() && (tokens_.is_name(end) || tokens_.is_symbol(end))) return result;
      result.parts.push_back(target(attributes));
      if (tokens_.skip_symbol(",")) continue;
      if (result.parts.size() > 1) return result;
      Target only = std::move(result.parts.front());
      return only;
    }
  }

  Names names_;
  TokenStream tokens_;
  ExpressionParser expressions_;
  int loops_ = 0, nesting_ = 0;
};

}  // namespace

ParsedTemplate parse(std::string_view source, const std::string& origin) {
  const std::vector<Token> tokens = tokenize(source, origin);
  return Parser(tokens, origin).run();
}

}  // namespace fathom::text::jinja

#include "fathom/text/jinja/template.h"

#include <algorithm>

#include "fathom/text/jinja/interpreter.h"
#include "fathom/text/jinja/parser.h"

namespace fathom::text::jinja {

Template::Template(std::string_view source, std::string origin)
    : origin_(std::move(origin)), parsed_(std::make_unique<const ParsedTemplate>(parse(source, origin_))) {}
Template::Template(Template&&) noexcept = default;
Template& Template::operator=(Template&&) noexcept = default;
Template::~Template() = default;

MarkedText Template::render(const std::vector<Variable>& variables, const RenderOptions& options) const {
  Budget budget(options.limits);
  Interpreter interpreter(*parsed_, {budget, options.now.value_or(std::time(nullptr))});
  try {
    std::vector<std::pair<int, Value>> values;
    const std::vector<std::string>& symbols = parsed_->symbols;
    for (const Variable& variable : variables) {
      const auto symbol = std::find(symbols.begin(), symbols.end(), variable.name);
      if (symbol == symbols.end()) continue;  // the template does not use it
      values.emplace_back(static_cast<int>(symbol - symbols.begin()), from_json(variable.value, variable.trust, budget));
    }
    return interpreter.render(std::move(values));
  } catch (const Error& error) {
    fail_at(origin_, interpreter.position(), error.what());
  }
}

}  // namespace fathom::text::jinja

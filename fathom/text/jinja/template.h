// Jinja templates: the subset that chat templates use (docs/chat-templates.md), with the results of Jinja 3.1 as transformers sets it up
// (an immutable sandbox, trim_blocks, lstrip_blocks, loop controls, its own `tojson`, `raise_exception` and `strftime_now`). What is not
// supported is refused by its name when the template is parsed, or, where that shows only then, when it is rendered.
#pragma once

#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/base/json.h"
#include "fathom/text/jinja/budget.h"
#include "fathom/text/jinja/from_json.h"
#include "fathom/text/jinja/marked_text.h"

namespace fathom::text::jinja {

struct ParsedTemplate;

struct Variable {
  std::string name;
  OrderedJson value;
  Trust trust = Trust::trusted;
};

struct RenderOptions {
  Limits limits;
  std::optional<std::time_t> now;  // for strftime_now, in local time; default: the clock
};

class Template {
 public:
  // `origin` is what messages call the template ("DIR/tokenizer_config.json: chat_template").
  // Throws Error "ORIGIN:LINE:COLUMN: …" for a syntax error or a construct that is not supported.
  Template(std::string_view source, std::string origin);
  Template(Template&&) noexcept;
  Template& operator=(Template&&) noexcept;
  ~Template();

  // The text, with the marks of what came from untrusted variables. Of variables with the same name the last one counts.
  // Throws Error "ORIGIN:LINE:COLUMN: …" where Jinja raises, where a limit is passed, and for what is not supported.
  MarkedText render(const std::vector<Variable>& variables, const RenderOptions& options = {}) const;

 private:
  std::string origin_;
  std::unique_ptr<const ParsedTemplate> parsed_;
};

}  // namespace fathom::text::jinja

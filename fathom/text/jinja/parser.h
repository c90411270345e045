// A template's text as statements.
#pragma once

#include <string>
#include <string_view>

#include "fathom/text/jinja/ast.h"

namespace fathom::text::jinja {

// `origin` is what messages call the template. Throws Error "ORIGIN:LINE:COLUMN: …" for a syntax error and for every tag, filter,
// test, method or function that is not supported, by its name.
ParsedTemplate parse(std::string_view source, const std::string& origin);

}  // namespace fathom::text::jinja

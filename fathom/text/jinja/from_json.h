// JSON as values of a template.
#pragma once

#include "fathom/base/json.h"
#include "fathom/text/jinja/value.h"

namespace fathom::text::jinja {

// Who wrote the strings: the person who runs the program (a special token in them is meant), or whoever the model talks to. Of a
// conversation everything is untrusted but the names of the roles, which are part of the form of a prompt.
enum class Trust { trusted, untrusted, conversation };

// Throws Error for integers that do not fit in 64 bits and for nesting past the limit.
Value from_json(const OrderedJson& json, Trust trust, Budget& budget);

}  // namespace fathom::text::jinja

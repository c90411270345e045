// Values as text, in Python's spelling: str(), repr() and json.dumps(). Marks of untrusted bytes are kept.
#pragma once

#include <optional>
#include <string>

#include "fathom/text/jinja/value.h"

namespace fathom::text::jinja {

// str(value): what {{ value }} prints. Throws Error for values whose spelling Python does not fix (namespaces, iterators, functions).
MarkedText to_text(const Value& value, Budget& budget);
// The spelling of a float: the shortest digits that read back the same, 1e+16 from there on, 1e-05 from there down.
std::string float_text(double value);

struct JsonStyle {
  bool ascii = false;                         // ensure_ascii
  std::optional<std::string> indent;          // what one level is indented by; nullopt: all on one line
  std::string item_separator, key_separator;  // "," or ", " and ": " by default
  bool sort_keys = false;
};
// json.dumps(value). Throws Error for what JSON cannot hold (undefined, a range, keys that are tuples).
MarkedText to_json(const Value& value, const JsonStyle& style, Budget& budget);

}  // namespace fathom::text::jinja

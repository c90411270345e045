// The escapes of string literals, as Python's "unicode-escape" reads them.
#pragma once

#include <string>
#include <string_view>

namespace fathom::text::jinja {

// The value of what stands between the quotation marks. Throws Error (without a position) for a malformed \x, \u or \U, for surrogates
// and for \N{…}, which is not supported. A backslash before another character stays.
std::string unescape(std::string_view literal);

}  // namespace fathom::text::jinja

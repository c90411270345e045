// Attributes, items and slices, as Jinja's sandbox looks them up.
#pragma once

#include <optional>
#include <string_view>

#include "fathom/text/jinja/value.h"

namespace fathom::text::jinja {

// value.name: an attribute first, then the item of that name. Undefined when there is neither. Throws Error when `value` is undefined,
// and where the name is one of Python's own (a method that is not called).
Value attribute(const Value& value, std::string_view name, Budget& budget);
// value[key]: the item first, then the attribute. Throws as attribute().
Value item(const Value& value, const Value& key, Budget& budget);
// "a.b.0", as the filters with `attribute` take it.
Value dotted_attribute(const Value& value, std::string_view path, Budget& budget);
// value[begin:end:step]; nullopt for a part that is not given. Throws Error for values without slices and bounds that are no integers.
Value slice(const Value& value, const std::optional<Value>& begin, const std::optional<Value>& end, const std::optional<Value>& step,
            Budget& budget);

}  // namespace fathom::text::jinja

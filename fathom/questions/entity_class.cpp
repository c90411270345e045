#include "fathom/questions/entity_class.h"

#include <algorithm>
#include <array>

#include "fathom/base/error.h"

namespace fathom::questions {
namespace {

constexpr std::array<std::string_view, entity_class_count> names = {"none", "person", "location", "organization", "group",   "name",
                                                                    "date", "number", "ordinal",  "money",        "percent", "quantity"};

}  // namespace

std::string_view name_of(EntityClass entity) { return names[static_cast<std::size_t>(entity)]; }

EntityClass entity_class_named(std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  require(found != names.end(), "there is no entity class '{}'", name);
  return static_cast<EntityClass>(found - names.begin());
}

}  // namespace fathom::questions

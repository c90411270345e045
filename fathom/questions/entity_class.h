// What a name or a number stands for.
#pragma once

#include <cstdint>
#include <string_view>

namespace fathom::questions {

enum class EntityClass : std::uint8_t {
  none,
  person,
  location,
  organization,
  group,  // of people: nationalities, religions
  name,   // of something else: works, events, products
  date,   // years, months, days, centuries
  number,
  ordinal,
  money,
  percent,
  quantity,  // a number with a unit
};
constexpr int entity_class_count = 12;

std::string_view name_of(EntityClass entity);
// Throws Error for a name of no class.
EntityClass entity_class_named(std::string_view name);

}  // namespace fathom::questions

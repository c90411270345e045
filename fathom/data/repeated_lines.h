// What RepeatedLines is made of, and which lines of a text count. Private to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fathom/data/compact_map.h"
#include "fathom/data/line_duplicates.h"

namespace fathom::data {

struct CountableLine {
  std::uint32_t number = 0;        // of the line, from 0
  std::size_t begin = 0, end = 0;  // bytes of the text, line end included
  std::int64_t characters = 0;     // without spaces and tabs at its ends
};

// The lines of at least `min_characters`. Lines end at "\n".
void for_each_countable_line(std::string_view text, int min_characters, const std::function<void(const CountableLine&)>& visit);

struct RepeatedLines::State {
  struct Group {
    std::uint64_t hash;  // of the first line of its kind
    std::int64_t documents;
    std::string first_document;
    std::uint32_t first_line;
  };

  int min_characters = 1;
  std::vector<Group> groups;
  CompactMap lines;                                                 // hash to group
  std::vector<std::pair<std::uint64_t, std::uint32_t>> near_lines;  // to be taken in

  void add_group(Group group);
  // Enters the gathered lines that are nearly the first of their group: after all groups, so that looking groups up is not disturbed.
  void take_near_lines();
};

}  // namespace fathom::data

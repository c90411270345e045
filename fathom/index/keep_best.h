// The best of many, in one pass. Private to the room.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace fathom::index {

// `best` is a heap by `better` whose front is the worst that is kept: takes `item` in while there are fewer than `most`, or for the worst.
template <typename Item, typename Better>
void keep_best(std::vector<Item>& best, std::int64_t most, const Item& item, const Better& better) {
  if (static_cast<std::int64_t>(best.size()) < most) {
    best.push_back(item);
    std::push_heap(best.begin(), best.end(), better);
  } else if (better(item, best.front())) {
    std::pop_heap(best.begin(), best.end(), better);
    best.back() = item;
    std::push_heap(best.begin(), best.end(), better);
  }
}

}  // namespace fathom::index

#include "fathom/server/click_recorder.h"

#include <sys/random.h>

#include <algorithm>
#include <cstdint>

#include "fathom/base/error.h"

namespace fathom::server {
namespace {

// Cannot be guessed, so that nobody clicks for others.
std::string new_id() {
  std::uint64_t words[2];
  require(getrandom(words, sizeof words, 0) == sizeof words, "the system gives no random bytes");
  return fmt::format("{:016x}{:016x}", words[0], words[1]);
}

}  // namespace

std::string ClickRecorder::search(const clicks::SearchRecord& record) {
  const std::string id = new_id();
  writer_.search(record, id);
  std::vector<std::string> pages;
  for (const clicks::ShownResult& shown : record.shown) pages.push_back(shown.page);
  const std::lock_guard lock(mutex_);
  shown_.emplace(id, std::move(pages));
  order_.push_back(id);
  if (order_.size() > remembered) {
    shown_.erase(order_.front());
    order_.pop_front();
  }
  return id;
}

bool ClickRecorder::click(const std::string& id, const std::string& page, double dwell) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = shown_.find(id);
    if (found == shown_.end() || std::find(found->second.begin(), found->second.end(), page) == found->second.end()) return false;
  }
  writer_.click(id, {clicks::Click{.page = page, .dwell = dwell}});
  return true;
}

}  // namespace fathom::server

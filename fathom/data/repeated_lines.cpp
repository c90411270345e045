#include "fathom/data/repeated_lines.h"

#include <algorithm>

#include "fathom/base/error.h"

namespace fathom::data {

void for_each_countable_line(std::string_view text, int min_characters, const std::function<void(const CountableLine&)>& visit) {
  constexpr std::string_view blank = " \t\r\n\f\v";
  CountableLine line;
  for (; line.begin < text.size(); line.begin = line.end, ++line.number) {
    const std::size_t found = text.find('\n', line.begin);
    line.end = found == std::string_view::npos ? text.size() : found + 1;
    const std::string_view whole = text.substr(line.begin, line.end - line.begin);
    const std::size_t first = whole.find_first_not_of(blank);
    if (first == std::string_view::npos) continue;
    const std::string_view inner = whole.substr(first, whole.find_last_not_of(blank) - first + 1);
    // Bytes that begin a character: all but continuation bytes.
    line.characters =
        std::count_if(inner.begin(), inner.end(), [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; });
    if (line.characters >= min_characters) visit(line);
  }
}

void RepeatedLines::State::add_group(Group group) {
  require(groups.size() + 1 < CompactMap::none, "more than {} lines are repeated too often", CompactMap::none);
  lines.insert(group.hash, static_cast<std::uint32_t>(groups.size()));
  groups.push_back(std::move(group));
}

void RepeatedLines::State::take_near_lines() {
  for (const auto& [hash, group] : near_lines) lines.insert(hash, group);
  near_lines = {};
}

RepeatedLines::RepeatedLines(std::unique_ptr<State> state) : state_(std::move(state)) {}
RepeatedLines::RepeatedLines(RepeatedLines&&) noexcept = default;
RepeatedLines& RepeatedLines::operator=(RepeatedLines&&) noexcept = default;
RepeatedLines::~RepeatedLines() = default;

std::int64_t RepeatedLines::size() const { return static_cast<std::int64_t>(state_->lines.size()); }

std::vector<RemovedLine> RepeatedLines::find(std::string_view text) const {
  std::vector<RemovedLine> found;
  if (state_->lines.size() == 0) return found;
  for_each_countable_line(text, state_->min_characters, [&](const CountableLine& line) {
    const std::uint64_t hash = fingerprint(text.substr(line.begin, line.end - line.begin)).low;
    const std::uint32_t number = state_->lines.find(hash);
    if (number == CompactMap::none) return;
    const State::Group& group = state_->groups[number];
    found.push_back({line.begin, line.end, group.documents, hash != group.hash, group.first_document, group.first_line});
  });
  return found;
}

std::string RepeatedLines::without(std::string_view text, const std::vector<RemovedLine>& lines) {
  std::string kept;
  std::size_t position = 0;
  for (const RemovedLine& line : lines) {
    kept += text.substr(position, line.begin - position);
    position = line.end;
  }
  kept += text.substr(position);
  return kept;
}

}  // namespace fathom::data

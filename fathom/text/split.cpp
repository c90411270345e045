#include "fathom/text/split.h"

#include <algorithm>
#include <array>
#include <utility>

#include "fathom/base/error.h"

namespace fathom::text {
namespace {

constexpr std::array<std::pair<std::string_view, SplitBehavior>, 5> behaviors = {
    {{"Isolated", SplitBehavior::isolated},
     {"Removed", SplitBehavior::removed},
     {"MergedWithPrevious", SplitBehavior::merged_with_previous},
     {"MergedWithNext", SplitBehavior::merged_with_next},
     {"Contiguous", SplitBehavior::contiguous}}};

// Every match joins what stands before it, unless that is a match itself.
std::vector<Stretch> merge_with_previous(const std::vector<Stretch>& stretches) {
  std::vector<Stretch> merged;
  bool previous_is_match = false;
  for (const Stretch& stretch : stretches) {
    if (stretch.is_match && !previous_is_match && !merged.empty()) {
      merged.back().end = stretch.end;
    } else {
      merged.push_back(stretch);
    }
    previous_is_match = stretch.is_match;
  }
  return merged;
}

// The same from the end: every match joins what stands behind it.
std::vector<Stretch> merge_with_next(const std::vector<Stretch>& stretches) {
  std::vector<Stretch> merged;
  bool next_is_match = false;
  for (auto stretch = stretches.rbegin(); stretch != stretches.rend(); ++stretch) {
    if (stretch->is_match && !next_is_match && !merged.empty()) {
      merged.back().begin = stretch->begin;
    } else {
      merged.push_back(*stretch);
    }
    next_is_match = stretch->is_match;
  }
  std::reverse(merged.begin(), merged.end());
  return merged;
}

std::vector<Stretch> join_alike(const std::vector<Stretch>& stretches) {
  std::vector<Stretch> joined;
  for (const Stretch& stretch : stretches) {
    if (!joined.empty() && joined.back().is_match == stretch.is_match) {
      joined.back().end = stretch.end;
    } else {
      joined.push_back(stretch);
    }
  }
  return joined;
}

}  // namespace

SplitPattern::SplitPattern(const Json& pattern, const std::string& origin) {
  require(pattern.is_object() && pattern.size() == 1 && (pattern.contains("Regex") || pattern.contains("String")),
          "{}: 'pattern' must be {{\"Regex\": …}} or {{\"String\": …}}, not {}", origin, pattern.dump());
  if (pattern.contains("String")) {
    literal_ = json_get<std::string>(pattern, "String", origin);
    require(!literal_.empty(), "{}: the pattern is an empty String", origin);
    return;
  }
  const auto regex = json_get<std::string>(pattern, "Regex", origin);
  try {
    regex_ = std::make_unique<Regex>(regex);
  } catch (const Error& error) {
    fail("{}: {}", origin, error.what());
  }
}

void SplitPattern::stretches(std::string_view text, std::vector<Stretch>& stretches) const {
  if (regex_) return regex_->stretches(text, stretches);
  std::size_t done = 0;
  for (std::size_t found = text.find(literal_); found != std::string_view::npos; found = text.find(literal_, done)) {
    if (found > done) stretches.push_back({done, found, false});
    done = found + literal_.size();
    stretches.push_back({found, done, true});
  }
  if (done < text.size()) stretches.push_back({done, text.size(), false});
}

std::unique_ptr<Split> Split::from_json(const Json& description, const std::string& origin) {
  const std::string where = origin + ": pre_tokenizer Split";
  const auto name = json_get<std::string>(description, "behavior", where);
  const auto behavior = std::find_if(behaviors.begin(), behaviors.end(), [&](const auto& known) { return known.first == name; });
  require(behavior != behaviors.end(),
          "{}: the behavior '{}' is not known; known are Isolated, Removed, MergedWithPrevious, MergedWithNext and Contiguous", where,
          name);
  return std::make_unique<Split>(SplitPattern(json_get<Json>(description, "pattern", where), where), behavior->second,
                                 json_get_or(description, "invert", false, where));
}

void Split::cut_valid(std::string_view text, Pieces& pieces) const {
  std::vector<Stretch> stretches;
  pattern_.stretches(text, stretches);
  if (invert_)
    for (Stretch& stretch : stretches) stretch.is_match = !stretch.is_match;
  switch (behavior_) {
    case SplitBehavior::isolated: break;
    case SplitBehavior::removed: std::erase_if(stretches, [](const Stretch& stretch) { return stretch.is_match; }); break;
    case SplitBehavior::merged_with_previous: stretches = merge_with_previous(stretches); break;
    case SplitBehavior::merged_with_next: stretches = merge_with_next(stretches); break;
    case SplitBehavior::contiguous: stretches = join_alike(stretches); break;
  }
  for (const Stretch& stretch : stretches)
    if (stretch.end > stretch.begin) pieces.views.push_back(text.substr(stretch.begin, stretch.end - stretch.begin));
}

}  // namespace fathom::text

// A few examples of what each rule rejected, for reading: those with the smallest hashes of their place, so that they come from all of the
// input and do not depend on threads or interruptions. Private to the room.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "fathom/base/json.h"

namespace fathom::data {

struct RejectionSample {
  std::string place = {}, source = {};
  std::string value = {};                         // the verdict ("length.min_words 12 < 50"), or what was found
  std::string text = {};                          // the document
  std::string other_place = {}, other_text = {};  // of duplicates: what was kept instead
};

class RejectionSamples {
 public:
  explicit RejectionSamples(std::int64_t per_rule) : per_rule_(per_rule) {}

  // Whether add() would take a sample from this place: what is costly to make is made only then.
  bool wants(const std::string& rule, std::string_view place) const;
  // Texts are shortened.
  void add(const std::string& rule, RejectionSample sample);

  // What was added since the last call, as the journal keeps it; restore() takes it back.
  OrderedJson take_news();
  void restore(const Json& news, const std::string& origin);
  // RULE.jsonl for each rule into `directory`, which is replaced.
  void write(const std::filesystem::path& directory) const;

 private:
  using Kept = std::map<std::uint64_t, RejectionSample>;  // by hash of the place
  void insert(const std::string& rule, std::uint64_t key, RejectionSample sample);

  std::int64_t per_rule_;
  std::map<std::string, Kept> rules_;
  OrderedJson news_ = OrderedJson::array();
};

}  // namespace fathom::data

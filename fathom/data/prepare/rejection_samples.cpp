#include "fathom/data/prepare/rejection_samples.h"

#include <utility>

#include "fathom/base/file.h"
#include "fathom/data/fingerprint.h"
#include "fathom/text/utf8.h"

namespace fathom::data {
namespace {

constexpr std::size_t shown_bytes = 1500;  // of a text

std::string shortened(std::string text) {
  if (text.size() <= shown_bytes) return text;
  text.resize(shown_bytes);
  const std::size_t valid = text::valid_prefix(text);
  if (shown_bytes - valid < 4) text.resize(valid);
  return text + " …";
}

std::uint64_t key_of(std::string_view place) { return murmur3(place).low; }

OrderedJson to_json(const RejectionSample& sample) {
  OrderedJson json = {{"place", sample.place}, {"source", sample.source}, {"value", sample.value}, {"text", sample.text}};
  if (!sample.other_place.empty()) {
    json["other_place"] = sample.other_place;
    json["other_text"] = sample.other_text;
  }
  return json;
}

}  // namespace

bool RejectionSamples::wants(const std::string& rule, std::string_view place) const {
  if (per_rule_ <= 0) return false;
  const auto kept = rules_.find(rule);
  if (kept == rules_.end() || static_cast<std::int64_t>(kept->second.size()) < per_rule_) return true;
  return key_of(place) < kept->second.rbegin()->first;
}

void RejectionSamples::add(const std::string& rule, RejectionSample sample) {
  if (!wants(rule, sample.place)) return;
  sample.text = shortened(std::move(sample.text));
  sample.other_text = shortened(std::move(sample.other_text));
  OrderedJson json = to_json(sample);
  json["rule"] = rule;
  news_.push_back(std::move(json));
  const std::uint64_t key = key_of(sample.place);
  insert(rule, key, std::move(sample));
}

void RejectionSamples::insert(const std::string& rule, std::uint64_t key, RejectionSample sample) {
  Kept& kept = rules_[rule];
  kept.insert_or_assign(key, std::move(sample));
  if (static_cast<std::int64_t>(kept.size()) > per_rule_) kept.erase(std::prev(kept.end()));
}

OrderedJson RejectionSamples::take_news() { return std::exchange(news_, OrderedJson::array()); }

void RejectionSamples::restore(const Json& news, const std::string& origin) {
  for (const Json& json : news) {
    RejectionSample sample;
    sample.place = json_get<std::string>(json, "place", origin);
    sample.source = json_get<std::string>(json, "source", origin);
    sample.value = json_get<std::string>(json, "value", origin);
    sample.text = json_get<std::string>(json, "text", origin);
    sample.other_place = json_get_or<std::string>(json, "other_place", "", origin);
    sample.other_text = json_get_or<std::string>(json, "other_text", "", origin);
    const std::uint64_t key = key_of(sample.place);
    insert(json_get<std::string>(json, "rule", origin), key, std::move(sample));
  }
}

void RejectionSamples::write(const std::filesystem::path& directory) const {
  if (rules_.empty()) return;
  AtomicDirectory staging(directory);
  for (const auto& [rule, kept] : rules_) {
    AtomicFile file(staging.path() / (rule + ".jsonl"));
    for (const auto& [key, sample] : kept) file.write(to_json(sample).dump(-1, ' ', false, OrderedJson::error_handler_t::replace) + "\n");
    file.commit();
  }
  staging.commit();
}

}  // namespace fathom::data

#include "fathom/clicks/click_examples.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/data/records.h"

namespace fathom::clicks {

ExampleCollector::ExampleCollector(const ClickModel& model, const ClickData& data, ExampleOptions options)
    : model_(model), data_(data), options_(options) {
  require(options_.least_propensity > 0 && options_.least_propensity <= 1, "the least propensity must be above 0 and at most 1, got {}",
          options_.least_propensity);
}

void ExampleCollector::add(const SearchRecord& record) {
  if (std::none_of(record.shown.begin(), record.shown.end(), [](const ShownResult& shown) { return shown.clicked; })) return;
  std::vector<std::string> pages;
  for (const ShownResult& shown : record.shown) pages.push_back(shown.page);
  const std::vector<Impression> impressions = data_.impressions_of(record.query, pages);
  const std::vector<double> examined = model_.examination(impressions);
  const std::string query = query_key(record.query);
  for (std::size_t i = 0; i < record.shown.size(); ++i) {
    const ShownResult& shown = record.shown[i];
    if (!shown.clicked) continue;
    if (shown.page.empty()) {
      ++report_.unknown_pages;
      continue;
    }
    if (shown.dwell >= 0 && shown.dwell < options_.min_dwell) {
      ++report_.too_short;
      continue;
    }
    ++report_.clicks;
    if (examined[i] < options_.least_propensity) ++report_.clipped;
    const std::string key = fmt::format("{}\n{}\n{}", query, shown.page, shown.sentence);
    const auto [place, is_new] = places_.emplace(key, gathered_.size());
    if (is_new) gathered_.push_back({{record.query, shown.page, shown.sentence, 0.0}, 0, model_.attractiveness(impressions[i].pair)});
    Gathered& gathered = gathered_[place->second];
    gathered.example.weight += 1 / std::max(examined[i], options_.least_propensity);
    ++gathered.clicks;
  }
}

std::vector<ClickExample> ExampleCollector::finish() {
  std::vector<ClickExample> examples;
  double sum = 0;
  for (Gathered& gathered : gathered_) {
    if (gathered.clicks < options_.min_clicks) {
      ++report_.too_few_clicks;
    } else if (gathered.attractiveness < options_.min_attractiveness) {
      ++report_.not_attractive;
    } else {
      sum += gathered.example.weight;
      examples.push_back(std::move(gathered.example));
    }
  }
  double squares = 0;
  const auto count = static_cast<double>(examples.size());
  for (ClickExample& example : examples) {
    example.weight *= count / sum;
    squares += example.weight * example.weight;
    report_.largest_weight = std::max(report_.largest_weight, example.weight);
  }
  if (!examples.empty()) report_.effective_size = count * count / squares;
  gathered_.clear();
  places_.clear();
  return examples;
}

void write_click_examples(const std::filesystem::path& path, const std::vector<ClickExample>& examples) {
  AtomicFile file(path);
  for (const ClickExample& example : examples) {
    OrderedJson line = {{"query", example.query}, {"page", example.page}};
    if (example.sentence >= 0) line["sentence"] = example.sentence;
    line["weight"] = example.weight;
    file.write(line.dump() + "\n");
  }
  file.commit();
}

std::vector<ClickExample> read_click_examples(const std::filesystem::path& path) {
  std::vector<ClickExample> examples;
  data::for_each_record(path, [&](const Json& record, const std::string& position) {
    ClickExample example{json_get<std::string>(record, "query", position), json_get<std::string>(record, "page", position),
                         json_get_or<std::int64_t>(record, "sentence", -1, position), json_get_or<double>(record, "weight", 1, position)};
    require(!example.query.empty() && !example.page.empty(), "{}: the query or the page is empty", position);
    require(example.weight > 0 && std::isfinite(example.weight), "{}: the weight is {}; a number above 0 is expected", position,
            example.weight);
    examples.push_back(std::move(example));
  });
  return examples;
}

}  // namespace fathom::clicks

#include "fathom/data/prepare/prepare_report.h"

#include <bit>
#include <utility>

#include "fathom/base/error.h"

namespace fathom::data {

PrepareReport::PrepareReport(const CorpusRecipe& recipe) : samples(recipe.samples_per_rule) {
  for (const CorpusSource& source : recipe.sources) {
    SourceReport report;
    report.name = source.name;
    report.weight = source.weight;
    report.repeat = source.repeat;
    sources.push_back(std::move(report));
  }
}

void PrepareReport::reject(std::int32_t source, const std::string& rule, std::int64_t bytes, RejectionSample sample) {
  SourceReport& report = sources[static_cast<std::size_t>(source)];
  report.rejected[rule].add(bytes);
  sample.source = report.name;
  samples.add(rule, std::move(sample));
}

void PrepareReport::count_length(std::int64_t tokens) {
  const auto bin = static_cast<std::size_t>(std::bit_width(static_cast<std::uint64_t>(tokens))) - (tokens > 0 ? 1 : 0);
  if (length_histogram.size() <= bin) length_histogram.resize(bin + 1);
  ++length_histogram[bin];
}

std::int64_t PrepareReport::rejected() const {
  std::int64_t sum = 0;
  for (const SourceReport& source : sources)
    for (const auto& [rule, amount] : source.rejected) sum += amount.documents;
  return sum;
}

std::int64_t PrepareReport::kept() const {
  std::int64_t sum = 0;
  for (const SourceReport& source : sources) sum += source.kept.documents;
  return sum;
}

std::int64_t PrepareReport::read_documents() const {
  std::int64_t sum = 0;
  for (const SourceReport& source : sources) sum += source.read.documents;
  return sum;
}

std::int64_t PrepareReport::read_bytes() const {
  std::int64_t sum = 0;
  for (const SourceReport& source : sources) sum += source.read.bytes;
  return sum;
}

std::string PrepareReport::rejections() const {
  std::map<std::string, std::int64_t> rules;
  for (const SourceReport& source : sources)
    for (const auto& [rule, amount] : source.rejected) rules[rule] += amount.documents;
  std::string text = fmt::format("{} documents read", read_documents());
  const char* before = ", rejected by";
  for (const auto& [rule, documents] : rules) text += fmt::format("{} {} {}", std::exchange(before, ","), rule, documents);
  return text;
}

OrderedJson PrepareReport::take_state() {
  OrderedJson json;
  write(json);
  json["inputs"] = OrderedJson::array();
  for (; inputs_taken_ < inputs.size(); ++inputs_taken_) json["inputs"].push_back(to_json(inputs[inputs_taken_]));
  json["samples"] = samples.take_news();
  return json;
}

void PrepareReport::restore(const Json& state, const std::string& origin) {
  read(state, origin);
  for (const Json& input : json_get<Json>(state, "inputs", origin)) inputs.push_back(input_file(input, origin));
  inputs_taken_ = inputs.size();
  samples.restore(json_get<Json>(state, "samples", origin), origin);
}

}  // namespace fathom::data

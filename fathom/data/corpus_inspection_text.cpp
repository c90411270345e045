// The faces of fathom/data/corpus_inspection.h for a terminal and for programs.
#include <algorithm>
#include <string>

#include "fathom/base/progress.h"
#include "fathom/data/corpus_inspection.h"

namespace fathom::data {
namespace {

constexpr int bar_width = 40;

double share(double part, double whole) { return whole > 0 ? part / whole : 0; }
std::string percent(double part, double whole) { return fmt::format("{:.1f}%", 100 * share(part, whole)); }
std::string bytes(std::int64_t count) { return format_bytes(static_cast<double>(count)); }
std::string count(std::int64_t number) { return format_count(static_cast<double>(number)); }

std::string histogram(const std::vector<std::int64_t>& bins) {
  const std::int64_t most = bins.empty() ? 0 : *std::max_element(bins.begin(), bins.end());
  std::string text = "Documents by length in tokens\n";
  for (std::size_t bin = 0; bin < bins.size(); ++bin) {
    if (bins[bin] == 0) continue;
    const auto filled = std::max<std::int64_t>(1, bins[bin] * bar_width / most);
    std::string label = length_range(bin);
    // The dash is three bytes of one column.
    label.insert(0, 19 - std::min<std::size_t>(19, label.size() - (bin > 0 ? 2 : 0)), ' ');
    text += fmt::format("{}  {:>9}  {:#<{}}\n", label, bins[bin], "", filled);
  }
  return text;
}

// On one line, as JSON writes it, with at most so many bytes.
std::string one_line(const std::string& text, std::size_t limit) {
  std::string shown = Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
  if (shown.size() <= limit) return shown;
  while (limit > 0 && (static_cast<unsigned char>(shown[limit]) & 0xC0) == 0x80) --limit;
  return shown.substr(0, limit) + " …";
}

std::string stage_table(const CorpusManifest& manifest) {
  const SourceReport total = manifest.total();
  std::string text = fmt::format("{:<32}{:>12}{:>14}{:>10}\n", "Stage", "documents", "text", "of read");
  const auto row = [&](const std::string& name, const std::string& documents, std::int64_t amount) {
    text += fmt::format("{:<32}{:>12}{:>14}{:>10}\n", name, documents, bytes(amount),
                        percent(static_cast<double>(amount), static_cast<double>(total.read.bytes)));
  };
  row("read", count(total.read.documents), total.read.bytes);
  for (const StageLoss& loss : stage_losses(manifest)) {
    if (loss.change) {
      row("  - " + loss.rule + ": parts", "in " + count(loss.amount.documents), loss.amount.bytes);
    } else {
      row("  - " + loss.rule, "-" + count(loss.amount.documents), loss.amount.bytes);
    }
  }
  row("kept", count(total.kept.documents), total.kept.bytes);
  return text;
}

std::string source_table(const CorpusManifest& manifest) {
  const SourceReport total = manifest.total();
  double weights = 0;
  for (const SourceReport& source : manifest.sources) weights += source.weight;
  std::string text = fmt::format("{:<16}{:>10}{:>11}{:>10}{:>11}{:>9}{:>9}{:>8}{:>12}{:>8}{:>8}\n", "Source", "read", "text", "kept",
                                 "text", "tokens", "B/token", "repeat", "train", "share", "wanted");
  const auto row = [&](const SourceReport& source, const std::string& repeat, const std::string& wanted) {
    text +=
        fmt::format("{:<16}{:>10}{:>11}{:>10}{:>11}{:>9}{:>9.2f}{:>8}{:>12}{:>8}{:>8}\n", source.name, count(source.read.documents),
                    bytes(source.read.bytes), count(source.kept.documents), bytes(source.kept.bytes), count(source.tokens),
                    share(static_cast<double>(source.kept.bytes), static_cast<double>(source.tokens)), repeat, count(source.train_tokens),
                    percent(static_cast<double>(source.train_tokens), static_cast<double>(total.train_tokens)), wanted);
  };
  for (const SourceReport& source : manifest.sources)
    row(source, fmt::format("{:.2f}", source.repeat), weights > 0 ? percent(source.weight, weights) : "");
  if (manifest.sources.size() > 1) row(total, "", "");
  return text;
}

std::string language_table(const CorpusManifest& manifest) {
  const SourceReport total = manifest.total();
  std::vector<std::pair<std::string, Amount>> languages(total.languages.begin(), total.languages.end());
  std::stable_sort(languages.begin(), languages.end(), [](const auto& a, const auto& b) { return a.second.bytes > b.second.bytes; });
  std::string text = "Languages (of what passed the filters)\n";
  std::int64_t all = 0;
  for (const auto& [code, amount] : languages) all += amount.bytes;
  for (const auto& [code, amount] : languages) {
    text += fmt::format("  {:<6}{:>10} documents{:>14}{:>9}\n", code, count(amount.documents), bytes(amount.bytes),
                        percent(static_cast<double>(amount.bytes), static_cast<double>(all)));
  }
  return languages.empty() ? "" : text;
}

}  // namespace

std::string corpus_stats_text(const CorpusManifest& manifest) {
  std::string text = source_table(manifest) + "\n" + stage_table(manifest) + "\n" + histogram(manifest.length_histogram);
  const std::string languages = language_table(manifest);
  if (!languages.empty()) text += "\n" + languages;
  text += "\n";
  for (const auto& [split, shards] : manifest.splits) {
    std::int64_t tokens = 0, documents = 0;
    for (const ShardEntry& shard : shards) {
      tokens += shard.tokens;
      documents += shard.documents;
    }
    text += fmt::format("{:<12}{} tokens in {} documents, {} shard{}\n", split, count(tokens), count(documents), shards.size(),
                        shards.size() == 1 ? "" : "s");
  }
  if (manifest.fim_documents > 0) text += fmt::format("{:<12}{} documents rearranged for fill-in-the-middle\n", "", manifest.fim_documents);
  if (manifest.split_tokens > 0)
    text += fmt::format("{:<12}{} of {} tokens that join punctuation and line breaks were split\n", "", manifest.split_tokens,
                        manifest.split_candidates);
  return text;
}

OrderedJson corpus_stats_json(const CorpusManifest& manifest) {
  OrderedJson json;
  const SourceReport total = manifest.total();
  json["sources"] = OrderedJson::array();
  for (const SourceReport& source : manifest.sources) {
    OrderedJson entry = to_json(source);
    entry["bytes_per_token"] = share(static_cast<double>(source.kept.bytes), static_cast<double>(source.tokens));
    entry["share"] = share(static_cast<double>(source.train_tokens), static_cast<double>(total.train_tokens));
    json["sources"].push_back(std::move(entry));
  }
  json["total"] = to_json(total);
  json["total"].erase("weight");
  json["total"].erase("repeat");
  json["total"]["bytes_per_token"] = share(static_cast<double>(total.kept.bytes), static_cast<double>(total.tokens));
  json["length_histogram"] = manifest.length_histogram;
  json["fim_documents"] = manifest.fim_documents;
  json["split_candidates"] = manifest.split_candidates;
  json["split_tokens"] = manifest.split_tokens;
  for (const auto& [split, shards] : manifest.splits) json["shards"][split] = shards.size();
  return json;
}

std::string inspection_text(const CorpusInspection& inspection, bool duplicates) {
  std::string text =
      fmt::format("documents   {}\ntokens      {}\ntext        {} ({:.2f} bytes a token)\nvocabulary  {}\ntokenizer   {:016x}\n\n",
                  inspection.documents, inspection.tokens, bytes(inspection.text_bytes),
                  share(static_cast<double>(inspection.text_bytes), static_cast<double>(inspection.tokens)), inspection.vocab_size,
                  inspection.fingerprint);
  text += histogram(inspection.length_histogram);
  for (const InspectedDocument& sample : inspection.samples) {
    text += fmt::format("\ndocument {}: {} tokens{}{}\n", sample.number, sample.tokens, sample.source.empty() ? "" : ", " + sample.source,
                        sample.fim ? ", fill-in-the-middle (shown in reading order)" : "");
    if (!sample.text.empty()) text += one_line(sample.text, 1000) + "\n";
  }
  if (!inspection.manifest) return text;
  text += "\n" + stage_table(*inspection.manifest);
  for (const auto& [rule, samples] : inspection.rejected) {
    const bool pairs = rule.ends_with("_duplicate");
    if (samples.empty() || (pairs && duplicates)) continue;
    text += fmt::format("\n{}: {} ({})\n  {}\n", rule, one_line(samples[0].value, 300), samples[0].place, one_line(samples[0].text, 300));
  }
  if (duplicates) {
    for (const auto& [rule, samples] : inspection.rejected) {
      if (!rule.ends_with("_duplicate")) continue;
      for (const RejectionSample& sample : samples) {
        text += fmt::format("\n{}, {}\n  left out  {}\n    {}\n  kept      {}\n    {}\n", rule, sample.value, sample.place,
                            one_line(sample.text, 400), sample.other_place,
                            sample.other_text.empty() ? "(its text is in that earlier corpus)" : one_line(sample.other_text, 400));
      }
    }
  }
  return text;
}

OrderedJson inspection_json(const CorpusInspection& inspection) {
  OrderedJson json = {{"documents", inspection.documents},
                      {"tokens", inspection.tokens},
                      {"text_bytes", inspection.text_bytes},
                      {"vocab_size", inspection.vocab_size},
                      {"tokenizer_fingerprint", fmt::format("{:016x}", inspection.fingerprint)},
                      {"length_histogram", inspection.length_histogram}};
  json["samples"] = OrderedJson::array();
  for (const InspectedDocument& sample : inspection.samples) {
    json["samples"].push_back({{"document", sample.number},
                               {"source", sample.source},
                               {"tokens", sample.tokens},
                               {"text_bytes", sample.text_bytes},
                               {"hash", fmt::format("{:016x}", sample.hash)},
                               {"fim", sample.fim},
                               {"text", sample.text}});
  }
  if (!inspection.manifest) return json;
  json["rejected"] = OrderedJson::object();
  for (const auto& [rule, amount] : inspection.manifest->total().rejected)
    json["rejected"][rule] = {{"documents", amount.documents}, {"bytes", amount.bytes}};
  return json;
}

}  // namespace fathom::data

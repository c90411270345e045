#include "fathom/data/corpus_inspection.h"

#include <algorithm>
#include <bit>
#include <memory>

#include "fathom/base/error.h"
#include "fathom/data/fill_in_the_middle.h"
#include "fathom/data/records.h"
#include "fathom/data/token_corpus.h"

namespace fathom::data {
namespace {

namespace fs = std::filesystem;

// Which file of the corpus a document is in, and its number there.
std::pair<const TokenFile*, std::int64_t> locate(const TokenCorpus& corpus, std::int64_t document) {
  for (const TokenFile& file : corpus.files()) {
    if (document < file.documents()) return {&file, document};
    document -= file.documents();
  }
  fail("document {} is not in the corpus", document);
}

InspectedDocument look_at(const TokenCorpus& corpus, std::int64_t number, const std::string& split, const text::Tokenizer* tokenizer,
                          std::int64_t shown_tokens) {
  const auto [file, document] = locate(corpus, number);
  InspectedDocument result;
  result.split = split;
  result.number = number;
  const std::int64_t begin = file->document_begin(document);
  result.tokens = file->document_begin(document + 1) - begin;
  result.text_bytes = file->document_bytes(document);
  result.hash = file->document_hash(document);
  const auto source = static_cast<std::size_t>(file->document_source(document));
  if (source < file->sources().size()) result.source = file->sources()[source];
  if (tokenizer == nullptr) return result;
  std::vector<std::int64_t> wide(static_cast<std::size_t>(result.tokens));
  file->read(begin, result.tokens, wide.data());
  const FillInTheMiddle fim(0, 0, *tokenizer);
  const std::vector<text::TokenId> stored(wide.begin(), wide.end());
  std::vector<text::TokenId> ids = fim.restore(stored);
  result.fim = ids.size() != stored.size();
  if (!ids.empty() && ids.back() == tokenizer->eos_id()) ids.pop_back();
  const bool cut = static_cast<std::int64_t>(ids.size()) > shown_tokens;
  if (cut) ids.resize(static_cast<std::size_t>(shown_tokens));
  result.text = tokenizer->decode(ids) + (cut ? " …" : "");
  return result;
}

std::vector<std::int64_t> histogram_of(const TokenCorpus& corpus) {
  std::vector<std::int64_t> bins;
  for (const TokenFile& file : corpus.files()) {
    for (std::int64_t document = 0; document < file.documents(); ++document) {
      const auto tokens = static_cast<std::uint64_t>(file.document_begin(document + 1) - file.document_begin(document));
      const auto bin = static_cast<std::size_t>(std::bit_width(tokens)) - (tokens > 0 ? 1 : 0);
      if (bins.size() <= bin) bins.resize(bin + 1);
      ++bins[bin];
    }
  }
  return bins;
}

std::map<std::string, std::vector<RejectionSample>> read_rejected(const fs::path& directory) {
  std::map<std::string, std::vector<RejectionSample>> rules;
  if (!fs::is_directory(directory)) return rules;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.path().extension() != ".jsonl") continue;
    std::vector<RejectionSample>& samples = rules[entry.path().stem().string()];
    for_each_record(entry.path(), [&](const Json& record, const std::string& position) {
      samples.push_back({json_get<std::string>(record, "place", position), json_get<std::string>(record, "source", position),
                         json_get<std::string>(record, "value", position), json_get<std::string>(record, "text", position),
                         json_get_or<std::string>(record, "other_place", "", position),
                         json_get_or<std::string>(record, "other_text", "", position)});
    });
  }
  return rules;
}

}  // namespace

CorpusInspection inspect_corpus(const fs::path& path, const InspectionOptions& options) {
  CorpusInspection inspection;
  inspection.path = path.string();
  const bool is_corpus = fs::is_directory(path);
  if (is_corpus) {
    inspection.manifest = CorpusManifest::load(path);
    inspection.rejected = read_rejected(path / "rejected");
  }
  std::unique_ptr<text::Tokenizer> tokenizer;
  const fs::path tokenizer_path = !options.tokenizer.empty() ? options.tokenizer : is_corpus ? path / "tokenizer" : fs::path();
  if (!tokenizer_path.empty()) tokenizer = std::make_unique<text::Tokenizer>(text::Tokenizer::load(tokenizer_path));

  CorpusAccess access;
  access.fingerprint = tokenizer ? tokenizer->fingerprint() : 0;
  access.verify = options.verify;
  const TokenCorpus corpus = TokenCorpus::open(path, access);
  if (is_corpus && options.verify && has_split(path, "validation")) {
    access.split = "validation";
    TokenCorpus::open(path, access);
  }
  inspection.documents = corpus.documents();
  inspection.tokens = corpus.size();
  inspection.text_bytes = corpus.text_bytes();
  inspection.vocab_size = corpus.vocab_size();
  inspection.fingerprint = corpus.fingerprint();
  inspection.length_histogram = histogram_of(corpus);
  const std::int64_t samples = std::min(options.samples, corpus.documents());
  for (std::int64_t i = 0; i < samples; ++i)
    inspection.samples.push_back(
        look_at(corpus, i * corpus.documents() / samples, is_corpus ? "train" : "", tokenizer.get(), options.shown_tokens));
  return inspection;
}

std::vector<StageLoss> stage_losses(const CorpusManifest& manifest) {
  const SourceReport total = manifest.total();
  // The order of the stages; the rules of the quality filter stand between the first and the second group.
  const std::vector<std::string> first = {"bad_input", "empty"},
                                 last = {"contamination", "exact_duplicate", "near_duplicate", "repeated_lines"};
  const auto rank = [&](const std::string& rule) {
    if (std::find(first.begin(), first.end(), rule) != first.end()) return std::find(first.begin(), first.end(), rule) - first.begin();
    const auto found = std::find(last.begin(), last.end(), rule);
    return found == last.end() ? std::ptrdiff_t{10} : 20 + (found - last.begin());
  };
  std::vector<StageLoss> losses;
  for (const auto& [rule, amount] : total.rejected) losses.push_back({rule, amount, false});
  for (const auto& [rule, amount] : total.changed) losses.push_back({rule, amount, true});
  std::stable_sort(losses.begin(), losses.end(), [&](const StageLoss& a, const StageLoss& b) { return rank(a.rule) < rank(b.rule); });
  return losses;
}

std::string length_range(std::size_t bin) {
  const std::int64_t low = std::int64_t{1} << bin;
  return bin == 0 ? "1" : fmt::format("{}–{}", low, 2 * low - 1);
}

}  // namespace fathom::data

// A look into a prepared corpus or a token file: what is in it, what was left out and why (`fathom data inspect`).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "fathom/data/corpus_manifest.h"
#include "fathom/data/prepare/rejection_samples.h"

namespace fathom::data {

struct InspectedDocument {
  std::string split, source;
  std::int64_t number = 0;  // in its split
  std::int64_t tokens = 0, text_bytes = 0;
  std::uint64_t hash = 0;
  bool fim = false;  // it was rearranged for fill-in-the-middle; the text is shown in its order before
  std::string text;  // its beginning, without the end-of-sequence token; empty without a tokenizer
};

struct CorpusInspection {
  std::string path;
  std::optional<CorpusManifest> manifest;                                  // none for a single token file
  std::int64_t documents = 0, tokens = 0, text_bytes = 0, vocab_size = 0;  // of the training split, or the file
  std::uint64_t fingerprint = 0;
  std::vector<std::int64_t> length_histogram;                    // documents of [2^i, 2^(i+1)) tokens
  std::vector<InspectedDocument> samples;                        // from all over the documents
  std::map<std::string, std::vector<RejectionSample>> rejected;  // by rule
};

struct InspectionOptions {
  std::int64_t samples = 3;
  std::int64_t shown_tokens = 400;       // of a sample
  std::filesystem::path tokenizer = {};  // of a token file; a prepared corpus has its own
  bool verify = false;                   // compare the shards' digests
};

// Throws Error as TokenCorpus::open.
CorpusInspection inspect_corpus(const std::filesystem::path& path, const InspectionOptions& options);

// For a terminal. `duplicates`: pairs of duplicates with both texts too; `rejections`: one example a rule.
std::string inspection_text(const CorpusInspection& inspection, bool duplicates);
// One self-contained page: no scripts, nothing loaded from elsewhere, light or dark as the reader's system is.
std::string inspection_html(const CorpusInspection& inspection);
OrderedJson inspection_json(const CorpusInspection& inspection);

// Tables of what the manifest says: sources, stages, lengths, languages (`fathom data stats`).
std::string corpus_stats_text(const CorpusManifest& manifest);
OrderedJson corpus_stats_json(const CorpusManifest& manifest);

// What each stage took away from all sources, in the order of the stages: (name, amount); changes (lines, passages) have no documents.
struct StageLoss {
  std::string rule;
  Amount amount;
  bool change = false;  // part of documents that stay
};
std::vector<StageLoss> stage_losses(const CorpusManifest& manifest);

// "64–127".
std::string length_range(std::size_t bin);

}  // namespace fathom::data

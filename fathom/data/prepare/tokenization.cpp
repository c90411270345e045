#include "fathom/data/prepare/tokenization.h"

#include <algorithm>
#include <utility>

#include "fathom/base/progress.h"
#include "fathom/data/fill_in_the_middle.h"
#include "fathom/data/prepare/parallel.h"
#include "fathom/data/prepare/selection.h"
#include "fathom/data/prepare/text_chunk.h"
#include "fathom/data/token_file_writer.h"
#include "fathom/data/token_splitting.h"

namespace fathom::data {
namespace {

struct Tokenized {
  std::vector<text::TokenId> ids;
  std::int64_t text_bytes = 0;  // of what was tokenised
  std::int64_t removed_bytes = 0;
  std::string removed;  // the first line that was taken out, for reading
  bool fim = false;
  TokenSplitter::Counts split;
};

// Runs on several threads at once: nothing here changes.
class Encoder {
 public:
  explicit Encoder(const PrepareRun& run)
      : recipe_(run.recipe),
        tokenizer_(run.tokenizer),
        separator_(separator_of(run.tokenizer)),
        fim_(recipe_.fim_rate, recipe_.seed, tokenizer_),
        splitter_(recipe_.split_rate, recipe_.seed, tokenizer_),
        repeated_(find_repeated_lines(run)) {}

  Tokenized encode(KeptDocument& document) const {
    Tokenized result;
    if (repeated_ && recipe_.sources[static_cast<std::size_t>(document.source)].deduplicate) {
      const std::vector<RemovedLine> lines = repeated_->find(document.text);
      if (!lines.empty()) {
        std::string rest = RepeatedLines::without(document.text, lines);
        result.removed_bytes = static_cast<std::int64_t>(document.text.size() - rest.size());
        result.removed = fmt::format("{} lines, the first in {} documents: {}", lines.size(), lines[0].documents,
                                     document.text.substr(lines[0].begin, std::min<std::size_t>(200, lines[0].end - lines[0].begin)));
        if (rest.find_first_not_of(" \t\r\n") == std::string::npos) return result;
        document.text = std::move(rest);
      }
    }
    result.text_bytes = static_cast<std::int64_t>(document.text.size());
    result.fim = fim_.applies(document.hash);
    result.ids = result.fim ? fim_.encode(document.text, document.hash, recipe_.parse_special)
                            : tokenizer_.encode(document.text, recipe_.parse_special);
    if (recipe_.split_rate > 0) result.split = splitter_.split(result.ids, document.hash);
    if (result.ids.empty() || result.ids.back() != separator_) result.ids.push_back(separator_);
    return result;
  }

 private:
  const CorpusRecipe& recipe_;
  const text::Tokenizer& tokenizer_;
  text::TokenId separator_;
  FillInTheMiddle fim_;
  TokenSplitter splitter_;
  std::optional<RepeatedLines> repeated_;
};

void take(PrepareRun& run, const KeptDocument& document, const Tokenized& tokenized, TokenFileWriter& writer) {
  PrepareReport& report = run.report;
  SourceReport& source = report.sources[static_cast<std::size_t>(document.source)];
  if (tokenized.removed_bytes > 0 && !tokenized.ids.empty()) {
    source.changed["repeated_lines"].add(tokenized.removed_bytes);
    report.samples.add("repeated_lines",
                       {.place = document.place, .source = source.name, .value = tokenized.removed, .text = document.text});
  }
  if (tokenized.ids.empty()) {
    report.reject(document.source, "repeated_lines", tokenized.removed_bytes,
                  {.place = document.place, .value = tokenized.removed, .text = document.text});
    return;
  }
  const auto tokens = static_cast<std::int64_t>(tokenized.ids.size());
  writer.append({.hash = document.hash, .text_bytes = tokenized.text_bytes, .source = document.source}, tokenized.ids);
  source.kept.add(tokenized.text_bytes);
  source.tokens += tokens;
  report.count_length(tokens);
  report.fim_documents += tokenized.fim ? 1 : 0;
  report.split_candidates += tokenized.split.candidates;
  report.split_tokens += tokenized.split.split;
}

}  // namespace

void tokenize_documents(PrepareRun& run) {
  const Encoder encoder(run);
  TokenFileInfo info{run.tokenizer.fingerprint(), run.tokenizer.vocab_size(), {}};
  for (const CorpusSource& source : run.recipe.sources) info.sources.push_back(source.name);
  RunState& state = run.state;
  Progress progress("Tokenising", state.text_chunks(), "chunk", run.quiet);
  progress.start_at(state.token_chunks);
  const Throughput throughput(0);
  std::int64_t bytes = 0;
  while (state.token_chunks < state.text_chunks()) {
    const std::filesystem::path text_path = state.text_chunk(state.token_chunks);
    std::vector<KeptDocument> documents = read_text_chunk(text_path);
    std::vector<Tokenized> tokenized(documents.size());
    parallel_for(documents.size(), run.threads, [&](std::size_t i) { tokenized[i] = encoder.encode(documents[i]); });
    TokenFileWriter writer(state.token_chunk(state.token_chunks), info);
    for (std::size_t i = 0; i < documents.size(); ++i) {
      bytes += tokenized[i].text_bytes;
      take(run, documents[i], tokenized[i], writer);
    }
    writer.commit();
    run.point("token chunk written");
    ++state.token_chunks;
    run.record("tokens", {{"chunks", state.token_chunks}});
    std::error_code ignored;
    std::filesystem::remove(text_path, ignored);
    progress.update(state.token_chunks, fmt::format("text {}, {} documents, {} rejected", throughput.of(bytes),
                                                    format_count(static_cast<double>(run.report.kept())),
                                                    format_count(static_cast<double>(run.report.rejected()))));
    run.point("token chunk recorded");
  }
  progress.finish();
}

}  // namespace fathom::data

#include "fathom/data/prepare/selection.h"

#include <algorithm>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/progress.h"
#include "fathom/data/prepare/parallel.h"
#include "fathom/data/prepare/text_chunk.h"
#include "fathom/text/language.h"

namespace fathom::data {
namespace {

namespace fs = std::filesystem;

constexpr const char *signatures_name = "signatures", *lines_name = "lines";

// A document on its way through the parallel part of the stage.
struct Candidate {
  std::string text;         // normalised
  std::string rule, value;  // why it is rejected; rule empty: it is not
  std::string language;
  std::int64_t cut_bytes = 0;  // of contaminated passages
  std::string cut_sample;
  DocumentSignature signature;
  std::vector<LineSignature> lines;
};

DuplicateOptions duplicate_options(const PrepareRun& run) {
  DuplicateOptions options = run.recipe.duplicates;
  options.memory_bytes = run.memory.duplicates;
  options.scratch_directory = run.state.work;
  return options;
}

LineDuplicateOptions line_options(const PrepareRun& run) {
  LineDuplicateOptions options = run.recipe.lines;
  options.memory_bytes = run.memory.lines;
  options.near_options.memory_bytes = run.memory.lines;
  options.near_options.scratch_directory = run.state.work;
  return options;
}

std::vector<fs::path> earlier(const PrepareRun& run, const char* name) {
  std::vector<fs::path> directories;
  for (const std::string& corpus : run.recipe.earlier) {
    require(fs::is_directory(fs::path(corpus) / name),
            "{}: there are no {} of an earlier run here (deduplicate.earlier names prepared corpora)", corpus, name);
    directories.push_back(fs::path(corpus) / name);
  }
  return directories;
}

// Runs on several threads at once: nothing here changes.
class Examiner {
 public:
  explicit Examiner(const PrepareRun& run) : recipe_(run.recipe), signer_(duplicate_options(run)), line_signer_(line_options(run)) {
    if (!recipe_.test_sets.empty()) contamination_.emplace(recipe_.test_sets, recipe_.decontamination);
  }

  Candidate examine(const RawDocument& document) const {
    const CorpusSource& source = recipe_.sources[static_cast<std::size_t>(document.source)];
    Candidate candidate;
    candidate.text = recipe_.normalize ? normalize_text(document.text, recipe_.normalizer) : document.text;
    if (candidate.text.empty()) return reject(std::move(candidate), "empty", "nothing is left after normalisation");
    if (recipe_.filter && source.filter) {
      const Verdict verdict = recipe_.quality.judge(candidate.text);
      if (!verdict.keep) return reject(std::move(candidate), verdict.rule, verdict.message());
    }
    if (contamination_ && !decontaminate(candidate)) return candidate;
    if (recipe_.identify_languages) candidate.language = text::identify_language(candidate.text).code;
    if (recipe_.exact_duplicates && source.deduplicate) {
      candidate.signature = signer_.sign(candidate.text);
    } else {
      candidate.signature.fingerprint = fingerprint(candidate.text);
    }
    if (recipe_.line_duplicates && source.deduplicate) candidate.lines = line_signer_.sign(candidate.text);
    return candidate;
  }

 private:
  static Candidate reject(Candidate candidate, const std::string& rule, const std::string& value) {
    candidate.rule = rule;
    candidate.value = value;
    return candidate;
  }

  // False when the document is rejected.
  bool decontaminate(Candidate& candidate) const {
    const std::vector<ContaminationHit> hits = contamination_->find(candidate.text, 1);
    if (hits.empty()) return true;
    const std::string value = fmt::format("{} ({}): \"{}\"", hits[0].record, contamination_->set_name(hits[0].set), hits[0].sample);
    if (recipe_.contamination_action == ContaminationAction::cut) {
      std::string rest = contamination_->without_passages(candidate.text);
      if (rest.find_first_not_of(" \t\r\n") != std::string::npos) {
        candidate.cut_bytes = static_cast<std::int64_t>(candidate.text.size() - rest.size());
        candidate.cut_sample = value;
        candidate.text = std::move(rest);
        return true;
      }
    }
    candidate.rule = "contamination";
    candidate.value = value;
    return false;
  }

  const CorpusRecipe& recipe_;
  DocumentSigner signer_;
  LineSigner line_signer_;
  std::optional<DecontaminationIndex> contamination_;
};

// The part of the stage that depends on the order of the documents.
class Selector {
 public:
  explicit Selector(PrepareRun& run) : run_(run) {
    const CorpusRecipe& recipe = run.recipe;
    const bool fresh = run.state.text_chunks() == 0;
    if (recipe.exact_duplicates) {
      const fs::path directory = run.out / signatures_name;
      if (fresh) fs::remove_all(directory);
      const MinHashOptions stored = stored_options(recipe.duplicates);
      std::vector<SignatureStore> stores;
      for (const fs::path& path : earlier(run, signatures_name)) stores.push_back(SignatureStore::open(path, &stored));
      SignatureStore own =
          fresh ? SignatureStore::create(directory, stored) : SignatureStore::append_to(directory, stored, run.state.signatures.back());
      index_.emplace(duplicate_options(run), std::move(own), std::move(stores));
    }
    if (recipe.line_duplicates) {
      const fs::path directory = run.out / lines_name;
      if (fresh) fs::remove_all(directory);
      lines_.emplace(fresh ? RepeatedLineCounter::create(directory, line_options(run), earlier(run, lines_name))
                           : RepeatedLineCounter::resume(directory, line_options(run), earlier(run, lines_name), run.state.line_documents));
    }
  }

  void add(const RawDocument& document, Candidate&& candidate) {
    SourceReport& report = run_.report.sources[static_cast<std::size_t>(document.source)];
    const auto bytes = static_cast<std::int64_t>(document.text.size());
    report.read.add(bytes);
    if (!candidate.rule.empty()) {
      run_.report.reject(document.source, candidate.rule, bytes,
                         {.place = document.place, .value = candidate.value, .text = document.text});
      return;
    }
    if (candidate.cut_bytes > 0) {
      report.changed["contamination"].add(candidate.cut_bytes);
      run_.report.samples.add(
          "contamination",
          {.place = document.place, .source = report.name, .value = "cut out: " + candidate.cut_sample, .text = document.text});
    }
    KeptDocument kept;
    if (index_ && run_.recipe.sources[static_cast<std::size_t>(document.source)].deduplicate) {
      const std::int64_t number = index_->kept();
      if (const auto match = index_->add(candidate.signature, document.place)) {
        reject_duplicate(document, candidate, *match);
        return;
      }
      kept.signature = number;
    }
    if (lines_ && run_.recipe.sources[static_cast<std::size_t>(document.source)].deduplicate) lines_->add(candidate.lines, document.place);
    if (!candidate.language.empty()) report.languages[candidate.language].add(static_cast<std::int64_t>(candidate.text.size()));
    kept.text = std::move(candidate.text);
    kept.place = document.place;
    kept.hash = candidate.signature.fingerprint.low;
    kept.source = document.source;
    kept_.push_back(std::move(kept));
  }

  // Makes the chunk durable: first what it consists of, then the journal's word for it.
  void commit(const RawChunk& chunk) {
    for (const RawDocument& bad : chunk.bad) {
      run_.report.sources[static_cast<std::size_t>(bad.source)].read.add(0);
      run_.report.reject(bad.source, "bad_input", 0, {.place = bad.place, .value = bad.text});
    }
    for (const InputFile& file : chunk.finished) run_.report.inputs.push_back(file);
    RunState& state = run_.state;
    write_text_chunk(state.text_chunk(state.text_chunks()), kept_);
    run_.point("text chunk written");
    if (index_) index_->commit();
    if (lines_) lines_->commit();
    run_.point("signatures written");
    state.signatures.push_back(index_ ? index_->kept() : 0);
    state.position = chunk.end;
    state.line_documents = lines_ ? lines_->documents() : 0;
    run_.record("text", {{"signatures", state.signatures.back()},
                         {"file", chunk.end.file},
                         {"ordinal", chunk.end.ordinal},
                         {"documents", chunk.end.documents},
                         {"line_documents", state.line_documents}});
    kept_.clear();
    run_.point("text chunk recorded");
  }

 private:
  void reject_duplicate(const RawDocument& document, const Candidate& candidate, const DuplicateMatch& match) {
    const std::string rule = match.exact ? "exact_duplicate" : "near_duplicate";
    RejectionSample sample{.place = document.place, .value = fmt::format("similarity {:.2f}", match.similarity), .text = candidate.text};
    if (run_.report.samples.wants(rule, document.place)) {
      sample.other_place =
          match.store < 0 ? match.name : fmt::format("{} ({})", match.name, run_.recipe.earlier[static_cast<std::size_t>(match.store)]);
      if (match.store < 0) sample.other_text = text_of(match.document);
    }
    run_.report.reject(document.source, rule, static_cast<std::int64_t>(document.text.size()), std::move(sample));
  }

  // The text of the document with this number among the signatures.
  std::string text_of(std::int64_t signature) const {
    for (const KeptDocument& document : kept_)
      if (document.signature == signature) return document.text;
    const std::vector<std::int64_t>& ends = run_.state.signatures;
    const auto chunk = std::upper_bound(ends.begin(), ends.end(), signature) - ends.begin();
    if (chunk == static_cast<std::ptrdiff_t>(ends.size())) return "";
    for (KeptDocument& document : read_text_chunk(run_.state.text_chunk(chunk)))
      if (document.signature == signature) return std::move(document.text);
    return "";
  }

  PrepareRun& run_;
  std::optional<DuplicateIndex> index_;
  std::optional<RepeatedLineCounter> lines_;
  std::vector<KeptDocument> kept_;  // of the chunk in work
};

}  // namespace

void select_documents(PrepareRun& run, const std::vector<SourceFile>& files) {
  const Examiner examiner(run);
  Selector selector(run);
  std::int64_t total = 0;
  for (const SourceFile& file : files) total += file.bytes;
  constexpr double kilobyte = 1e3;
  Progress progress("Reading", std::max<std::int64_t>(1, total / 1000), "kB", run.quiet);
  const Throughput throughput(run.report.read_bytes());
  ChunkSource source(run.recipe, files, run.state.position, run.memory.chunk);
  bool first = true;
  while (std::optional<RawChunk> chunk = source.next()) {
    std::vector<Candidate> candidates(chunk->documents.size());
    parallel_for(candidates.size(), run.threads, [&](std::size_t i) { candidates[i] = examiner.examine(chunk->documents[i]); });
    for (std::size_t i = 0; i < candidates.size(); ++i) selector.add(chunk->documents[i], std::move(candidates[i]));
    selector.commit(*chunk);
    const auto done = static_cast<std::int64_t>(chunk->read_bytes / kilobyte);
    if (first && run.state.text_chunks() > 1) progress.start_at(done);
    first = false;
    progress.update(std::max<std::int64_t>(1, done),
                    fmt::format("text {}, {} documents kept, {} rejected", throughput.of(run.report.read_bytes()),
                                format_count(static_cast<double>(run.report.read_documents() - run.report.rejected())),
                                format_count(static_cast<double>(run.report.rejected()))));
  }
  progress.finish();
  run.state.selected = true;
  run.record("selected", OrderedJson::object());
  run.point("selected");
}

std::optional<RepeatedLines> find_repeated_lines(const PrepareRun& run) {
  if (!run.recipe.line_duplicates) return std::nullopt;
  return RepeatedLineCounter::resume(run.out / lines_name, line_options(run), earlier(run, lines_name), run.state.line_documents).finish();
}

}  // namespace fathom::data

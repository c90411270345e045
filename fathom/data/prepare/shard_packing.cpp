#include "fathom/data/prepare/shard_packing.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/progress.h"
#include "fathom/base/rng.h"
#include "fathom/data/prepare/mixing.h"
#include "fathom/data/token_corpus.h"
#include "fathom/data/token_file_writer.h"

namespace fathom::data {
namespace {

constexpr std::uint64_t order_stream = 0x6f72646572;

// A document of a token chunk, as the stage sees it.
struct Place {
  std::int64_t chunk = 0, document = 0;  // in the chunk
  std::int64_t position = 0;             // among all kept documents
};

// Calls visit(file, place) for every kept document in order, one chunk open at a time.
template <typename Visit>
void for_each_kept(const RunState& state, const Visit& visit) {
  Place place;
  for (place.chunk = 0; place.chunk < state.token_chunks; ++place.chunk) {
    const TokenFile file = TokenFile::open(state.token_chunk(place.chunk));
    for (place.document = 0; place.document < file.documents(); ++place.document, ++place.position) visit(file, place);
  }
}

// Writes one split's shards, passing over those that an earlier run finished.
class ShardWriter {
 public:
  ShardWriter(PrepareRun& run, std::string split) : run_(run), split_(std::move(split)), finished_(run.state.shards[split_].size()) {
    info_ = {run.tokenizer.fingerprint(), run.tokenizer.vocab_size(), {}};
    for (const CorpusSource& source : run.recipe.sources) info_.sources.push_back(source.name);
    std::filesystem::create_directories(run.out / split_);
  }

  void append(const TokenFileDocument& document, const std::vector<text::TokenId>& ids) {
    const auto count = static_cast<std::int64_t>(ids.size());
    if (tokens_ > 0 && tokens_ + count > run_.recipe.shard_tokens) close();
    if (index_ >= finished_) {
      if (!writer_) writer_.emplace(run_.out / name(), info_, run_.memory.spill);
      writer_->append(document, ids);
    }
    tokens_ += count;
  }

  void close() {
    if (tokens_ == 0) return;
    tokens_ = 0;
    ++index_;
    if (!writer_) return;
    ShardEntry entry;
    entry.file = name(index_ - 1);
    entry.tokens = writer_->tokens();
    entry.documents = writer_->documents();
    entry.text_bytes = writer_->text_bytes();
    const WrittenFile written = writer_->commit();
    entry.bytes = written.bytes;
    entry.sha256 = written.sha256;
    writer_.reset();
    run_.point("shard written");
    run_.state.shards[split_].push_back(entry);
    run_.record("shard", {{"split", split_}, {"shard", to_json(entry)}});
    run_.point("shard recorded");
  }

 private:
  std::string name() const { return name(index_); }
  std::string name(std::size_t index) const { return fmt::format("{}/shard-{:05}.safetensors", split_, index); }

  PrepareRun& run_;
  std::string split_;
  std::size_t finished_, index_ = 0;
  TokenFileInfo info_;
  std::int64_t tokens_ = 0;  // of the shard in work
  std::optional<TokenFileWriter> writer_;
};

// How many copies of a document go into the split; 0: none.
class Copies {
 public:
  Copies(const PrepareRun& run, bool validation, std::vector<double> factors)
      : recipe_(run.recipe), validation_(validation), factors_(std::move(factors)) {}
  std::int64_t operator()(const TokenFile& file, const Place& place) const {
    const std::uint64_t hash = file.document_hash(place.document);
    if (recipe_.is_validation(hash, place.position) != validation_) return 0;
    if (validation_) return 1;
    return copies_of(hash, factors_[static_cast<std::size_t>(file.document_source(place.document))], recipe_.seed);
  }

 private:
  const CorpusRecipe& recipe_;
  bool validation_;
  std::vector<double> factors_;
};

TokenFileDocument document_of(const TokenFile& file, std::int64_t document) {
  return {file.document_hash(document), file.document_bytes(document), file.document_source(document)};
}

std::vector<text::TokenId> tokens_of(const TokenFile& file, std::int64_t document) {
  const std::int64_t begin = file.document_begin(document), count = file.document_begin(document + 1) - begin;
  std::vector<std::int64_t> wide(static_cast<std::size_t>(count));
  file.read(begin, count, wide.data());
  return {wide.begin(), wide.end()};
}

// Copy after copy, each in the order of the input.
void write_in_order(const PrepareRun& run, const Copies& copies, ShardWriter& writer) {
  std::int64_t most = 1;
  for (std::int64_t copy = 0; copy < most; ++copy) {
    for_each_kept(run.state, [&](const TokenFile& file, const Place& place) {
      const std::int64_t wanted = copies(file, place);
      most = std::max(most, wanted);
      if (copy < wanted) writer.append(document_of(file, place.document), tokens_of(file, place.document));
    });
  }
  writer.close();
}

// In the order of a hash of place and copy. Documents whose hashes fall into one of `buckets` equal parts of the range are held in memory
// together, so that the chunks are read through once a bucket, and the order is the same whatever their number.
void write_shuffled(const PrepareRun& run, const Copies& copies, std::int64_t buckets, ShardWriter& writer) {
  struct Entry {
    std::uint64_t key;
    std::int64_t position, copy;
    TokenFileDocument document;
    std::shared_ptr<const std::vector<text::TokenId>> ids;
  };
  for (std::int64_t bucket = 0; bucket < buckets; ++bucket) {
    std::vector<Entry> entries;
    for_each_kept(run.state, [&](const TokenFile& file, const Place& place) {
      const std::int64_t wanted = copies(file, place);
      std::shared_ptr<const std::vector<text::TokenId>> ids;
      Rng rng(run.recipe.seed ^ order_stream ^ file.document_hash(place.document), static_cast<std::uint64_t>(place.position));
      for (std::int64_t copy = 0; copy < wanted; ++copy) {
        const std::uint64_t key = rng.next_u64();
        if (static_cast<std::int64_t>((key >> 32) * static_cast<std::uint64_t>(buckets) >> 32) != bucket) continue;
        if (!ids) ids = std::make_shared<const std::vector<text::TokenId>>(tokens_of(file, place.document));
        entries.push_back({key, place.position, copy, document_of(file, place.document), ids});
      }
    });
    std::sort(entries.begin(), entries.end(),
              [](const Entry& a, const Entry& b) { return std::tuple(a.key, a.position, a.copy) < std::tuple(b.key, b.position, b.copy); });
    for (const Entry& entry : entries) writer.append(entry.document, *entry.ids);
  }
  writer.close();
}

void write_split(PrepareRun& run, const std::string& split, const Copies& copies, std::int64_t tokens) {
  ShardWriter writer(run, split);
  if (!run.recipe.shuffle) return write_in_order(run, copies, writer);
  const std::int64_t bytes = tokens * static_cast<std::int64_t>(sizeof(text::TokenId));
  write_shuffled(run, copies, 1 + bytes / run.memory.bucket, writer);
}

// Says where mixing.max_repeat held a source back from the share that it was given.
void warn_of_shares(const std::vector<SourceReport>& sources, std::int64_t train_tokens, double max_repeat) {
  double weights = 0;
  for (const SourceReport& source : sources) weights += source.weight;
  for (const SourceReport& source : sources) {
    if (source.weight == 0 || source.repeat < max_repeat) continue;
    fmt::print(
        stderr,
        "fathom: warning: source '{}' has {:.1f}% of the training tokens instead of {:.1f}%: all of it is there {} times, the most that "
        "mixing.max_repeat allows; lower mixing.tokens or raise mixing.max_repeat\n",
        source.name, 100.0 * static_cast<double>(source.train_tokens) / static_cast<double>(train_tokens), 100 * source.weight / weights,
        max_repeat);
  }
}

}  // namespace

void pack_shards(PrepareRun& run) {
  std::vector<SourceReport>& sources = run.report.sources;
  std::vector<MixingSource> mixing;
  for (SourceReport& source : sources) {
    source.train_documents = source.train_tokens = source.validation_documents = source.validation_tokens = 0;
    mixing.push_back({source.name, source.weight, source.repeat, 0});
  }
  const auto size_of = [](const TokenFile& file, std::int64_t document) {
    return file.document_begin(document + 1) - file.document_begin(document);
  };
  for_each_kept(run.state, [&](const TokenFile& file, const Place& place) {
    const auto index = static_cast<std::size_t>(file.document_source(place.document));
    const std::int64_t tokens = size_of(file, place.document);
    if (run.recipe.is_validation(file.document_hash(place.document), place.position)) {
      ++sources[index].validation_documents;
      sources[index].validation_tokens += tokens;
    } else {
      mixing[index].tokens += tokens;
    }
  });
  const std::vector<double> factors = repeat_factors(mixing, run.recipe.mixing_tokens, run.recipe.max_repeat);
  const Copies train(run, false, factors), validation(run, true, factors);
  for_each_kept(run.state, [&](const TokenFile& file, const Place& place) {
    const auto index = static_cast<std::size_t>(file.document_source(place.document));
    const std::int64_t copies = train(file, place);
    sources[index].train_documents += copies;
    sources[index].train_tokens += copies * size_of(file, place.document);
  });
  std::int64_t train_tokens = 0, validation_tokens = 0;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    sources[i].repeat = factors[i];
    train_tokens += sources[i].train_tokens;
    validation_tokens += sources[i].validation_tokens;
  }
  require(train_tokens > 0,
          "no document is left for training: {}; {} tokens went to validation, and the sources' repeat factors keep no other",
          run.report.rejections(), validation_tokens);
  warn_of_shares(sources, train_tokens, run.recipe.max_repeat);
  if (!run.quiet) fmt::print(stderr, "Packing {} tokens\n", format_count(static_cast<double>(train_tokens + validation_tokens)));
  write_split(run, "train", train, train_tokens);
  if (validation_tokens > 0) {
    write_split(run, "validation", validation, validation_tokens);
  } else if (run.recipe.validation_fraction > 0 && !run.quiet) {
    fmt::print(stderr, "Note: too few documents to keep {} of them apart; there is no validation split\n", run.recipe.validation_fraction);
  }
}

}  // namespace fathom::data

#include "fathom/search/index_build.h"

#include <memory>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/index/document_store.h"
#include "fathom/pages/load_page_encoder.h"
#include "fathom/search/learn_ranking.h"

namespace fathom::search {
namespace {

constexpr const char* first_encoder = "encoder-1";

void say(const IndexWork& work, const std::string& step) {
  if (work.step) work.step(step);
}

pages::PageReadOptions reading(const IndexWork& work) {
  pages::PageReadOptions read = work.read;
  read.memory = work.memory / 2;
  read.threads = work.threads;
  return read;
}

index::PageWriterOptions writing(const IndexWork& work) {
  index::PageWriterOptions options{.threads = work.threads, .memory = work.memory / 2};
  if (work.progress) options.encoding = [&work](std::int64_t done, std::int64_t total) { work.progress(done, total, "page"); };
  return options;
}

pages::PageReadReport read_into(index::PageWriter& writer, const std::vector<std::string>& inputs, index::OnSameId same_id,
                                const IndexWork& work, std::int64_t& replaced) {
  const auto progress = [&](std::int64_t done, std::int64_t total) {
    if (work.progress) work.progress(done, total, "byte");
  };
  return pages::for_each_page(
      inputs, reading(work), [&](const index::PreparedPage& page, const std::string&) { replaced += writer.add(page, same_id) ? 1 : 0; },
      progress);
}

// A name that no encoder of the index has.
std::string next_encoder_folder(const std::string& before) {
  if (!before.starts_with(index::encoder_prefix)) return first_encoder;
  return index::encoder_prefix + std::to_string(std::stoll(before.substr(std::string(index::encoder_prefix).size())) + 1);
}

std::unique_ptr<index::PageEncoder> place_encoder(index::PageWriter& writer, const std::filesystem::path& directory,
                                                  const IndexBuildOptions& options) {
  const std::string folder = next_encoder_folder(writer.state().encoder);
  if (options.encoder.empty()) {
    say(options, "training word vectors on the pages");
    pages::WordVectorEncoderOptions training = options.word_vectors;
    training.seed = options.seed;
    training.threads = options.threads;
    // Counting neighbours takes about 40 bytes a word of text at worst.
    training.most_words = std::min(training.most_words, options.memory / 40);
    pages::train_word_vector_encoder(writer, training).save(directory / folder);
  } else {
    pages::load_page_encoder(options.encoder);  // before it is copied: what is wrong is named by the user's path
    AtomicDirectory copy(directory / folder);
    std::filesystem::copy(options.encoder, copy.path(),
                          std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
    copy.commit();
  }
  auto encoder = pages::load_page_encoder(directory / folder);
  writer.use_encoder(*encoder, folder);
  return encoder;
}

void learn(const std::filesystem::path& directory, index::PageWriter& writer, const IndexBuildOptions& options) {
  Searcher searcher(directory, {.verify = false});  // it was written just now
  std::vector<RankingExample> examples;
  std::string from = "queries of " + options.queries;
  Evidence evidence = judged_evidence;
  if (options.queries.empty()) {
    say(options, "learning the ranking from pseudo queries");
    examples = pseudo_examples(searcher, options.seed);
    from = "pseudo queries";
    evidence = pseudo_evidence;
  } else {
    say(options, "learning the ranking from judged queries");
    examples = judged_examples(searcher, read_judged_queries(options.queries, options.judgements));
  }
  if (examples.empty()) return;
  writer.set_ranking(learn_ranking(examples, from, evidence).to_json().dump());
  writer.commit();
}

}  // namespace

OpenIndex open_for_writing(const std::filesystem::path& directory, const index::PageWriterOptions& options) {
  const index::PageIndexState state = index::read_state(index::open_page_database(directory, index::Database::Access::read));
  OpenIndex open;
  if (!state.encoder.empty()) open.encoder = pages::load_page_encoder(directory / state.encoder);
  open.writer = std::make_unique<index::PageWriter>(directory, open.encoder.get(), options);
  return open;
}

IndexReport build_index(const IndexBuildOptions& options, const std::filesystem::path& out) {
  if (options.queries.empty() != options.judgements.empty())
    fail_usage("queries and their judgements belong together: give both or neither");
  require_replaceable(out, {"index.sqlite*", "writer.lock", index::segments_folder, "encoder-*"});
  // Whoever is changing the index that is to be replaced would lose what it does.
  std::optional<index::WriterLock> lock;
  if (std::filesystem::exists(out / index::store_file)) lock.emplace(out);
  AtomicDirectory directory(out);
  IndexReport report;
  index::PageWriter::create(directory.path(), options.settings);
  {
    index::PageWriter writer(directory.path(), nullptr, writing(options));
    say(options, "reading pages");
    report.read = read_into(writer, options.inputs, index::OnSameId::refuse, options, report.replaced);
    require(report.read.pages > 0, "no page was found in {}{}", options.inputs.front(),
            options.inputs.size() > 1 ? " and the other inputs" : "");
    const auto encoder = place_encoder(writer, directory.path(), options);
    say(options, "encoding pages");
    writer.commit();
    learn(directory.path(), writer, options);
    writer.compact();
    report.pages = writer.state().pages;
  }
  directory.commit();
  return report;
}

IndexReport add_to_index(const std::filesystem::path& directory, const std::vector<std::string>& inputs, const IndexWork& work) {
  OpenIndex open = open_for_writing(directory, writing(work));
  IndexReport report;
  say(work, "reading pages");
  report.read = read_into(*open.writer, inputs, index::OnSameId::replace, work, report.replaced);
  say(work, "encoding pages");
  open.writer->commit();
  report.pages = open.writer->state().pages;
  return report;
}

IndexReport remove_from_index(const std::filesystem::path& directory, const std::vector<std::string>& ids, bool ignore_missing) {
  OpenIndex open = open_for_writing(directory);
  IndexReport report;
  for (const std::string& id : ids) {
    const bool removed = open.writer->remove(id);
    require(removed || ignore_missing, "{}: there is no page with the id '{}'; nothing was removed", directory.string(), id);
    report.removed += removed ? 1 : 0;
  }
  if (report.removed > 0) open.writer->commit();
  report.pages = open.writer->state().pages;
  return report;
}

}  // namespace fathom::search

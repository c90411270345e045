#include "fathom/search/index_build.h"

#include <memory>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/index/document_store.h"
#include "fathom/pages/load_page_encoder.h"
#include "fathom/search/index_check.h"
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

pages::PageReadReport read_into(index::PageWriter& writer, const std::vector<std::string>& inputs, index::OnSameId same_id,
                                const IndexWork& work, std::int64_t& replaced) {
  const auto progress = [&](std::int64_t done, std::int64_t total) {
    if (work.progress) work.progress(done, total, "byte");
  };
  return pages::for_each_page(
      inputs, reading(work), [&](const index::PreparedPage& page, const std::string&) { replaced += writer.add(page, same_id) ? 1 : 0; },
      progress);
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
    copy_encoder(options.encoder, directory / folder);
  }
  auto encoder = pages::load_page_encoder(directory / folder);
  writer.use_encoder(*encoder, folder);
  return encoder;
}

void learn(const std::filesystem::path& directory, index::PageWriter& writer, const IndexBuildOptions& options) {
  Searcher searcher(directory, {.verify = false});  // it was written just now
  say(options, "learning the ranking from " + options.ranking.name());
  const auto learnt = learn_ranking(searcher, options.ranking);
  if (!learnt) return;
  writer.set_ranking(learnt->ranking.to_json().dump());
  writer.commit();
}

}  // namespace

index::PageWriterOptions writer_options(const IndexWork& work) {
  index::PageWriterOptions options{.threads = work.threads, .memory = work.memory / 2};
  if (work.progress) options.encoding = [&work](std::int64_t done, std::int64_t total) { work.progress(done, total, "page"); };
  return options;
}

std::string next_encoder_folder(const std::string& before) {
  if (!before.starts_with(index::encoder_prefix)) return first_encoder;
  return index::encoder_prefix + std::to_string(std::stoll(before.substr(std::string(index::encoder_prefix).size())) + 1);
}

void copy_encoder(const std::filesystem::path& from, const std::filesystem::path& to) {
  pages::load_page_encoder(from);  // before it is copied: what is wrong is named by the user's path
  AtomicDirectory copy(to);
  std::filesystem::copy(from, copy.path(), std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
  copy.commit();
}

OpenIndex open_for_writing(const std::filesystem::path& directory, const index::PageWriterOptions& options) {
  const index::PageIndexState state = index::read_state(index::open_page_database(directory, index::Database::Access::read));
  OpenIndex open;
  open.encoder = load_index_encoder(directory, state);
  open.writer = std::make_unique<index::PageWriter>(directory, open.encoder.get(), options);
  return open;
}

IndexReport build_index(const IndexBuildOptions& options, const std::filesystem::path& out) {
  options.ranking.check();
  require_replaceable(out, {"index.sqlite*", "writer.lock", index::segments_folder, "encoder-*", ".encoder-*"});
  // Whoever is changing the index that is to be replaced would lose what it does.
  std::optional<index::WriterLock> lock;
  if (std::filesystem::exists(out / index::store_file)) lock.emplace(out);
  AtomicDirectory directory(out);
  IndexReport report;
  index::PageWriter::create(directory.path(), options.settings);
  {
    index::PageWriter writer(directory.path(), nullptr, writer_options(options));
    say(options, "reading pages");
    report.read = read_into(writer, options.inputs, index::OnSameId::refuse, options, report.replaced);
    require(report.read.pages > 0, "no page was found in {}{}", options.inputs.front(),
            options.inputs.size() > 1 ? " and the other inputs" : "");
    const auto encoder = place_encoder(writer, directory.path(), options);
    say(options, "encoding pages");
    writer.set_vector_search(index::VectorSearch::exact);  // the ranking is learnt from what there is; cells wait for the last segment
    writer.commit();
    learn(directory.path(), writer, options);
    writer.set_vector_search(options.settings.vector_search);
    say(options, "merging");
    writer.compact();
    report.pages = writer.state().pages;
  }
  directory.commit();
  return report;
}

IndexReport add_to_index(const std::filesystem::path& directory, const std::vector<std::string>& inputs, const IndexWork& work) {
  OpenIndex open = open_for_writing(directory, writer_options(work));
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

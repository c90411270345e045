#include "fathom/search/encoder_trial.h"

#include "fathom/base/error.h"
#include "fathom/index/document_store.h"
#include "fathom/pages/load_page_encoder.h"

namespace fathom::search {
namespace {

// PageWriter takes it for a leftover by its name, so that a killed trial's is removed.
constexpr const char* copy_folder = ".encoder-trial";
constexpr std::int64_t bytes_beside_codes = 8;  // of a vector in a segment: its scale and its sentence

std::int64_t bytes_below(const std::filesystem::path& directory) {
  std::int64_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory))
    if (entry.is_regular_file()) bytes += static_cast<std::int64_t>(entry.file_size());
  return bytes;
}

// About what the trial writes: the text, the encoder, and as many vectors as there are now (at most so many a page where there are none).
void require_room(const std::filesystem::path& directory, const std::string& encoder, std::int64_t width) {
  const index::Database database = index::open_page_database(directory, index::Database::Access::read);
  const index::PageIndexState state = index::read_state(database);
  std::int64_t vectors = 0;
  for (const index::SegmentRow& segment : index::read_segments(database)) vectors += segment.rows;
  if (vectors == 0) vectors = state.pages * state.settings.most_vectors;
  const std::int64_t needed = static_cast<std::int64_t>(std::filesystem::file_size(directory / index::store_file)) + bytes_below(encoder) +
                              vectors * (width + bytes_beside_codes);
  const auto free = static_cast<std::int64_t>(std::filesystem::space(directory).available);
  require(free >= needed, "{}: another encoder needs about {} MB of room for a while, and the disk has {} MB; nothing was changed",
          directory.string(), needed / 1'000'000 + 1, free / 1'000'000);
}

}  // namespace

EncoderTrial::EncoderTrial(const std::filesystem::path& directory, const std::string& encoder, const RankingSource& ranking,
                           const IndexWork& work)
    : directory_(directory), copy_(directory / copy_folder) {
  ranking.check();
  writer_ = std::make_unique<index::PageWriter>(directory, nullptr);
  present_fingerprint_ = writer_->state().fingerprint;
  {
    const auto given = pages::load_page_encoder(encoder);
    require(given->fingerprint() != present_fingerprint_, "{}: the index has this encoder already (fingerprint {}); nothing was changed",
            directory.string(), present_fingerprint_.substr(0, 12));
    require_room(directory, encoder, given->width());
  }
  const auto say = [&](const std::string& step) {
    if (work.step) work.step(step);
  };
  present_ = std::make_unique<Searcher>(directory);
  try {
    say("copying the text");
    writer_->copy_text(copy_);
    index::PageWriter copy(copy_, nullptr, writer_options(work));
    const std::string folder = next_encoder_folder(writer_->state().encoder);
    copy_encoder(encoder, copy_ / folder);
    encoder_ = pages::load_page_encoder(copy_ / folder);
    copy.use_encoder(*encoder_, folder);
    say("encoding pages");
    copy.commit();
    tried_ = std::make_unique<Searcher>(copy_, SearcherOptions{.verify = false});  // it was written just now
    say("learning the ranking from " + ranking.name());
    ranking_ = learn_ranking(*tried_, ranking);
    if (ranking_) {
      copy.set_ranking(ranking_->ranking.to_json().dump());
      copy.commit();
    }
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove_all(copy_, ignored);
    throw;
  }
}

EncoderTrial::~EncoderTrial() {
  std::error_code ignored;
  std::filesystem::remove_all(copy_, ignored);
}

void EncoderTrial::take() { writer_->adopt(copy_, *encoder_); }

}  // namespace fathom::search

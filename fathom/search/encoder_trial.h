// Another encoder for an index that is there. It is tried on a copy inside the index's directory, while searches go on with what the index
// has, and then taken over in one commit, vectors and ranking together, or not. A kill at any moment leaves the index as it was or as it
// should be; the next writer removes what a killed trial left.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "fathom/search/index_build.h"
#include "fathom/search/ranking_source.h"
#include "fathom/search/searcher.h"

namespace fathom::search {

class EncoderTrial {
 public:
  // Encodes all pages by the encoder of this directory (which is copied) and learns the ranking anew. `work` must live as long as the
  // trial. Other writers wait until it ends. Throws Error: no index, another writer, no page encoder or one of another version, the encoder
  // that the index has already, not enough room on the disk.
  EncoderTrial(const std::filesystem::path& directory, const std::string& encoder, const RankingSource& ranking, const IndexWork& work);
  ~EncoderTrial();
  EncoderTrial(const EncoderTrial&) = delete;
  EncoderTrial& operator=(const EncoderTrial&) = delete;

  Searcher& present() { return *present_; }  // the index as it is
  Searcher& tried() { return *tried_; }      // as it would be
  const std::string& present_fingerprint() const { return present_fingerprint_; }
  const std::string& tried_fingerprint() const { return encoder_->fingerprint(); }
  // What was learnt; nullopt: too few pages, and the ranking has its defaults.
  const std::optional<LearntRanking>& ranking() const { return ranking_; }

  // The index takes it over. At most once.
  void take();

 private:
  std::filesystem::path directory_, copy_;
  std::string present_fingerprint_;
  std::unique_ptr<index::PageWriter> writer_;  // of the index; holds its lock
  std::unique_ptr<index::PageEncoder> encoder_;
  std::unique_ptr<Searcher> present_, tried_;
  std::optional<LearntRanking> ranking_;
};

}  // namespace fathom::search

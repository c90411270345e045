// Making and changing page indexes from files: what `fathom index` and servers do.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "fathom/index/page_writer.h"
#include "fathom/pages/page_source.h"
#include "fathom/pages/word_vector_page_encoder.h"
#include "fathom/search/ranking_source.h"

namespace fathom::search {

struct IndexWork {
  pages::PageReadOptions read;
  std::int64_t memory = std::int64_t{1} << 30;
  int threads = 0;
  std::function<void(const std::string& step)> step = {};                                      // what is being done
  std::function<void(std::int64_t done, std::int64_t total, const char* unit)> progress = {};  // of it
};

struct IndexBuildOptions : IndexWork {
  std::vector<std::string> inputs;
  index::PageIndexSettings settings;
  std::string encoder;  // a directory of a page encoder, which is copied; empty: one of word vectors is made
  pages::WordVectorEncoderOptions word_vectors;
  RankingSource ranking;
  std::uint64_t seed = 1;  // of word vectors
};

struct IndexReport {
  pages::PageReadReport read;
  std::int64_t replaced = 0, removed = 0, pages = 0, segments = 0;
};

// Writes an index directory; it appears complete or not at all, in place of an earlier one. Throws Error as the readers do, and when
// another writer is changing the index that is there.
IndexReport build_index(const IndexBuildOptions& options, const std::filesystem::path& out);

// Adds pages, in one commit; a page of an id that is there already takes its place.
IndexReport add_to_index(const std::filesystem::path& directory, const std::vector<std::string>& inputs, const IndexWork& work);

// Removes the pages of these ids, in one commit. Throws Error naming an id that is not there, before anything is changed, unless told
// otherwise.
IndexReport remove_from_index(const std::filesystem::path& directory, const std::vector<std::string>& ids, bool ignore_missing);

// A name that no encoder of the index has, whose encoder has the name `before` (empty: none).
std::string next_encoder_folder(const std::string& before);

// Copies a directory of a page encoder that a user named. Throws Error when it is none, before anything is written.
void copy_encoder(const std::filesystem::path& from, const std::filesystem::path& to);

// How a writer does this work.
index::PageWriterOptions writer_options(const IndexWork& work);

// The writer of an index with the index's own encoder.
struct OpenIndex {
  std::unique_ptr<index::PageEncoder> encoder;  // null: the index has none
  std::unique_ptr<index::PageWriter> writer;
};
OpenIndex open_for_writing(const std::filesystem::path& directory, const index::PageWriterOptions& options = {});

}  // namespace fathom::search

// The SQLite half of a page index (docs/index-format.md): its tables, and what one commit says about the whole directory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/index/sqlite.h"

namespace fathom::index {

constexpr const char* pages_kind = "pages";
constexpr std::int64_t page_index_version = 2;         // written
constexpr std::int64_t oldest_page_index_version = 1;  // read: without questions; whoever changes such an index makes it version 2
constexpr const char* segments_folder = "segments";
constexpr const char* encoder_prefix = "encoder-";  // of the folders of encoders; the commit names the one that counts

// How the vectors of a segment are searched: every one is compared, or those of some cells (vector_cells.h). `automatic`: cells from
// cells_from vectors on.
enum class VectorSearch { automatic, exact, approximate };
// An exact pass over fewer takes a few milliseconds, about what the other parts of a search take (docs/benchmarks.md).
constexpr std::int64_t cells_from = 200'000;
std::string_view name_of(VectorSearch search);
// "auto", "exact", "approximate". Throws UsageError for another name.
VectorSearch vector_search_of(std::string_view name);

struct PageIndexSettings {
  std::int64_t most_vectors = 8;  // of a page; 1 to most_vectors_per_page; fixed when an index is made, as is the next
  bool stems = true;              // whether BM25 takes English endings off
  VectorSearch vector_search = VectorSearch::automatic;  // may be changed later (PageWriter::set_vector_search)
};

// A row of `segments`: a file with the vectors of the pages first <= number <= last that were there when it was written.
struct SegmentRow {
  std::string name;  // of the file in the folder `segments`
  std::int64_t first = 0, last = 0;
  std::int64_t pages = 0, rows = 0, bytes = 0;
  std::string sha256;
};

// A row of `cells`: the file with a segment's cells.
struct CellsRow {
  std::string segment, name;
  std::int64_t bytes = 0;
  std::string sha256;
  std::int64_t cells = 0, probes = 0;
  double recall_10 = 0, recall_100 = 0;  // of the best pages, as measured when they were made (vector_cells.h)
};

// The table `meta` and what else a commit states as a whole.
struct PageIndexState {
  PageIndexSettings settings;
  std::int64_t generation = 0;       // grows by one with every commit
  std::int64_t next_segment = 1;     // names are never used twice
  std::int64_t encoded_through = 0;  // pages with greater numbers have no vectors yet
  std::int64_t pages = 0;
  std::int64_t tokens = 0;  // words of all titles, texts and questions, as BM25 counts them
  std::string encoder;      // folder of the encoder; empty: none yet, the index has text only
  std::string fingerprint;  // of the encoder
  std::int64_t width = 0;   // of its vectors
  std::string ranking;      // how scores are fused and calibrated (JSON of room search); empty: not learnt
  std::int64_t version = page_index_version;
  double question_weight = 1.0;  // of a word in a page's questions, to BM25; a word of title or text counts 1
};

// Makes the tables of an empty index.
Database create_page_database(const std::filesystem::path& directory, const PageIndexSettings& settings);

// Throws Error: no index, of another kind or version.
Database open_page_database(const std::filesystem::path& directory, Database::Access access);

// Makes an index of an older version one of this version, in one commit: BM25's table is written anew. Nothing to do otherwise. For the one
// writer of the index.
void upgrade_page_database(Database& database);

PageIndexState read_state(const Database& database);
void write_state(const Database& database, const PageIndexState& state);
std::vector<SegmentRow> read_segments(const Database& database);  // ascending

// The table of cells, where it is not there yet.
void make_cells_table(Database& database);
std::vector<CellsRow> read_cells(const Database& database);  // none in an index of a program that knew no cells

std::filesystem::path segment_path(const std::filesystem::path& directory, const std::string& name);

}  // namespace fathom::index

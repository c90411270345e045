// An index's encoder, and looking at the whole of an index.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "fathom/index/page_database.h"
#include "fathom/index/page_encoder.h"

namespace fathom::search {

// The encoder that an index names, null when it names none. Throws Error: missing, damaged, or not the one the vectors were made with.
std::unique_ptr<index::PageEncoder> load_index_encoder(const std::filesystem::path& directory, const index::PageIndexState& state);

// What is wrong with an index (index/page_check.h) or its encoder, a sentence a finding; empty: nothing. Reads every byte.
std::vector<std::string> check_index(const std::filesystem::path& directory);

}  // namespace fathom::search

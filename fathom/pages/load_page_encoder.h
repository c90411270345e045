// The encoder of a directory, whatever kind it is.
#pragma once

#include <filesystem>
#include <memory>

#include "fathom/index/page_encoder.h"

namespace fathom::pages {

// By `model_type` of the directory's config.json. Throws Error: no such directory, a type that this program does not know, damaged files.
std::unique_ptr<index::PageEncoder> load_page_encoder(const std::filesystem::path& directory);

}  // namespace fathom::pages

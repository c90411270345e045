// The pages of an index as records: what `fathom index train` learns on, and what `fathom index build` reads.
#pragma once

#include <cstdint>
#include <filesystem>

namespace fathom::search {

// Writes {"id", "title", "text", "url" unless empty, metadata} a line, in the order in which the pages came; the file appears complete or
// not at all. The text is that of the index, so that sentences have the ordinals that the index and its click log know them by. Returns how
// many. Throws Error as PageReader and AtomicFile.
std::int64_t export_pages(const std::filesystem::path& index, const std::filesystem::path& out);

}  // namespace fathom::search

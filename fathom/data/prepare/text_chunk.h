// Chunks of kept documents on disk between selection and tokenisation. Private to the room, and to one machine: not portable.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace fathom::data {

struct KeptDocument {
  std::string text, place;
  std::uint64_t hash = 0;
  std::int32_t source = 0;
  std::int64_t signature = -1;  // its number among the signatures of this run; -1: it has none
};

// Atomic and durable. Throws Error when the disk is full.
void write_text_chunk(const std::filesystem::path& path, const std::vector<KeptDocument>& documents);
// Throws Error when the file is damaged.
std::vector<KeptDocument> read_text_chunk(const std::filesystem::path& path);

}  // namespace fathom::data

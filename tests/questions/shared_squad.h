// Where the SQuAD files are that are no part of the repository.
#pragma once

#include <cstdlib>
#include <filesystem>

namespace fathom::questions {

// Empty when they are not there.
inline std::filesystem::path shared_squad() {
  const char* set = std::getenv("FATHOM_SHARED");
  const std::filesystem::path directory = std::filesystem::path(set != nullptr ? set : "../shared") / "data/squad";
  return std::filesystem::exists(directory / "train-v1.1.json.xz") ? directory : std::filesystem::path();
}

}  // namespace fathom::questions

// What the fuzz targets share: an input as a file on disk, and the rule that bad input ends in fathom::Error and nothing else.
#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "fathom/base/error.h"

namespace fathom::fuzz {

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) { return {reinterpret_cast<const char*>(data), size}; }

// The input as a file; the same name for every input of a process, in memory where the system has a place for that.
inline std::filesystem::path as_file(const std::uint8_t* data, std::size_t size, const std::string& suffix) {
  static const std::filesystem::path directory = [] {
    const std::filesystem::path memory = "/dev/shm";
    const auto place = (std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path()) /
                       ("fathom-fuzz-" + std::to_string(::getpid()));
    std::filesystem::create_directories(place);
    return place;
  }();
  const auto path = directory / ("input" + suffix);
  std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  return path;
}

// Runs `parse`; every other exception than Error escapes and counts as a finding.
template <typename Parse>
int expect_error_or_success(Parse&& parse) {
  try {
    parse();
  } catch (const Error&) {
    return 0;
  }
  return 0;
}

}  // namespace fathom::fuzz

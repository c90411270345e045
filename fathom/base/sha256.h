// SHA-256 (FIPS 180-4): the digest that `sha256sum` prints, so that what a manifest says can be checked with ordinary tools.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace fathom {

class Sha256 {
 public:
  void update(std::string_view bytes);
  // The digest of everything so far as 64 hexadecimal digits. The object is used up: begin a new one for another message.
  std::string finish();

 private:
  void block(const unsigned char* bytes);

  std::array<std::uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<unsigned char, 64> pending_{};
  std::uint64_t size_ = 0;  // bytes so far
};

std::string sha256(std::string_view bytes);
// Of the file's bytes as they lie on disk (compressed files are not opened up). Throws Error when it cannot be read.
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace fathom

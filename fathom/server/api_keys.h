// Keys that let programs in. A file of keys holds no key, only hashes: one line a key, "NAME ROLE SHA256".
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fathom::server {

// search: everything that reads, and reporting clicks. manage: that and changing documents.
enum class Role { search, manage };

class ApiKeys {
 public:
  // Throws Error with file:line for a line of another form, a name given twice, or a file without keys.
  static ApiKeys read(const std::filesystem::path& file);

  // Makes a key of 256 random bits, adds its hash to the file (made if missing, readable by its owner only) and returns the key, which is
  // stored nowhere. Throws Error: a name that is taken or has white space, no randomness, a file that cannot be written.
  static std::string create(const std::filesystem::path& file, const std::string& name, Role role);

  struct Owner {
    std::string name;
    Role role;
  };
  // Who has this key, or nullopt. Compares with every key in constant time.
  std::optional<Owner> find(std::string_view key) const;

 private:
  struct Entry {
    std::string name;
    Role role;
    std::string hash;
  };
  std::vector<Entry> entries_;
};

}  // namespace fathom::server

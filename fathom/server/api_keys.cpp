#include "fathom/server/api_keys.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <sstream>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/sha256.h"

namespace fathom::server {
namespace {

constexpr const char* key_prefix = "fathom-";

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;  // hashes: the length is no secret
  unsigned char difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned char>(a[i] ^ b[i]);
  return difference == 0;
}

std::string random_key() {
  std::array<unsigned char, 32> bytes;
  require(getrandom(bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()), "the system gives no random bytes for a new key");
  std::string key = key_prefix;
  for (const unsigned char byte : bytes) key += fmt::format("{:02x}", byte);
  return key;
}

}  // namespace

ApiKeys ApiKeys::read(const std::filesystem::path& file) {
  ApiKeys keys;
  std::istringstream lines(read_file(file));
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (line.empty() || line.front() == '#') continue;
    std::istringstream parts(line);
    std::string name, role, hash, more;
    parts >> name >> role >> hash;
    const bool known = (role == "search" || role == "manage") && hash.size() == 64 &&
                       std::all_of(hash.begin(), hash.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
    require(known && !(parts >> more),
            "{}:{}: expected 'NAME search|manage SHA256'; make keys with `fathom serve --new-key NAME --keys {}`", file.string(), number,
            file.string());
    for (const Entry& entry : keys.entries_)
      require(entry.name != name, "{}:{}: the name '{}' is given twice", file.string(), number, name);
    keys.entries_.push_back({name, role == "manage" ? Role::manage : Role::search, hash});
  }
  require(!keys.entries_.empty(), "{}: no keys in it; make one with `fathom serve --new-key NAME --keys {}`", file.string(), file.string());
  return keys;
}

std::string ApiKeys::create(const std::filesystem::path& file, const std::string& name, Role role) {
  require(!name.empty() && name.front() != '#' && name.find_first_of(" \t\r\n") == std::string::npos,
          "a key's name has no white space and does not begin with '#'; got '{}'", name);
  if (std::filesystem::exists(file)) {
    for (const Entry& entry : read(file).entries_)
      require(entry.name != name, "{} has a key named '{}' already; remove its line to replace it", file.string(), name);
  }
  const std::string key = random_key();
  const std::string line = fmt::format("{} {} {}\n", name, role == Role::manage ? "manage" : "search", sha256(key));
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, S_IRUSR | S_IWUSR);
  require(descriptor >= 0, "cannot open {} to add a key", file.string());
  const bool written = ::write(descriptor, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && ::fsync(descriptor) == 0;
  ::close(descriptor);
  require(written, "cannot write to {}", file.string());
  return key;
}

std::optional<ApiKeys::Owner> ApiKeys::find(std::string_view key) const {
  const std::string hash = sha256(key);
  std::optional<Owner> owner;
  for (const Entry& entry : entries_)
    if (equal_in_constant_time(entry.hash, hash)) owner = Owner{entry.name, entry.role};
  return owner;
}

}  // namespace fathom::server

#include "fathom/data/prepare/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

#include "fathom/base/error.h"

namespace fathom::data {

Journal::Journal(const std::filesystem::path& path, const std::function<void(const Json&)>& visit) : path_(path) {
  {
    std::ifstream stream(path, std::ios::binary);
    std::string line;
    // A line that its line break did not reach was being written when the run was killed.
    while (std::getline(stream, line) && !stream.eof()) {
      visit(parse_json(line, fmt::format("{}:{}", path.string(), entries_ + 1)));
      size_ += static_cast<std::int64_t>(line.size()) + 1;
      ++entries_;
    }
  }
  descriptor_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail("cannot write {}: {}", path.string(), std::strerror(errno));
  if (::ftruncate(descriptor_, size_) != 0) fail("cannot write {}: {}", path.string(), std::strerror(errno));
}

Journal::~Journal() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void Journal::append(const OrderedJson& entry) {
  const std::string line = entry.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
  for (std::size_t done = 0; done < line.size();) {
    const ssize_t written = ::pwrite(descriptor_, line.data() + done, line.size() - done, size_ + static_cast<off_t>(done));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("cannot write {}: {}", path_.string(), std::strerror(errno));
    done += static_cast<std::size_t>(written);
  }
  if (::fdatasync(descriptor_) != 0) fail("cannot write {} to disk: {}", path_.string(), std::strerror(errno));
  size_ += static_cast<std::int64_t>(line.size());
  ++entries_;
}

}  // namespace fathom::data

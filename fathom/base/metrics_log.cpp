#include "fathom/base/metrics_log.h"

#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/file.h"

namespace fathom {
namespace {

// The complete records of an earlier run up to a step. A last line without its line break was cut off by a kill.
std::string kept_records(std::string_view text, std::int64_t keep_until_step, const std::string& origin) {
  std::string kept;
  std::int64_t line = 0;
  for (std::size_t begin = 0, end; (end = text.find('\n', begin)) != std::string_view::npos; begin = end + 1) {
    const std::string_view record = text.substr(begin, end - begin);
    const std::string position = fmt::format("{}:{}", origin, ++line);
    if (keep_until_step >= 0) {
      const Json parsed = parse_json(record, position);
      if (json_get_or<std::int64_t>(parsed, "step", 0, position) > keep_until_step) continue;
    }
    kept.append(text.substr(begin, end - begin + 1));
  }
  return kept;
}

}  // namespace

MetricsLog::MetricsLog(std::filesystem::path path, std::int64_t keep_until_step) : path_(std::move(path)) {
  std::error_code error;
  if (path_.has_parent_path()) std::filesystem::create_directories(path_.parent_path(), error);
  if (error) fail("cannot create the directory {}: {}", path_.parent_path().string(), error.message());
  if (std::filesystem::is_regular_file(path_)) {
    const std::string before = read_file(path_);
    const std::string kept = kept_records(before, keep_until_step, path_.string());
    if (kept.size() != before.size()) write_file_atomically(path_, kept);
  }
  stream_.open(path_, std::ios::app | std::ios::binary);
  if (!stream_) fail("cannot write {}: {}", path_.string(), std::strerror(errno));
}

void MetricsLog::write(const OrderedJson& record) {
  // Text that is no UTF-8 (a sampled response cut inside a character) is shown with replacement characters.
  stream_ << record.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) << '\n' << std::flush;
  if (!stream_) fail("cannot write {}: {}", path_.string(), std::strerror(errno));
}

}  // namespace fathom

#include "fathom/data/bounded_lines.h"

#include <cstring>

namespace fathom::data {
namespace {

constexpr std::size_t chunk_bytes = 1 << 18;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

}  // namespace

BoundedLines::BoundedLines(const std::filesystem::path& path, std::size_t max_bytes) : reader_(open_reader(path)), max_bytes_(max_bytes) {}

// Appends what the file gives next; false at its end.
bool BoundedLines::fill() {
  const std::size_t size = buffer_.size();
  buffer_.resize(size + chunk_bytes);
  const std::size_t got = reader_->read(buffer_.data() + size, chunk_bytes);
  buffer_.resize(size + got);
  at_end_ = got == 0;
  return !at_end_;
}

bool BoundedLines::next() {
  offset_ = next_offset_;
  too_long_ = false;
  std::size_t searched = begin_;
  std::int64_t dropped = 0;  // bytes of a line that is too long, beyond what is kept
  for (;;) {
    const auto* newline = static_cast<const char*>(std::memchr(buffer_.data() + searched, '\n', buffer_.size() - searched));
    if (newline != nullptr || (at_end_ && (begin_ < buffer_.size() || too_long_))) {
      const std::size_t stop = newline != nullptr ? static_cast<std::size_t>(newline - buffer_.data()) : buffer_.size();
      line_ = std::string_view(buffer_).substr(begin_, stop - begin_);
      too_long_ = too_long_ || line_.size() > max_bytes_;
      begin_ = stop + (newline != nullptr ? 1 : 0);
      next_offset_ = offset_ + static_cast<std::int64_t>(line_.size() + (newline != nullptr ? 1 : 0)) + dropped;
      if (line_.ends_with('\r')) line_.remove_suffix(1);
      if (number_++ == 0 && line_.starts_with(byte_order_mark)) line_.remove_prefix(byte_order_mark.size());
      return true;
    }
    if (at_end_) return false;
    // The unfinished line moves to the front, so that the buffer holds no more than it and one chunk.
    buffer_.erase(0, begin_);
    begin_ = 0;
    if (buffer_.size() > max_bytes_) {
      too_long_ = true;
      dropped += static_cast<std::int64_t>(buffer_.size() - max_bytes_);
      buffer_.resize(max_bytes_);
    }
    searched = buffer_.size();
    fill();
  }
}

std::string BoundedLines::rest() {
  std::string text(line_);
  text += '\n';
  text.append(buffer_, begin_);
  buffer_.clear();
  while (text.size() <= max_bytes_ && fill()) {
    text += buffer_;
    buffer_.clear();
  }
  too_long_ = text.size() > max_bytes_;
  begin_ = 0;
  at_end_ = true;
  return text;
}

}  // namespace fathom::data

#include <algorithm>
#include <array>

#include "fathom/base/file.h"
#include "fathom/data/document_source.h"

namespace fathom::data {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

// Where to cut a text of more than `limit` bytes: after the last paragraph that fits, else the last line, word or character.
std::size_t cut_position(std::string_view text, std::size_t limit) {
  for (const std::string_view end : {std::string_view("\n\n"), std::string_view("\n"), std::string_view(" ")}) {
    const std::size_t found = text.rfind(end, limit - end.size());
    if (found != std::string_view::npos && found > 0) return found + end.size();
  }
  std::size_t position = limit;
  while (position > 1 && (static_cast<unsigned char>(text[position]) & 0xC0) == 0x80) --position;
  return position;
}

class PlainTextSource : public DocumentSource {
 public:
  PlainTextSource(const std::filesystem::path& file, const DocumentOptions& options)
      : reader_(open_reader(file)), limit_(static_cast<std::size_t>(std::max<std::int64_t>(options.max_document_bytes, 16))) {}

  bool next(std::int64_t first_ordinal, DocumentPlace& place, std::string_view& text) override {
    for (;;) {
      pending_.erase(0, piece_);
      offset_ += static_cast<std::int64_t>(piece_);
      piece_ = 0;
      fill();
      if (pending_.empty()) return false;
      piece_ = pending_.size() > limit_ ? cut_position(pending_, limit_) : pending_.size();
      place.ordinal = ordinal_++;
      place.byte = offset_;
      if (place.ordinal < first_ordinal) continue;
      text = std::string_view(pending_).substr(0, piece_);
      check_encoding(text);
      check_text(text, offset_);
      return true;
    }
  }

 private:
  // More than one piece, or all that is left.
  void fill() {
    std::array<char, 1 << 16> buffer;
    while (pending_.size() <= limit_) {
      const std::size_t count = reader_->read(buffer.data(), buffer.size());
      if (count == 0) return;
      const bool first = offset_ == 0 && pending_.empty();
      pending_.append(buffer.data(), count);
      if (first && pending_.starts_with(byte_order_mark)) {
        pending_.erase(0, byte_order_mark.size());
        offset_ = static_cast<std::int64_t>(byte_order_mark.size());
      }
    }
  }

  void check_encoding(std::string_view text) const {
    if (offset_ == 0 && (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))) {
      throw BadRecord{"this is UTF-16 (by its byte-order mark); convert it, for example with iconv", true};
    }
  }

  std::unique_ptr<ByteReader> reader_;
  std::size_t limit_, piece_ = 0;  // the piece handed out last, at the front of pending_
  std::string pending_;
  std::int64_t offset_ = 0, ordinal_ = 0;
};

}  // namespace

std::unique_ptr<DocumentSource> open_plain_text(const std::filesystem::path& file, const DocumentOptions& options) {
  return std::make_unique<PlainTextSource>(file, options);
}

}  // namespace fathom::data

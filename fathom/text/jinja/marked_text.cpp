#include "fathom/text/jinja/marked_text.h"

#include <algorithm>

namespace fathom::text::jinja {

MarkedText::MarkedText(std::string bytes, bool untrusted) : bytes_(std::move(bytes)) {
  if (untrusted) mark(0, bytes_.size());
}

void MarkedText::mark(std::size_t begin, std::size_t end) {
  if (begin == end) return;
  if (!untrusted_.empty() && untrusted_.back().end == begin)
    untrusted_.back().end = end;
  else
    untrusted_.push_back({begin, end});
}

void MarkedText::append(std::string_view bytes, bool untrusted) {
  const std::size_t begin = bytes_.size();
  bytes_ += bytes;
  if (untrusted) mark(begin, bytes_.size());
}

void MarkedText::append(const MarkedText& text, std::size_t begin, std::size_t end) {
  const std::size_t base = bytes_.size();
  bytes_.append(text.bytes_, begin, end - begin);
  auto span = std::partition_point(text.untrusted_.begin(), text.untrusted_.end(), [begin](const Span& s) { return s.end <= begin; });
  for (; span != text.untrusted_.end() && span->begin < end; ++span)
    mark(base + std::max(span->begin, begin) - begin, base + std::min(span->end, end) - begin);
}

MarkedText MarkedText::slice(std::size_t begin, std::size_t end) const {
  MarkedText result;
  result.append(*this, begin, end);
  return result;
}

}  // namespace fathom::text::jinja

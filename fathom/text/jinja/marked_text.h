// A string that remembers which of its bytes came from outside the template: from messages and tools. Every operation of the
// interpreter keeps the marks, so that the rendered prompt knows where a special token may be read and where text must stay text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace fathom::text::jinja {

// Bytes [begin, end).
struct Span {
  std::size_t begin = 0, end = 0;
  bool operator==(const Span&) const = default;
};

class MarkedText {
 public:
  MarkedText() = default;
  explicit MarkedText(std::string bytes, bool untrusted = false);

  const std::string& bytes() const { return bytes_; }
  std::size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }
  // In order, apart from each other, none empty.
  const std::vector<Span>& untrusted() const { return untrusted_; }
  bool is_trusted() const { return untrusted_.empty(); }

  void append(std::string_view bytes, bool untrusted = false);
  void append(const MarkedText& text) { append(text, 0, text.size()); }
  // Bytes [begin, end) of `text`.
  void append(const MarkedText& text, std::size_t begin, std::size_t end);
  MarkedText slice(std::size_t begin, std::size_t end) const;

 private:
  void mark(std::size_t begin, std::size_t end);

  std::string bytes_;
  std::vector<Span> untrusted_;
};

}  // namespace fathom::text::jinja

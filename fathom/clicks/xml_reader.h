// A small XML 1.0 reader for data files: elements, attributes, text, character references, CDATA; comments and processing instructions
// are passed over. A document type with declarations is refused: nothing is ever expanded or fetched. Private to the room.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fathom/base/file.h"

namespace fathom::clicks {

struct XmlElement {
  std::string name, text;  // text: all that stands directly in it, references resolved
  std::vector<std::pair<std::string, std::string>> attributes;
  std::vector<XmlElement> children;
  std::int64_t line = 0;  // of its tag

  const XmlElement* child(std::string_view wanted) const;       // the first of that name; null when there is none
  const std::string* attribute(std::string_view wanted) const;  // null when it has none
};

class XmlReader {
 public:
  // `max_bytes`: of one element that is read whole, and of one tag. Throws Error when the file cannot be read.
  XmlReader(const std::filesystem::path& path, std::size_t max_bytes);

  enum class Event { open, close, end };
  // Moves to the next tag, passing over text. Throws Error with file:line for what is no XML. An empty tag (<a/>) is open, then close.
  Event next();
  const std::string& name() const { return element_.name; }  // of the tag that next() moved to
  const XmlElement& element() const { return element_; }     // after open: name, attributes, line
  // After open: the element with all it contains; reading goes on behind it. Throws Error as next(), and when it is too long.
  XmlElement read_element();
  std::string position() const;  // "file:line" of where reading stands

 private:
  int peek();
  int get();
  bool skip(std::string_view text);  // when the input goes on with it
  void skip_until(std::string_view end, const char* what, std::string* out = nullptr);
  void read_tag();
  std::string read_name();
  void read_reference(std::string& out);
  void append(std::string& out, char c);

  std::filesystem::path path_;
  std::unique_ptr<ByteReader> reader_;
  std::string buffer_;
  std::size_t place_ = 0, max_bytes_, budget_;
  std::int64_t line_ = 1;
  std::vector<std::string> open_;
  XmlElement element_;
  std::string text_;  // gathered before the tag
  bool empty_tag_ = false, seen_root_ = false;
};

}  // namespace fathom::clicks

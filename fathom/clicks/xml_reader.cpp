#include "fathom/clicks/xml_reader.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "fathom/base/error.h"
#include "fathom/text/utf8.h"

namespace fathom::clicks {
namespace {

constexpr std::size_t chunk_bytes = 1 << 16;
constexpr std::size_t max_depth = 100;
constexpr int at_end = -1;

bool is_space(int c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// Bytes of names: letters, digits and what XML allows among them; everything beyond ASCII.
bool is_name_byte(int c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == ':' || c == '-' || c == '.' ||
         c >= 0x80;
}

}  // namespace

const XmlElement* XmlElement::child(std::string_view wanted) const {
  const auto found = std::find_if(children.begin(), children.end(), [&](const XmlElement& element) { return element.name == wanted; });
  return found == children.end() ? nullptr : &*found;
}

const std::string* XmlElement::attribute(std::string_view wanted) const {
  const auto found = std::find_if(attributes.begin(), attributes.end(), [&](const auto& entry) { return entry.first == wanted; });
  return found == attributes.end() ? nullptr : &found->second;
}

XmlReader::XmlReader(const std::filesystem::path& path, std::size_t max_bytes)
    : path_(path), reader_(open_reader(path)), max_bytes_(max_bytes), budget_(max_bytes) {
  skip("\xEF\xBB\xBF");
}

std::string XmlReader::position() const { return fmt::format("{}:{}", path_.string(), line_); }

int XmlReader::peek() {
  if (place_ == buffer_.size()) {
    buffer_.resize(chunk_bytes);
    buffer_.resize(reader_->read(buffer_.data(), chunk_bytes));
    place_ = 0;
    if (buffer_.empty()) return at_end;
  }
  return static_cast<unsigned char>(buffer_[place_]);
}

int XmlReader::get() {
  const int c = peek();
  if (c == at_end) return c;
  ++place_;
  if (c == '\n') ++line_;
  return c;
}

bool XmlReader::skip(std::string_view text) {
  if (buffer_.size() - place_ < text.size()) {
    std::string rest = buffer_.substr(place_);
    while (rest.size() < text.size()) {
      const std::size_t size = rest.size();
      rest.resize(size + chunk_bytes);
      const std::size_t got = reader_->read(rest.data() + size, chunk_bytes);
      rest.resize(size + got);
      if (got == 0) break;
    }
    buffer_ = std::move(rest);
    place_ = 0;
  }
  if (!std::string_view(buffer_).substr(place_).starts_with(text)) return false;
  for (std::size_t i = 0; i < text.size(); ++i) get();
  return true;
}

void XmlReader::append(std::string& out, char c) {
  require(budget_ > 0, "{}: an element is longer than {} bytes", position(), max_bytes_);
  --budget_;
  out += c;
}

void XmlReader::skip_until(std::string_view end, const char* what, std::string* out) {
  const std::string begun = position();
  while (!skip(end)) {
    const int c = get();
    require(c != at_end, "{}: {} that begins here is never closed by '{}'", begun, what, end);
    if (out != nullptr) append(*out, static_cast<char>(c));
  }
}

std::string XmlReader::read_name() {
  std::string name;
  while (peek() != at_end && is_name_byte(peek())) append(name, static_cast<char>(get()));
  require(!name.empty(), "{}: a name is expected after '<' (a '<' in text is written &lt;)", position());
  return name;
}

void XmlReader::read_reference(std::string& out) {
  std::string name;
  int c = 0;
  while ((c = get()) != ';') {
    require(c != at_end && !is_space(c) && c != '<' && name.size() < 12, "{}: '&{}' is no reference; a '&' in text is written &amp;",
            position(), name);
    name += static_cast<char>(c);
  }
  constexpr std::pair<std::string_view, char> known[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
  for (const auto& [entity, character] : known)
    if (name == entity) return append(out, character);
  std::uint32_t code = 0;
  const bool hex = name.starts_with("#x");
  const char* const begin = name.data() + std::min<std::size_t>(name.size(), hex ? 2 : 1);
  const char* const end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(begin, end, code, hex ? 16 : 10);
  require(name.starts_with('#') && begin < end && error == std::errc() && stop == end && code > 0 && code <= 0x10FFFF &&
              !(code >= 0xD800 && code <= 0xDFFF),
          "{}: '&{};' is no character that XML knows", position(), name);
  std::string bytes;
  text::append_utf8(bytes, static_cast<char32_t>(code));
  for (const char byte : bytes) append(out, byte);
}

// Name and attributes behind '<'.
void XmlReader::read_tag() {
  element_ = XmlElement{};
  element_.line = line_;
  element_.name = read_name();
  for (;;) {
    const bool spaced = is_space(peek());
    while (is_space(peek())) get();
    if (skip("/>")) {
      empty_tag_ = true;
      break;
    }
    if (skip(">")) break;
    require(spaced && peek() != at_end, "{}: the tag <{}> is not closed by '>'", position(), element_.name);
    std::string key = read_name(), value;
    while (is_space(peek())) get();
    require(skip("="), "{}: '=' is expected after the attribute {} of <{}>", position(), key, element_.name);
    while (is_space(peek())) get();
    const int quote = get();
    require(quote == '"' || quote == '\'', "{}: the attribute {} of <{}> has no quotes", position(), key, element_.name);
    for (int c = 0; (c = get()) != quote;) {
      require(c != at_end && c != '<', "{}: the attribute {} of <{}> is not closed", position(), key, element_.name);
      if (c == '&')
        read_reference(value);
      else
        append(value, static_cast<char>(c));
    }
    element_.attributes.emplace_back(std::move(key), std::move(value));
  }
  require(open_.size() < max_depth, "{}: elements nest deeper than {} levels", position(), max_depth);
  open_.push_back(element_.name);
}

XmlReader::Event XmlReader::next() {
  text_.clear();
  if (empty_tag_) {
    empty_tag_ = false;
    open_.pop_back();
    return Event::close;
  }
  for (;;) {
    const int c = get();
    if (c == at_end) {
      require(open_.empty(), "{}: the file ends inside <{}>; it is cut off", position(), open_.empty() ? "" : open_.back());
      require(seen_root_, "{}: there is no element in this file", path_.string());
      return Event::end;
    }
    if (c == '&') {
      read_reference(text_);
    } else if (c != '<') {
      require(!open_.empty() || is_space(c), "{}: text outside of any element; XML is expected", position());
      if (!open_.empty()) append(text_, static_cast<char>(c));
    } else if (skip("!--")) {
      skip_until("-->", "the comment");
    } else if (skip("![CDATA[")) {
      skip_until("]]>", "the CDATA section", &text_);
    } else if (skip("?")) {
      skip_until("?>", "the processing instruction");
    } else if (skip("!")) {
      std::string declaration;
      skip_until(">", "the declaration", &declaration);
      require(declaration.find('[') == std::string::npos, "{}: a document type with declarations is not read", position());
    } else if (skip("/")) {
      const std::string name = read_name();
      while (is_space(peek())) get();
      require(skip(">"), "{}: the end tag </{}> is not closed by '>'", position(), name);
      require(!open_.empty() && open_.back() == name, "{}: </{}> closes what is not open; {} is expected", position(), name,
              open_.empty() ? "the end of the file" : "</" + open_.back() + ">");
      open_.pop_back();
      element_.name = name;
      return Event::close;
    } else {
      require(!open_.empty() || !seen_root_, "{}: a second element beside the first; one is expected around everything", position());
      seen_root_ = true;
      read_tag();
      return Event::open;
    }
    if (open_.size() <= 1) budget_ = max_bytes_;
  }
}

XmlElement XmlReader::read_element() {
  budget_ = max_bytes_;
  XmlElement root = std::move(element_);
  std::vector<XmlElement> path;  // the open elements below `root`
  const auto innermost = [&]() -> XmlElement& { return path.empty() ? root : path.back(); };
  for (;;) {
    const Event event = next();
    innermost().text += text_;
    if (event == Event::open) {
      path.push_back(std::move(element_));
    } else if (path.empty()) {
      break;
    } else {
      XmlElement done = std::move(path.back());
      path.pop_back();
      innermost().children.push_back(std::move(done));
    }
  }
  budget_ = max_bytes_;
  return root;
}

}  // namespace fathom::clicks

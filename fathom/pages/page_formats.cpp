// One page of bytes or of a record.
#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/pages/page_source.h"
#include "fathom/pages/text_formats.h"
#include "fathom/text/html_blocks.h"

namespace fathom::pages {
namespace {

constexpr std::int64_t html_memory = 75;  // times the source, at most (docs/html.md)

TitledText read_html(std::string_view html, const std::string& declared_encoding, const std::string& origin,
                     const PageReadOptions& options) {
  const std::int64_t longest = options.memory / html_memory;
  require(static_cast<std::int64_t>(html.size()) <= longest,
          "{}: the page has {} bytes, and parsing HTML takes up to {} times as much memory; at most {} bytes fit (more with --memory)",
          origin, html.size(), html_memory, longest);
  text::HtmlOptions html_options{.declared_encoding = declared_encoding};
  html_options.max_bytes = static_cast<std::size_t>(longest);
  text::HtmlPage page = text::parse_html(html, html_options);
  TitledText out;
  std::vector<text::HtmlBlock> blocks;
  for (text::HtmlBlock& block : page.blocks) {
    if (block.kind == text::HtmlBlockKind::title)
      out.title = std::move(block.text);
    else
      blocks.push_back(std::move(block));
  }
  if (options.html_main_content) {
    std::vector<text::HtmlBlock> main = text::main_content(blocks);
    if (!main.empty()) blocks = std::move(main);
  }
  const auto heading =
      std::find_if(blocks.begin(), blocks.end(), [](const auto& block) { return block.kind == text::HtmlBlockKind::heading; });
  if (out.title.empty() && heading != blocks.end()) out.title = heading->text;
  out.text = text::html_to_text(blocks);
  return out;
}

std::string_view without_mark(std::string_view text, const std::string& origin) {
  require(!text.starts_with("\xFF\xFE") && !text.starts_with("\xFE\xFF"),
          "{}: this is UTF-16 (by its byte-order mark); convert it, for example with iconv", origin);
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return text;
}

std::string stem_of(const std::string& id) {
  const std::string name = id.substr(id.rfind('/') + 1);
  return name.substr(0, name.find('.', 1));
}

void add_metadata(index::Page& page, const std::string& key, const Json& value) {
  if (value.is_null()) return;
  if (value.is_string()) {
    page.metadata.emplace_back(key, value.get<std::string>());
  } else if (value.is_array()) {
    for (const Json& entry : value) add_metadata(page, key, entry.is_array() ? Json(entry.dump()) : entry);
  } else {
    page.metadata.emplace_back(key, value.dump(-1, ' ', false, Json::error_handler_t::replace));
  }
}

}  // namespace

index::Page page_of_file(std::string_view bytes, PageFormat format, const std::string& id, const std::string& origin,
                         const PageReadOptions& options) {
  index::Page page;
  page.id = id;
  page.url = id;
  TitledText text;
  if (format == PageFormat::html) {
    text = read_html(bytes, "", origin, options);
  } else {
    bytes = without_mark(bytes, origin);
    page.text = bytes;
    page.title = stem_of(id);
    if (bytes.find_first_not_of(" \t\r\n\f\v") != std::string_view::npos) index::check_page(page, origin);  // before it is taken apart
    text = format == PageFormat::markdown ? read_markdown(bytes) : read_plain_text(bytes);
  }
  // A title that only repeats the file's name does not make an empty file a page.
  require(text.text.find_first_not_of(" \t\r\n\f\v") != std::string::npos || !text.title.empty(), "{}: the page is empty", origin);
  page.title = text.title.empty() ? stem_of(id) : std::move(text.title);
  page.text = std::move(text.text);
  index::check_page(page, origin);
  return page;
}

index::Page page_of_record(const Json& record, const std::string& origin, const PageReadOptions& options) {
  require(record.is_object(), "{}: a JSON object is expected, found {}", origin, record.type_name());
  index::Page page;
  const auto text_of = [&](const char* key) { return json_get_or<std::string>(record, key, "", origin); };
  for (const char* key : {"id", "_id"}) {
    const auto found = record.find(key);
    if (found == record.end() || !page.id.empty()) continue;
    require(found->is_string() || found->is_number_integer(), "{}: key '{}' must be a string or an integer", origin, key);
    page.id = found->is_string() ? found->get<std::string>() : found->dump();
  }
  require(!page.id.empty(), "{}: required key 'id' (or '_id') is missing", origin);
  page.title = text_of("title");
  page.url = text_of("url");
  page.text = text_of("text");
  if (record.contains("html")) {
    require(page.text.empty(), "{}: 'text' and 'html' are both given; give one of them", origin);
    TitledText html = read_html(text_of("html"), "UTF-8", origin, options);
    if (page.title.empty()) page.title = std::move(html.title);
    page.text = std::move(html.text);
  }
  constexpr std::array<std::string_view, 6> known = {"id", "_id", "title", "url", "text", "html"};
  for (const auto& [key, value] : record.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    if (key == "metadata" && value.is_object()) {
      for (const auto& [inner, entry] : value.items()) add_metadata(page, inner, entry);
    } else {
      add_metadata(page, key, value);
    }
  }
  index::check_page(page, origin);
  return page;
}

}  // namespace fathom::pages

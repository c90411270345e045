#include <algorithm>
#include <array>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/data/document_source.h"
#include "fathom/data/records.h"
#include "fathom/text/html_blocks.h"

namespace fathom::data {
namespace {

class HtmlSource : public DocumentSource {
 public:
  HtmlSource(const std::filesystem::path& file, const DocumentOptions& options) : options_(options), reader_(open_reader(file)) {}

  bool next(std::int64_t first_ordinal, DocumentPlace& place, std::string_view& text) override {
    if (done_) return false;
    done_ = true;
    if (first_ordinal > 0) return false;
    const std::string html = read();
    check_not_binary(html);
    text_ = text_of_html(html, "", options_);
    check_text(text_, 0);
    place.ordinal = 0;
    text = text_;
    return true;
  }

 private:
  std::string read() {
    std::string html;
    std::array<char, 1 << 16> buffer;
    while (const std::size_t count = reader_->read(buffer.data(), buffer.size())) {
      html.append(buffer.data(), count);
      if (html.size() > static_cast<std::size_t>(options_.max_record_bytes)) {
        throw BadRecord{fmt::format("the page is longer than {} bytes (max_record_bytes)", options_.max_record_bytes), true};
      }
    }
    return html;
  }

  // The HTML parser takes anything; NUL bytes without a UTF-16 or UTF-32 mark are no page, though.
  static void check_not_binary(std::string_view html) {
    if (html.starts_with("\xFF\xFE") || html.starts_with("\xFE\xFF") || html.starts_with(std::string_view("\0\0\xFE\xFF", 4))) return;
    const std::size_t nul = html.find('\0');
    if (nul != std::string_view::npos) {
      throw BadRecord{fmt::format("byte {} is NUL, so this is no HTML file; leave it out or convert it", nul), true};
    }
  }

  DocumentOptions options_;
  std::unique_ptr<ByteReader> reader_;
  bool done_ = false;
  std::string text_;
};

}  // namespace

std::unique_ptr<DocumentSource> open_html(const std::filesystem::path& file, const DocumentOptions& options) {
  return std::make_unique<HtmlSource>(file, options);
}

bool is_html_file(const std::filesystem::path& file) {
  const std::string extension = uncompressed_extension(file);
  return extension == ".html" || extension == ".htm" || extension == ".xhtml";
}

std::string text_of_html(std::string_view html, std::string_view declared_encoding, const DocumentOptions& options) {
  text::HtmlOptions html_options;
  html_options.declared_encoding = declared_encoding;
  html_options.max_bytes = std::min(html_options.max_bytes, static_cast<std::size_t>(options.max_record_bytes));
  try {
    const text::HtmlPage page = text::parse_html(html, html_options);
    return text::html_to_text(options.html_main_content ? text::main_content(page.blocks) : page.blocks);
  } catch (const Error& error) {  // too long, or made to exhaust memory
    throw BadRecord{error.what()};
  }
}

}  // namespace fathom::data

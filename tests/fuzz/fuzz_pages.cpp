// Files and records as pages: any bytes become a page that check_page() accepts, with sentences inside its text, or an error.
#include <cstdlib>

#include "fathom/base/error.h"
#include "fathom/pages/page_source.h"
#include "tests/fuzz/fuzz_input.h"

namespace {

void expect(bool holds) {
  if (!holds) std::abort();
}

void check(fathom::index::Page page) {
  fathom::index::PageSentenceSplitter splitter;
  fathom::index::check_page(page, "again");
  const fathom::index::PreparedPage prepared = fathom::index::prepare_page(std::move(page), splitter);
  std::size_t end = 0;
  for (const fathom::text::Span& span : prepared.sentences) {
    expect(span.begin >= end && span.begin < span.end && span.end <= prepared.page.text.size());
    expect(span.end - span.begin <= fathom::index::longest_page_sentence);
    end = span.end;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fathom;
  const std::string_view bytes = fuzz::as_text(data, size);
  for (const pages::PageFormat format : {pages::PageFormat::html, pages::PageFormat::markdown, pages::PageFormat::plain_text}) {
    try {
      check(pages::page_of_file(bytes, format, "folder/page", "fuzz"));
    } catch (const Error&) {
    }
  }
  try {
    check(pages::page_of_record(parse_json(bytes, "fuzz"), "fuzz"));
  } catch (const Error&) {
  }
  return 0;
}

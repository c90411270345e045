// Click logs: the same bytes as JSON lines, tab-separated values and TREC sessions; stopping at bad records, and passing them over. What is
// read can be written, and reads back as the same line.
#include <cstdlib>

#include "fathom/clicks/click_log_json.h"
#include "fathom/clicks/click_log_reader.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fathom::clicks;
  const auto check = [](SearchRecord& record, const std::string& position) {
    const std::string line = search_line(record);
    const ClickLogLine back = parse_click_log_line(line, position);
    if (!back.search || search_line(*back.search) != line) std::abort();
  };
  ClickLogOptions options;
  options.max_record_bytes = 4096;
  options.max_open_searches = 4;
  for (const char* suffix : {".jsonl", ".tsv", ".xml"}) {
    const auto file = fathom::fuzz::as_file(data, size, suffix);
    for (const auto on_bad : {fathom::data::OnBad::fail, fathom::data::OnBad::skip}) {
      options.on_bad = on_bad;
      fathom::fuzz::expect_error_or_success([&] { read_click_log(file, options, check); });
    }
  }
  return 0;
}

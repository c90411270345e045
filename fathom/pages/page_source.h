// Files as pages: HTML, Markdown, plain text, JSON records and whole folders of these; as they are or compressed by gzip, xz or zstd.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/base/json.h"
#include "fathom/data/documents.h"
#include "fathom/index/page_writer.h"

namespace fathom::pages {

struct PageReadOptions {
  bool html_main_content = true;                  // without menus, banners and lists of links (text/html_blocks.h), unless nothing is left
  std::int64_t memory = std::int64_t{512} << 20;  // bytes; a page whose reading would take more is bad input
  int threads = 0;                                // that parse; 0: one a core
  data::OnBad on_bad = data::OnBad::fail;
  std::function<void(const std::string& what)> report_bad = {};  // a page that is passed over: where it is and why
};

struct PageReadReport {
  std::int64_t pages = 0, bad = 0;
  std::int64_t files_left_out = 0;  // of folders: of no kind that is read, or links that lead out of the folder
};

// Calls `visit` with each page in the order of the inputs, and where it stands. A file is a page, and its id the path below the folder that
// was named (of a file that was named, its name), with '/' between parts and never "..". A JSONL line, or an entry of a JSON list, is a
// page: `id` (or `_id`), `title`, `text` (or `html`), `url`; other keys are metadata. `progress` gets bytes of files that are done and of
// all. Throws Error: a missing path, and with OnBad::fail a page that is none (not UTF-8, NUL bytes, broken JSON, no id, neither title nor
// text, too large). A PageRefused that `visit` throws counts as a bad page, too; its other errors end the reading.
PageReadReport for_each_page(const std::vector<std::string>& inputs, const PageReadOptions& options,
                             const std::function<void(const index::PreparedPage& page, const std::string& position)>& visit,
                             const std::function<void(std::int64_t done, std::int64_t total)>& progress = {});

enum class PageFormat { html, markdown, plain_text, records };

// A page of a file's bytes (not of records). Throws Error naming `origin`; the id is the caller's.
index::Page page_of_file(std::string_view bytes, PageFormat format, const std::string& id, const std::string& origin,
                         const PageReadOptions& options = {});
// A page of a JSON record. Throws Error naming `origin`.
index::Page page_of_record(const Json& record, const std::string& origin, const PageReadOptions& options = {});

}  // namespace fathom::pages

// fathom index export: the pages of an index as JSONL (docs/search.md).
#include <fmt/format.h>

#include <memory>

#include "fathom/cli/index_commands.h"
#include "fathom/search/page_export.h"

namespace fathom::cli {

Runner set_up_index_export(CLI::App& app) {
  struct Options {
    std::string index, out;
  };
  auto options = std::make_shared<Options>();
  app.description("Write the pages of an index as JSONL, with the ids and sentences that its click log knows");
  app.add_option("--index", options->index, "Directory that `fathom index build` wrote")->required();
  app.add_option("--out", options->out, "File to write")->required();
  return [options] {
    fmt::print("{} pages\n", search::export_pages(options->index, options->out));
    return 0;
  };
}

}  // namespace fathom::cli

#include "fathom/cli/data_html.h"

#include <fmt/format.h>

#include <memory>
#include <string>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/text/html_blocks.h"
#include "fathom/text/html_encoding.h"

namespace fathom::cli {
namespace {

struct HtmlCommandOptions {
  std::string file, encoding;
  bool json = false, main_only = false, text = false;
};

OrderedJson json_of(const text::HtmlBlock& block) {
  OrderedJson segments = OrderedJson::array();
  for (const text::HtmlSegment& segment : block.segments) {
    constexpr const char* origins[] = {"verbatim", "decoded", "inserted"};
    segments.push_back({segment.text_begin, segment.source_begin, segment.source_end, origins[static_cast<std::size_t>(segment.origin)]});
  }
  return {{"kind", text::name_of(block.kind)}, {"level", block.level},        {"region", text::name_of(block.region)},
          {"in_main", block.in_main},          {"begin", block.source_begin}, {"end", block.source_end},
          {"link_share", block.link_share()},  {"text", block.text},          {"segments", std::move(segments)}};
}

void print_block(const text::HtmlBlock& block) {
  std::string head = fmt::format("[{}, {}) {}", block.source_begin, block.source_end, text::name_of(block.kind));
  if (block.level > 0) head += fmt::format(" {}", block.level);
  if (block.region != text::HtmlRegion::body) head += fmt::format(", {}", text::name_of(block.region));
  if (block.link_bytes > 0) head += fmt::format(", {:.0f} % links", 100 * block.link_share());
  fmt::print("{}\n{}\n\n", head, block.text);
}

int run(const HtmlCommandOptions& options) {
  const std::string source = read_file(options.file == "-" ? "/dev/stdin" : options.file);
  text::HtmlOptions html_options;
  if (!options.encoding.empty() && !text::is_known_encoding(options.encoding))
    fail_usage(
        "--encoding {}: there is no encoding of that name; known are those of the WHATWG Encoding Standard, as utf-8 or windows-1252",
        options.encoding);
  html_options.declared_encoding = options.encoding;
  const text::HtmlPage page = text::parse_html(source, html_options);
  const std::vector<text::HtmlBlock> blocks = options.main_only ? text::main_content(page.blocks) : page.blocks;
  if (page.replaced_bytes > 0) fmt::print(stderr, "{} bytes are no {}; each is shown as U+FFFD\n", page.replaced_bytes, page.encoding);
  if (page.neutralised_tags > 0) fmt::print(stderr, "{} tags nest too deep and are left out; their text is kept\n", page.neutralised_tags);
  if (!page.converted_source.empty()) fmt::print(stderr, "converted from {}; offsets are those of the UTF-8 text\n", page.encoding);
  if (options.text) {
    fmt::print("{}", text::html_to_text(blocks));
    return 0;
  }
  for (const text::HtmlBlock& block : blocks) {
    if (options.json)
      fmt::print("{}\n", json_of(block).dump());
    else
      print_block(block);
  }
  return 0;
}

}  // namespace

Runner set_up_data_html(CLI::App& data, CLI::App*& command) {
  auto options = std::make_shared<HtmlCommandOptions>();
  command = data.add_subcommand("html", "Show the text blocks of an HTML page with their places in the source");
  command->add_option("file", options->file, "HTML file, plain or compressed; - for standard input")->required();
  command->add_flag("--main", options->main_only, "Only the main content: without menus, banners and lists of links");
  command->add_option("--encoding", options->encoding, "Encoding that the server named; default: what the page declares, else UTF-8");
  CLI::Option* json = command->add_flag("--json", options->json, "One JSON object a block, with the map of its text to source bytes");
  command->add_flag("--text", options->text, "The text as it is used for training")->excludes(json);
  return [=] { return run(*options); };
}

}  // namespace fathom::cli

#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <limits>
#include <memory>

#include "fathom/base/error.h"
#include "fathom/base/progress.h"
#include "fathom/cli/index_commands.h"

namespace fathom::cli {
namespace {

constexpr std::int64_t least_memory = std::int64_t{16} << 20;

}  // namespace

std::int64_t parse_bytes(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string unit(end, text.data() + text.size());
  const int shift = unit.empty() ? 0 : unit == "K" ? 10 : unit == "M" ? 20 : unit == "G" ? 30 : -1;
  if (error != std::errc() || value <= 0 || shift < 0 || value > std::numeric_limits<std::int64_t>::max() >> shift)
    fail_usage("'{}' is no size; a number of bytes is expected, or one with K, M or G behind it", text);
  return value << shift;
}

void add_vector_search_option(CLI::App& app, std::string& value) {
  app.add_option(
         "--vector-search", value,
         "exact: compare every vector; approximate: some cells of them, so that some of the best may be missed; auto: approximate in "
         "segments of many")
      ->check(CLI::IsMember({"auto", "exact", "approximate"}))
      ->capture_default_str();
}

void IndexWorkOptions::add_encoding_to(CLI::App& app) {
  app.add_option("--memory", memory, "Bytes that pages on their way may take (K, M, G); a page that needs more is bad input")
      ->capture_default_str();
  app.add_option("--threads", threads, "Threads (0: all cores); the result does not depend on them")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app.add_flag("--quiet", quiet, "No progress");
}

void IndexWorkOptions::add_to(CLI::App& app) {
  add_encoding_to(app);
  app.add_flag("--skip-bad", skip_bad, "Pass over pages that cannot be read, and say so, instead of stopping at the first");
  app.add_flag("--all-content", all_content, "Of HTML also menus, banners and lists of links");
}

void IndexWorkOptions::apply(search::IndexWork& work) const {
  work.memory = parse_bytes(memory);
  if (work.memory < least_memory) fail_usage("--memory {} is too little; at least 16M are needed", memory);
  work.threads = threads;
  work.read.html_main_content = !all_content;
  work.read.on_bad = skip_bad ? data::OnBad::skip : data::OnBad::fail;
  work.read.report_bad = [](const std::string& what) { fmt::print(stderr, "fathom: left out: {}\n", what); };
  if (quiet) return;
  // One bar a step: the next step's begins where another unit is counted, or the count starts again.
  struct Bar {
    std::string step;
    std::unique_ptr<Progress> progress;
  };
  auto bar = std::make_shared<Bar>();
  work.step = [bar](const std::string& step) {
    if (bar->progress != nullptr) bar->progress->finish();
    bar->progress.reset();
    bar->step = step;
    fmt::print(stderr, "fathom: {}\n", step);
  };
  work.progress = [bar](std::int64_t done, std::int64_t total, const char* unit) {
    if (bar->progress == nullptr) bar->progress = std::make_unique<Progress>(bar->step, total, unit);
    bar->progress->update(done);
  };
}

void report_reading(const search::IndexReport& report, bool quiet) {
  if (quiet) return;
  fmt::print(stderr, "fathom: {} pages read", report.read.pages);
  if (report.replaced > 0) fmt::print(stderr, ", {} of them in place of others", report.replaced);
  if (report.read.bad > 0) fmt::print(stderr, ", {} left out", report.read.bad);
  if (report.read.files_left_out > 0) fmt::print(stderr, ", {} files of other kinds left out", report.read.files_left_out);
  fmt::print(stderr, "; {} pages in the index\n", report.pages);
}

}  // namespace fathom::cli

#include "fathom/pages/page_source.h"

#include <algorithm>
#include <array>
#include <optional>
#include <system_error>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/parallel.h"
#include "fathom/data/bounded_lines.h"
#include "fathom/data/parallel_documents.h"
#include "fathom/data/records.h"

namespace fathom::pages {
namespace {

constexpr std::int64_t shares_of_memory = 8;  // a batch of texts takes one, its pages and their copies the others
constexpr std::int64_t shares_of_html = 75;   // as page_formats.cpp
constexpr std::size_t most_in_batch = 512;

struct InputFile {
  std::filesystem::path path;
  std::string id;
  PageFormat format;
};

std::optional<PageFormat> format_of(const std::filesystem::path& path) {
  const std::string extension = data::uncompressed_extension(path);
  if (extension == ".html" || extension == ".htm" || extension == ".xhtml") return PageFormat::html;
  if (extension == ".md" || extension == ".markdown") return PageFormat::markdown;
  if (extension == ".txt" || extension == ".text") return PageFormat::plain_text;
  if (data::is_record_file(path)) return PageFormat::records;
  return std::nullopt;
}

// Whether a path below a folder leads out of it: what is indexed can be found and shown to others, and only the folder was given.
bool leads_out(const std::filesystem::path& path, const std::filesystem::path& folder) {
  std::error_code error;
  const std::filesystem::path target = std::filesystem::weakly_canonical(path, error), inside = std::filesystem::canonical(folder, error);
  return !error && std::mismatch(inside.begin(), inside.end(), target.begin(), target.end()).first != inside.end();
}

std::vector<InputFile> input_files(const std::vector<std::string>& inputs, std::int64_t& left_out) {
  std::vector<InputFile> files;
  for (const std::string& input : inputs) {
    const bool folder = std::filesystem::is_directory(input);
    for (const std::filesystem::path& path : data::expand_paths({input})) {
      const auto format = format_of(path);
      if (folder && (!format || leads_out(path, input))) {
        ++left_out;
        continue;
      }
      std::filesystem::path below = folder ? path.lexically_relative(input) : path.filename();
      // Only what is below the folder is a name: an odd spelling of the folder must not show in an id.
      if (below.empty() || *below.begin() == "..") below = path.filename();
      files.push_back({path, below.generic_string(), format.value_or(PageFormat::plain_text)});
    }
  }
  return files;
}

// Something that becomes a page: a whole file or a record.
struct RawPage {
  std::string bytes, id, position;
  PageFormat format;
};

class PageBatches {
 public:
  PageBatches(const PageReadOptions& options, PageReadReport& report,
              const std::function<void(const index::PreparedPage&, const std::string&)>& visit)
      : options_(options), report_(report), visit_(visit) {}

  void add(RawPage page) {
    cost_ += static_cast<std::int64_t>(page.bytes.size()) * (page.format == PageFormat::html ? shares_of_html : shares_of_memory);
    batch_.push_back(std::move(page));
    if (cost_ >= options_.memory || batch_.size() >= most_in_batch) flush();
  }

  void bad(const std::string& what) {
    if (options_.on_bad == data::OnBad::fail) fail("{}; mend or remove it, or pass over such pages with --skip-bad", what);
    ++report_.bad;
    if (options_.report_bad) options_.report_bad(what);
  }

  // Whether the exception on its way is one of `visit`, not of a file that cannot be read.
  bool visit_failed() const { return visit_failed_; }

  void flush() {
    struct Result {
      index::PreparedPage page;
      std::string error;
    };
    std::vector<Result> results(batch_.size());
    for_each_piece(static_cast<std::int64_t>(batch_.size()), options_.threads, [&](std::int64_t i) {
      thread_local index::PageSentenceSplitter splitter;
      RawPage& raw = batch_[static_cast<std::size_t>(i)];
      Result& result = results[static_cast<std::size_t>(i)];
      try {
        index::Page page = raw.format == PageFormat::records ? page_of_record(parse_json(raw.bytes, raw.position), raw.position, options_)
                                                             : page_of_file(raw.bytes, raw.format, raw.id, raw.position, options_);
        raw.bytes = {};
        result.page = index::prepare_page(std::move(page), splitter);
      } catch (const Error& error) {
        result.error = error.what();
      }
    });
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (results[i].error.empty())
        take(results[i].page, batch_[i].position);
      else
        bad(results[i].error);
    }
    batch_.clear();
    cost_ = 0;
  }

 private:
  void take(const index::PreparedPage& page, const std::string& position) {
    try {
      visit_(page, position);
      ++report_.pages;
    } catch (const index::PageRefused& error) {
      bad(fmt::format("{}: {}", position, error.what()));
    } catch (...) {
      visit_failed_ = true;
      throw;
    }
  }

  const PageReadOptions& options_;
  PageReadReport& report_;
  const std::function<void(const index::PreparedPage&, const std::string&)>& visit_;
  std::vector<RawPage> batch_;
  std::int64_t cost_ = 0;
  bool visit_failed_ = false;
};

// nullopt when it is longer than `limit`.
std::optional<std::string> read_up_to(const std::filesystem::path& path, std::int64_t limit) {
  const std::unique_ptr<ByteReader> reader = open_reader(path);
  std::string bytes;
  std::array<char, 1 << 16> buffer;
  while (const std::size_t count = reader->read(buffer.data(), buffer.size())) {
    bytes.append(buffer.data(), count);
    if (static_cast<std::int64_t>(bytes.size()) > limit) return std::nullopt;
  }
  return bytes;
}

void read_records(const InputFile& file, std::int64_t limit, PageBatches& batches) {
  data::BoundedLines lines(file.path, static_cast<std::size_t>(limit));
  bool first = true;
  while (lines.next()) {
    const std::string position = fmt::format("{}:{}", file.path.string(), lines.number());
    const std::size_t begin = lines.line().find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos && !lines.too_long()) continue;
    if (lines.too_long()) {
      batches.bad(fmt::format("{}: the line is longer than {} bytes (more with --memory)", position, limit));
      continue;
    }
    if (std::exchange(first, false) && lines.line()[begin] == '[') {
      const std::string whole = lines.rest();
      if (lines.too_long())
        return batches.bad(fmt::format("{}: the JSON list is longer than {} bytes (more with --memory)", file.path.string(), limit));
      Json list;
      try {
        list = parse_json(whole, file.path.string());
      } catch (const Error& error) {
        return batches.bad(error.what());
      }
      std::int64_t number = 0;
      for (const Json& record : list)
        batches.add({record.dump(-1, ' ', false, Json::error_handler_t::replace), "",
                     fmt::format("{}: record {}", file.path.string(), ++number), PageFormat::records});
      return;
    }
    batches.add({std::string(lines.line()), "", position, PageFormat::records});
  }
}

}  // namespace

PageReadReport for_each_page(const std::vector<std::string>& inputs, const PageReadOptions& options,
                             const std::function<void(const index::PreparedPage&, const std::string&)>& visit,
                             const std::function<void(std::int64_t, std::int64_t)>& progress) {
  PageReadReport report;
  const std::vector<InputFile> files = input_files(inputs, report.files_left_out);
  std::vector<std::filesystem::path> paths;
  for (const InputFile& file : files) paths.push_back(file.path);
  const std::int64_t total = data::bytes_on_disk(paths);
  std::int64_t done = 0;
  PageBatches batches(options, report, visit);
  const std::int64_t limit = options.memory / shares_of_memory;
  for (const InputFile& file : files) {
    try {
      if (file.format == PageFormat::records) {
        read_records(file, limit, batches);
      } else if (auto bytes = read_up_to(file.path, limit)) {
        batches.add({std::move(*bytes), file.id, file.path.string(), file.format});
      } else {
        batches.bad(fmt::format("{}: the page is longer than {} bytes (more with --memory)", file.path.string(), limit));
      }
    } catch (const Error& error) {  // a damaged archive, a file without permission
      if (options.on_bad == data::OnBad::fail || batches.visit_failed()) throw;
      batches.bad(error.what());
    }
    done += data::bytes_on_disk({file.path});
    if (progress) progress(done, total);
  }
  batches.flush();
  return report;
}

}  // namespace fathom::pages

// Click logs as tab-separated values: a line that names the columns, then a line a search (docs/clicks.md).
#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "fathom/clicks/click_log_formats.h"
#include "fathom/clicks/click_log_json.h"
#include "fathom/data/bounded_lines.h"

namespace fathom::clicks {
namespace {

enum Column : std::size_t { query, shown, clicked, time, sentences, topic, columns };
constexpr std::array<std::string_view, columns> names = {"query", "shown", "clicked", "time", "sentences", "topic"};
constexpr std::string_view expected =
    "the first line must name the columns query, shown, clicked and perhaps time, sentences, topic, with tabs between them";

std::vector<std::string_view> split(std::string_view line, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0;;) {
    std::size_t end = begin;
    while (end < line.size() && line[end] != separator) end += line[end] == '\\' && end + 1 < line.size() ? 2 : 1;
    parts.push_back(line.substr(begin, end - begin));
    if (end >= line.size()) return parts;
    begin = end + 1;
  }
}

// "\t", "\n", "\|" and "\\" stand for a tab, a line break, a bar and a backslash.
std::string unescape(std::string_view text, const std::string& position) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    const char next = ++i < text.size() ? text[i] : '\0';
    require(next == 't' || next == 'n' || next == '|' || next == '\\',
            "{}: a backslash in '{}' is followed by neither t, n, | nor a backslash; write \\\\ for a backslash", position, text);
    out += next == 't' ? '\t' : next == 'n' ? '\n' : next;
  }
  return out;
}

std::vector<std::string> list(std::string_view field, const std::string& position) {
  std::vector<std::string> entries;
  if (field.empty()) return entries;
  for (const std::string_view part : split(field, '|')) entries.push_back(unescape(part, position));
  return entries;
}

std::int64_t integer(std::string_view text, std::string_view column, const std::string& position) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  require(error == std::errc() && end == text.data() + text.size(), "{}: column {} must hold whole numbers, but has '{}'", position, column,
          text);
  return number;
}

// Where each column stands.
std::array<std::optional<std::size_t>, columns> read_header(std::string_view line, const std::string& position) {
  std::array<std::optional<std::size_t>, columns> place;
  const auto titles = split(line, '\t');
  for (std::size_t i = 0; i < titles.size(); ++i) {
    const auto* const name = std::find(names.begin(), names.end(), titles[i]);
    require(name != names.end(), "{}: there is no column '{}'; {}", position, titles[i], expected);
    auto& found = place[static_cast<std::size_t>(name - names.begin())];
    require(!found, "{}: the column '{}' stands twice", position, titles[i]);
    found = i;
  }
  for (const Column needed : {query, shown, clicked})
    require(place[needed].has_value(), "{}: the column '{}' is missing; {}", position, names[needed], expected);
  return place;
}

SearchRecord read_row(const std::vector<std::string_view>& fields, const std::array<std::optional<std::size_t>, columns>& place,
                      const std::string& position) {
  const auto field = [&](Column column) { return place[column] ? fields[*place[column]] : std::string_view(); };
  SearchRecord record;
  record.query = unescape(field(query), position);
  record.topic = unescape(field(topic), position);
  if (!field(time).empty()) record.time = integer(field(time), "time", position);
  for (std::string& page : list(field(shown), position)) record.shown.push_back({.page = std::move(page)});
  if (!field(sentences).empty()) {
    const auto ordinals = split(field(sentences), '|');
    require(ordinals.size() == record.shown.size(), "{}: {} sentences for {} results; one for each is expected (nothing: unknown)",
            position, ordinals.size(), record.shown.size());
    for (std::size_t i = 0; i < ordinals.size(); ++i)
      if (!ordinals[i].empty()) record.shown[i].sentence = integer(ordinals[i], "sentences", position);
  }
  check_search(record, position);
  std::vector<Click> clicks;
  for (std::string& page : list(field(clicked), position)) {
    require(!page.empty(), "{}: column clicked has an empty entry; pages with | between them are expected", position);
    clicks.push_back({.page = std::move(page)});
  }
  apply_clicks(record, clicks, position);
  return record;
}

}  // namespace

void read_tsv_log(const std::filesystem::path& path, const ClickLogOptions& options, ClickLogCounts& counts, const SearchVisitor& visit) {
  BadRecords bad(options, counts);
  data::BoundedLines lines(path, options.max_record_bytes);
  require(lines.next(), "{}: the file is empty; {}", path.string(), expected);
  const auto place = read_header(lines.line(), fmt::format("{}:1", path.string()));
  const auto width =
      static_cast<std::size_t>(std::count_if(place.begin(), place.end(), [](const auto& column) { return column.has_value(); }));
  while (lines.next()) {
    if (lines.line().empty() && !lines.too_long()) continue;
    const std::string position = fmt::format("{}:{}", path.string(), lines.number());
    SearchRecord record;
    const bool skipped = bad.caught([&] {
      require(!lines.too_long(), "{}: the line is longer than {} bytes", position, options.max_record_bytes);
      const auto fields = split(lines.line(), '\t');
      require(fields.size() == width, "{}: {} fields where the first line names {} columns", position, fields.size(), width);
      record = read_row(fields, place, position);
    });
    if (skipped) continue;
    ++counts.searches;
    visit(record, position);
  }
}

}  // namespace fathom::clicks

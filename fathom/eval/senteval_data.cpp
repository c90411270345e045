#include "fathom/eval/senteval_data.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

#include "fathom/base/error.h"
#include "fathom/base/file.h"

namespace fathom::eval {
namespace {

namespace fs = std::filesystem;

std::vector<std::string_view> columns_of(std::string_view line) {
  std::vector<std::string_view> columns;
  for (std::size_t begin = 0;;) {
    const std::size_t end = std::min(line.find('\t', begin), line.size());
    columns.push_back(line.substr(begin, end - begin));
    if (end == line.size()) return columns;
    begin = end + 1;
  }
}

double number(std::string_view text, const LineReader& lines, const char* what) {
  double value = 0;
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  require(error == std::errc() && end == text.data() + text.size() && std::isfinite(value), "{}: {} is expected, found '{}'",
          lines.position(), what, text.substr(0, 40));
  return value;
}

// Calls `use` with the columns of each line that is not blank, of which there are `least` or more.
template <typename Use>
void for_each_row(const fs::path& file, std::size_t least, bool header, const Use& use) {
  LineReader lines(file);
  if (header) lines.next();
  bool any = false;
  while (const auto line = lines.next()) {
    if (line->find_first_not_of(" \t") == std::string_view::npos) continue;
    const std::vector<std::string_view> columns = columns_of(*line);
    require(columns.size() >= least, "{}: {} columns separated by tabs are expected, found {}", lines.position(), least, columns.size());
    use(columns, lines);
    any = true;
  }
  require(any, "{}: no examples found", file.string());
}

LabelledSentences checked(LabelledSentences data, const fs::path& file) {
  require(!data.sentences.empty(), "{}: no examples found", file.string());
  return data;
}

}  // namespace

std::optional<fs::path> find_data_file(const fs::path& stem, bool optional) {
  const std::string prefix = stem.filename().string() + ".";
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator entry(stem.parent_path(), error), end; !error && entry != end; entry.increment(error))
    if (entry->path().filename().string().starts_with(prefix)) found.push_back(entry->path());
  if (found.empty() && optional) return std::nullopt;
  require(!found.empty(), "{}.txt (or .tsv, compressed or in part) is not there; --data names a folder with senteval/ and sts/ inside",
          stem.string());
  if (found.size() > 1)
    fail("several files stand for {}: {} and {}; keep one of them", stem.string(), found[0].filename().string(),
         found[1].filename().string());
  return found[0];
}

LabelledSentences read_numbered(const fs::path& file, std::int64_t classes) {
  LabelledSentences data;
  data.classes = classes;
  LineReader lines(file);
  while (const auto line = lines.next()) {
    if (line->empty()) continue;
    const std::size_t space = line->find(' ');
    const double label = number(line->substr(0, space), lines, "a class and a sentence");
    require(label >= 0 && label < static_cast<double>(classes) && label == std::floor(label),
            "{}: a class from 0 to {} is expected, found {}", lines.position(), classes - 1, label);
    data.labels.push_back(static_cast<std::int64_t>(label));
    data.sentences.emplace_back(space == std::string_view::npos ? "" : line->substr(space + 1));
  }
  return checked(std::move(data), file);
}

LabelledSentences read_trec(const fs::path& file) {
  static constexpr std::array<std::string_view, 6> classes = {"ABBR", "DESC", "ENTY", "HUM", "LOC", "NUM"};
  LabelledSentences data;
  data.classes = static_cast<std::int64_t>(classes.size());
  LineReader lines(file);
  while (const auto line = lines.next()) {
    if (line->empty()) continue;
    const std::size_t colon = line->find(':'), space = line->find(' ');
    require(colon != std::string_view::npos && space != std::string_view::npos && colon < space, "{}: 'CLASS:kind question' is expected",
            lines.position());
    const auto found = std::find(classes.begin(), classes.end(), line->substr(0, colon));
    require(found != classes.end(), "{}: '{}' is none of TREC's six classes", lines.position(), line->substr(0, colon));
    data.labels.push_back(found - classes.begin());
    data.sentences.emplace_back(line->substr(space + 1));
  }
  return checked(std::move(data), file);
}

SentencePairs read_mrpc(const fs::path& file) {
  SentencePairs data;
  data.classes = 2;
  for_each_row(file, 5, true, [&](const std::vector<std::string_view>& columns, const LineReader& lines) {
    require(columns[0] == "0" || columns[0] == "1", "{}: Quality is expected to be 0 or 1, found '{}'", lines.position(), columns[0]);
    data.labels.push_back(columns[0] == "1" ? 1 : 0);
    data.first.emplace_back(columns[3]);
    data.second.emplace_back(columns[4]);
  });
  return data;
}

SentencePairs read_sick(const fs::path& file) {
  static constexpr std::array<std::string_view, 3> classes = {"NEUTRAL", "ENTAILMENT", "CONTRADICTION"};
  SentencePairs data;
  data.classes = static_cast<std::int64_t>(classes.size());
  for_each_row(file, 5, true, [&](const std::vector<std::string_view>& columns, const LineReader& lines) {
    const auto found = std::find(classes.begin(), classes.end(), columns[4]);
    require(found != classes.end(), "{}: NEUTRAL, ENTAILMENT or CONTRADICTION is expected, found '{}'", lines.position(), columns[4]);
    data.labels.push_back(found - classes.begin());
    data.scores.push_back(number(columns[3], lines, "a relatedness score"));
    data.first.emplace_back(columns[1]);
    data.second.emplace_back(columns[2]);
  });
  return data;
}

SentencePairs read_sts(const fs::path& file) {
  SentencePairs data;
  for_each_row(file, 3, false, [&](const std::vector<std::string_view>& columns, const LineReader& lines) {
    data.scores.push_back(number(columns[0], lines, "a similarity score"));
    data.first.emplace_back(columns[1]);
    data.second.emplace_back(columns[2]);
  });
  return data;
}

SentencePairs read_sts_benchmark(const fs::path& file) {
  SentencePairs data;
  for_each_row(file, 7, false, [&](const std::vector<std::string_view>& columns, const LineReader& lines) {
    data.scores.push_back(number(columns[4], lines, "a similarity score"));
    data.first.emplace_back(columns[5]);
    data.second.emplace_back(columns[6]);
  });
  return data;
}

}  // namespace fathom::eval

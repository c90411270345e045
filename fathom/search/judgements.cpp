#include "fathom/search/judgements.h"

#include <charconv>
#include <unordered_map>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/data/records.h"

namespace fathom::search {
namespace {

std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> fields;
  for (std::size_t begin = 0; (begin = line.find_first_not_of(" \t\r", begin)) != std::string_view::npos;) {
    const std::size_t end = std::min(line.find_first_of(" \t\r", begin), line.size());
    fields.push_back(line.substr(begin, end - begin));
    begin = end;
  }
  return fields;
}

std::unordered_map<std::string, metrics::Judgements> read_judgements(const std::filesystem::path& path) {
  std::unordered_map<std::string, metrics::Judgements> judgements;
  LineReader lines(path);
  while (const auto line = lines.next()) {
    const std::vector<std::string_view> fields = fields_of(*line);
    if (fields.empty() || (lines.line_number() == 1 && fields.front() == "query-id")) continue;
    require(fields.size() == 3 || fields.size() == 4, "{}: {} fields; 'query 0 page grade' or 'query page grade' is expected",
            lines.position(), fields.size());
    int grade = 0;
    const std::string_view text = fields.back();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), grade);
    require(error == std::errc() && end == text.data() + text.size(), "{}: the grade '{}' is no integer", lines.position(), text);
    judgements[std::string(fields.front())][std::string(fields[fields.size() - 2])] = grade;
  }
  return judgements;
}

std::string first_text(const Json& record, std::initializer_list<const char*> keys, const std::string& position) {
  std::string names;
  for (const char* key : keys) {
    const auto found = record.find(key);
    if (found != record.end() && found->is_string()) return found->get<std::string>();
    if (found != record.end() && found->is_number_integer()) return found->dump();
    names += fmt::format("{}'{}'", names.empty() ? "" : ", ", key);
  }
  fail("{}: one of the keys {} is needed", position, names);
}

}  // namespace

std::vector<JudgedQuery> read_judged_queries(const std::filesystem::path& queries, const std::filesystem::path& judgements) {
  auto judged = read_judgements(judgements);
  std::vector<JudgedQuery> result;
  data::for_each_record(queries, [&](const Json& record, const std::string& position) {
    JudgedQuery query{first_text(record, {"qid", "_id", "id"}, position), first_text(record, {"text", "query"}, position), {}};
    const auto found = judged.find(query.id);
    if (found == judged.end()) return;
    bool relevant = false;
    for (const auto& [page, grade] : found->second) relevant = relevant || grade >= 1;
    if (!relevant) return;
    query.judgements = std::move(found->second);
    judged.erase(found);  // a query that is given twice counts once
    result.push_back(std::move(query));
  });
  require(!result.empty(), "{}: none of its queries has a relevant page in {}", queries.string(), judgements.string());
  return result;
}

}  // namespace fathom::search

#include "fathom/faq/faq_entries.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/json.h"
#include "fathom/data/csv_records.h"
#include "fathom/data/documents.h"
#include "fathom/data/records.h"
#include "fathom/faq/semeval_xml.h"
#include "fathom/text/utf8.h"

namespace fathom::faq {
namespace {

std::string text_of(const Json& record, const char* key, const std::string& position) {
  return json_get_or<std::string>(record, key, "", position);
}

std::string id_of(const Json& record, const char* key, const std::string& position) {
  const auto found = record.find(key);
  if (found == record.end() || found->is_null()) return "";
  if (found->is_number_integer()) return found->dump();
  return json_get<std::string>(record, key, position);
}

std::string joined(const Json& record, const char* key, const std::string& position) {
  std::string out;
  for (const auto& text : json_get_or<std::vector<std::string>>(record, key, {}, position)) out += (out.empty() ? "" : "\n\n") + text;
  return out;
}

class Collector {
 public:
  explicit Collector(const FaqReadOptions& options) : options_(options) {}

  // `answer_optional`: the format has no answers.
  void add(FaqEntry entry, bool answer_optional = false) {
    entry.question = normalize_space(entry.question);
    require(!entry.question.empty(), "{}: the question is missing or blank; every entry needs one (key 'question')", entry.position);
    require(!normalize_space(entry.answer).empty() || answer_optional || !options_.answers_required,
            "{}: the question '{}' has no answer; give one (key 'answer'), or allow it with --allow-missing-answers", entry.position,
            entry.question.substr(0, text::valid_prefix(entry.question.substr(0, 80))));
    const auto [first, last] = seen_.equal_range(entry.question);
    for (auto other = first; other != last; ++other) {
      const FaqEntry& earlier = entries_[other->second];
      if (earlier.answer == entry.answer) {
        if (!answer_optional) warn("{}: the same question and answer as {}; left out", entry.position, earlier.position);
        return;
      }
    }
    if (first != last) {
      if (answer_optional) return;
      warn("{}: the same question as {} with another answer; both are kept", entry.position, entries_[first->second].position);
    }
    const bool named = !entry.id.empty();
    if (!named) entry.id = std::to_string(entries_.size() + 1);
    const auto [holder, fresh] = places_of_ids_.emplace(entry.id, entry.position);
    require(fresh || named,
            "{}: this entry has no id and would be called '{}', its number, but {} has that id; give every entry one, or none",
            entry.position, entry.id, holder->second);
    require(fresh, "{}: the id '{}' is given twice, first at {}; ids must differ over all inputs", entry.position, entry.id,
            holder->second);
    seen_.emplace(entry.question, entries_.size());
    entries_.push_back(std::move(entry));
  }

  std::vector<FaqEntry> take() { return std::move(entries_); }

 private:
  template <typename... Args>
  void warn(fmt::format_string<Args...> format, Args&&... args) const {
    if (options_.warn) options_.warn(fmt::format(format, std::forward<Args>(args)...));
  }

  const FaqReadOptions& options_;
  std::vector<FaqEntry> entries_;
  std::unordered_multimap<std::string, std::size_t> seen_;
  std::unordered_map<std::string, std::string> places_of_ids_;
};

void add_record(const Json& record, const std::string& position, Collector& out) {
  if (record.contains("rid")) {
    FaqEntry entry{id_of(record, "rid", position), json_get<std::string>(record, "r", position), "", position};
    const auto comments = json_get_or<std::vector<std::string>>(record, "comments", {}, position);
    if (!comments.empty()) entry.answer = comments.front();
    return out.add(std::move(entry), /*answer_optional=*/true);
  }
  if (record.contains("query_type") && json_get<std::string>(record, "query_type", position) != "faq") return;
  FaqEntry entry{id_of(record, "id", position), text_of(record, "question", position), text_of(record, "answer", position), position};
  if (entry.answer.empty()) entry.answer = joined(record, "answers", position);
  out.add(std::move(entry));
}

void add_threads(const std::filesystem::path& path, Collector& out) {
  for_each_semeval_thread(path, [&](const SemevalThread& thread) {
    out.add({thread.id, thread.text, thread.comments.empty() ? "" : thread.comments.front(), thread.position}, /*answer_optional=*/true);
  });
}

void add_csv(const std::filesystem::path& path, Collector& out) {
  std::optional<std::vector<std::string>> header;
  std::size_t question = 0, answer = 0, id = 0;
  data::for_each_csv_record(path, [&](const std::vector<std::string>& fields, const std::string& position) {
    if (!header) {
      header = fields;
      const auto column = [&](const char* name) {
        return static_cast<std::size_t>(std::find(fields.begin(), fields.end(), name) - fields.begin());
      };
      question = column("question");
      answer = column("answer");
      id = column("id");
      require(question < fields.size() && answer < fields.size(), "{}: the first line must name the columns 'question' and 'answer'",
              position);
      return;
    }
    out.add({id < fields.size() ? fields[id] : "", fields[question], fields[answer], position});
  });
}

}  // namespace

std::string normalize_space(std::string_view text) {
  std::string out;
  bool space = false;
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v') {
      space = !out.empty();
      continue;
    }
    if (space) out += ' ';
    space = false;
    out += c;
  }
  return out;
}

std::vector<FaqEntry> read_faq_entries(const std::vector<std::string>& paths, const FaqReadOptions& options) {
  Collector collector(options);
  for (const std::filesystem::path& file : data::expand_paths(paths)) {
    if (data::uncompressed_extension(file) == ".csv") {
      add_csv(file, collector);
    } else if (is_xml_file(file)) {
      add_threads(file, collector);
    } else {
      require(data::is_record_file(file), "{}: a FAQ is read from .jsonl, .json, .csv or (SemEval's) .xml files", file.string());
      data::for_each_record(file, [&](const Json& record, const std::string& position) { add_record(record, position, collector); });
    }
  }
  std::vector<FaqEntry> entries = collector.take();
  require(!entries.empty(), "there is no question in {}; a FAQ needs at least one", fmt::join(paths, ", "));
  return entries;
}

}  // namespace fathom::faq

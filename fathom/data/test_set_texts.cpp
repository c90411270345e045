#include "fathom/data/test_set_texts.h"

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/data/records.h"
#include "fathom/text/utf8.h"

namespace fathom::data {
namespace {

using Visit = std::function<void(std::string_view text, const std::string& position)>;

// Every text in a value; lists and objects are taken apart.
void visit_texts(const Json& value, const std::string& position, const Visit& visit) {
  if (value.is_string()) {
    visit(value.get_ref<const std::string&>(), position);
  } else if (value.is_structured()) {
    for (const Json& inner : value) visit_texts(inner, position, visit);
  }
}

// record["a"]["b"] for "a.b"; a key that has a point in its name is found as it is. Lists on the way are taken apart. Returns whether it is
// there.
bool visit_field(const Json& value, const std::string& field, const std::string& position, const Visit& visit) {
  if (value.is_array()) {
    bool found = false;
    for (const Json& inner : value) found = visit_field(inner, field, position, visit) || found;
    return found;
  }
  if (!value.is_object()) return false;
  if (const auto whole = value.find(field); whole != value.end()) {
    visit_texts(*whole, position, visit);
    return true;
  }
  const std::size_t point = field.find('.');
  if (point == std::string::npos) return false;
  const auto outer = value.find(field.substr(0, point));
  return outer != value.end() && visit_field(*outer, field.substr(point + 1), position, visit);
}

std::int64_t visit_records(const TestSet& set, const Visit& visit) {
  std::int64_t records = 0;
  std::vector<bool> seen(set.fields.size(), false);
  for_each_record(set.file, [&](const Json& record, const std::string& position) {
    ++records;
    if (set.fields.empty()) visit_texts(record, position, visit);
    for (std::size_t i = 0; i < set.fields.size(); ++i) seen[i] = visit_field(record, set.fields[i], position, visit) || seen[i];
  });
  for (std::size_t i = 0; i < seen.size(); ++i) {
    require(seen[i], "{}: no record has the field '{}'; name one that they have, or none for all texts", set.file.string(), set.fields[i]);
  }
  return records;
}

std::int64_t visit_paragraphs(const TestSet& set, const Visit& visit) {
  require(set.fields.empty(), "{}: this is no file of JSON records, so it has no field '{}'", set.file.string(),
          set.fields.empty() ? "" : set.fields.front());
  std::int64_t records = 0;
  std::string paragraph, position;
  const auto finish = [&] {
    if (paragraph.empty()) return;
    ++records;
    visit(paragraph, position);
    paragraph.clear();
  };
  LineReader lines(set.file);
  while (const auto line = lines.next()) {
    const std::size_t valid = text::valid_prefix(*line);
    require(valid == line->size(), "{}: byte {} of the line is not UTF-8; convert the file, for example with iconv", lines.position(),
            valid);
    if (line->find_first_not_of(" \t\r\f\v") == std::string_view::npos) {
      finish();
      continue;
    }
    if (paragraph.empty()) position = lines.position();
    paragraph.append(*line).push_back('\n');
  }
  finish();
  require(records > 0, "{}: there is no text in this file", set.file.string());
  return records;
}

}  // namespace

std::int64_t for_each_test_text(const TestSet& set, const Visit& visit) {
  return is_record_file(set.file) ? visit_records(set, visit) : visit_paragraphs(set, visit);
}

}  // namespace fathom::data

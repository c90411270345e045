#include <simdjson.h>

#include <algorithm>

#include "fathom/base/error.h"
#include "fathom/base/json.h"
#include "fathom/data/bounded_lines.h"
#include "fathom/data/document_source.h"

namespace fathom::data {
namespace {

class RecordSource : public DocumentSource {
 public:
  RecordSource(const std::filesystem::path& file, const DocumentOptions& options)
      : options_(options), lines_(file, static_cast<std::size_t>(options.max_record_bytes)) {}

  bool next(std::int64_t first_ordinal, DocumentPlace& place, std::string_view& text) override {
    while (!in_list_ && lines_.next()) {
      const std::size_t begin = lines_.line().find_first_not_of(" \t\r\n");
      if (begin == std::string_view::npos && !lines_.too_long()) continue;
      place.line = lines_.number();
      place.byte = lines_.offset();
      if (ordinal_ == 0 && !lines_.too_long() && lines_.line()[begin] == '[') {
        read_list(place);
        break;
      }
      place.ordinal = ordinal_++;
      if (place.ordinal < first_ordinal) continue;
      if (lines_.too_long()) throw BadRecord{too_long("the line")};
      if (!take_fast(lines_.line(), text)) take(parse(lines_.line()), text);
      return true;
    }
    if (!in_list_) return false;
    place.line = 0;
    place.byte = 0;
    ordinal_ = std::max(ordinal_, first_ordinal);
    if (ordinal_ >= static_cast<std::int64_t>(list_.size())) return false;
    place.ordinal = ordinal_++;
    Json record = std::move(list_[static_cast<std::size_t>(place.ordinal)]);
    take(std::move(record), text);
    return true;
  }

 private:
  std::string too_long(std::string_view what) const {
    return fmt::format("{} is longer than {} bytes (max_record_bytes)", what, options_.max_record_bytes);
  }

  // Reading stops where a list cannot be read: what would follow it is not known.
  void read_list(DocumentPlace& place) {
    place.line = 0;
    place.byte = 0;
    const std::string whole = lines_.rest();
    if (lines_.too_long()) throw BadRecord{too_long("the JSON list"), true};
    try {
      list_ = parse_json(whole, "");
    } catch (const Error& error) {
      throw BadRecord{reason_of(error), true};
    }
    in_list_ = true;
  }

  Json parse(std::string_view line) const {
    try {
      return parse_json(line, "");
    } catch (const Error& error) {
      throw BadRecord{reason_of(error)};
    }
  }

  // The usual record, read by a faster parser. False for every other one, which the parser with better messages then looks at.
  bool take_fast(std::string_view line, std::string_view& text) {
    simdjson::dom::element record;
    std::string_view value;
    if (parser_.parse(line.data(), line.size()).get(record) != simdjson::SUCCESS) return false;
    if (record.at_key(options_.text_field).get(value) != simdjson::SUCCESS) return false;
    finish(std::string(value), text);
    return true;
  }

  void take(Json record, std::string_view& text) {
    if (!record.is_object()) throw BadRecord{fmt::format("a JSON object is expected, found {}", record.type_name())};
    std::string value;
    try {
      value = json_get<std::string>(record, options_.text_field, "");
    } catch (const Error& error) {
      throw BadRecord{reason_of(error)};
    }
    finish(std::move(value), text);
  }

  void finish(std::string value, std::string_view& text) {
    text_ = std::move(value);
    if (options_.html_field) text_ = text_of_html(text_, "UTF-8", options_);
    check_text(text_, 0, true);
    text = text_;
  }

  // Messages of fathom/base/json.h begin with the origin, which is empty here: the reader puts the place before the reason.
  static std::string reason_of(const Error& error) {
    const std::string_view message = error.what();
    return std::string(message.starts_with(": ") ? message.substr(2) : message);
  }

  DocumentOptions options_;
  BoundedLines lines_;
  simdjson::dom::parser parser_;
  Json list_;
  bool in_list_ = false;
  std::int64_t ordinal_ = 0;
  std::string text_;
};

}  // namespace

std::unique_ptr<DocumentSource> open_records(const std::filesystem::path& file, const DocumentOptions& options) {
  return std::make_unique<RecordSource>(file, options);
}

}  // namespace fathom::data

#include "fathom/questions/generated_texts.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/data/records.h"
#include "fathom/text/utf8.h"

namespace fathom::questions {
namespace {

struct Entry {
  std::string id, position;  // position: "file:line"
  std::vector<std::string> texts;
};

// The entries of one file; `by_id` when all have one.
struct TextFile {
  std::string path;
  std::vector<Entry> entries;
  bool by_id = false;

  std::unordered_map<std::string, std::size_t> places() const {
    std::unordered_map<std::string, std::size_t> places;
    for (std::size_t i = 0; i < entries.size(); ++i) places.emplace(entries[i].id, i);
    return places;
  }
};

TextFile read_lines(const std::filesystem::path& path) {
  TextFile file{path.string(), {}, false};
  LineReader lines(path);
  while (const auto line = lines.next()) {
    require(text::valid_prefix(*line) == line->size(), "{}: the line is not UTF-8 from byte {} on; convert the file (iconv -t UTF-8)",
            lines.position(), text::valid_prefix(*line) + 1);
    file.entries.push_back({"", lines.position(), {std::string(*line)}});
  }
  require(!file.entries.empty(), "{}: the file is empty; one text a line is expected", path.string());
  return file;
}

std::vector<std::string> texts_of(const Json& record, const std::string& field, const std::string& position, bool is_reference) {
  const auto found = record.find(field);
  require(found != record.end(), "{}: the record has no key '{}'; name the key that holds the text (--field)", position, field);
  if (is_reference && found->is_array()) return json_get<std::vector<std::string>>(record, field, position);
  return {json_get<std::string>(record, field, position)};
}

std::string id_of(const Json& record, const std::string& position) {
  const auto found = record.find("id");
  if (found == record.end() || found->is_null()) return "";
  return found->is_number_integer() ? found->dump() : json_get<std::string>(record, "id", position);
}

TextFile read_records(const std::filesystem::path& path, const std::string& field, bool is_reference) {
  TextFile file{path.string(), {}, true};
  std::unordered_map<std::string, std::size_t> places;
  data::for_each_record(path, [&](const Json& record, const std::string& position) {
    Entry entry{id_of(record, position), position, texts_of(record, field, position, is_reference)};
    file.by_id = file.by_id && !entry.id.empty();
    if (!entry.id.empty()) {
      const auto [place, fresh] = places.emplace(entry.id, file.entries.size());
      if (!fresh) {
        Entry& known = file.entries[place->second];
        require(is_reference, "{}: the id '{}' is given twice (first: {}); a system writes one text for each", position, entry.id,
                known.position);
        known.texts.insert(known.texts.end(), entry.texts.begin(), entry.texts.end());
        return;
      }
    }
    file.entries.push_back(std::move(entry));
  });
  return file;
}

TextFile read_texts(const std::filesystem::path& path, const std::string& field, bool is_reference) {
  TextFile file = data::is_record_file(path) ? read_records(path, field, is_reference) : read_lines(path);
  if (!is_reference) return file;
  for (const Entry& entry : file.entries) {
    const bool good = !entry.texts.empty() && std::ranges::none_of(entry.texts, [](const std::string& text) {
      return text.find_first_not_of(" \t\r\n") == std::string::npos;
    });
    require(good, "{}: the reference is empty; nothing can be scored against it", entry.position);
  }
  return file;
}

// For each entry of `base` the texts of the entry of `file` that belongs to it.
std::vector<std::vector<std::string>> join(const TextFile& base, TextFile file) {
  std::vector<std::vector<std::string>> joined;
  if (base.by_id && file.by_id) {
    const auto places = file.places(), known = base.places();
    for (const Entry& entry : file.entries) {
      require(known.contains(entry.id), "{}: the id '{}' is not in {}; the files should be of the same records", entry.position, entry.id,
              base.path);
    }
    for (const Entry& entry : base.entries) {
      const auto found = places.find(entry.id);
      require(found != places.end(), "{}: there is no text for the id '{}' of {}", file.path, entry.id, entry.position);
      joined.push_back(std::move(file.entries[found->second].texts));
    }
    return joined;
  }
  const std::size_t both = std::min(base.entries.size(), file.entries.size());
  if (base.entries.size() != file.entries.size()) {
    const Entry& alone = base.entries.size() > both ? base.entries[both] : file.entries[both];
    fail("{} has {} texts and {} has {}; they should belong to each other one by one, but {} has no partner", file.path,
         file.entries.size(), base.path, base.entries.size(), alone.position);
  }
  for (Entry& entry : file.entries) joined.push_back(std::move(entry.texts));
  return joined;
}

}  // namespace

GeneratedTexts read_generated_texts(const std::vector<std::filesystem::path>& systems, const std::vector<std::filesystem::path>& references,
                                    const std::string& field) {
  if (systems.empty() || references.empty()) fail_usage("generated texts and references are needed: --generated FILE --references FILE");
  const TextFile base = read_texts(references.front(), field, /*is_reference=*/true);
  GeneratedTexts all;
  for (const Entry& entry : base.entries) {
    if (base.by_id) all.ids.push_back(entry.id);
    all.references.push_back(entry.texts);
  }
  for (std::size_t r = 1; r < references.size(); ++r) {
    const auto more = join(base, read_texts(references[r], field, /*is_reference=*/true));
    for (std::size_t i = 0; i < more.size(); ++i) all.references[i].insert(all.references[i].end(), more[i].begin(), more[i].end());
  }
  for (const std::filesystem::path& path : systems) {
    std::vector<std::string>& texts = all.systems.emplace_back();
    for (std::vector<std::string>& entry : join(base, read_texts(path, field, /*is_reference=*/false)))
      texts.push_back(std::move(entry.front()));
  }
  return all;
}

}  // namespace fathom::questions

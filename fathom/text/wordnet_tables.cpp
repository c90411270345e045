#include "fathom/text/wordnet_tables.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "fathom/base/error.h"
#include "fathom/base/file.h"

namespace fathom::text {
namespace {

using Tables = WordNet::Tables;

constexpr std::array<const char*, part_of_speech_count> suffixes = {"noun", "verb", "adj", "adv"};
// How data and index files name the parts of speech: 's' is an adjective too (a satellite of another).
constexpr std::array<std::string_view, part_of_speech_count> letters = {"n", "v", "as", "r"};

// A line's fields, which single spaces part. Licence lines begin with a space and are skipped.
class Fields {
 public:
  explicit Fields(const std::filesystem::path& path) : lines_(path) {}

  bool next_line() {
    do {
      const auto line = lines_.next();
      if (!line) return false;
      rest_ = *line;
    } while (rest_.empty() || rest_.front() == ' ');
    return true;
  }

  std::optional<std::string_view> try_next() {
    while (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1);
    if (rest_.empty()) return std::nullopt;
    const std::string_view field = rest_.substr(0, rest_.find(' '));
    rest_.remove_prefix(field.size());
    return field;
  }

  std::string_view next(const char* what) {
    const auto field = try_next();
    if (!field) broken(what, "the end of the line");
    return *field;
  }

  std::uint32_t number(const char* what, int base = 10) {
    const std::string_view field = next(what);
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value, base);
    if (error != std::errc() || end != field.data() + field.size()) broken(what, field);
    return value;
  }

  [[noreturn]] void broken(const char* expected, std::string_view found) const {
    fail("{}: expected {}, found '{}'; this is no file of WordNet's database, or a damaged one: install Debian's wordnet-base again",
         lines_.position(), expected, found.substr(0, 60));
  }

 private:
  LineReader lines_;
  std::string_view rest_;
};

PartOfSpeech part_of(std::size_t p) { return static_cast<PartOfSpeech>(p); }

// "galore(ip)" → "galore": where an adjective may stand is not part of the word.
std::string_view without_marker(std::string_view word) { return word.ends_with(')') ? word.substr(0, word.rfind('(')) : word; }

void read_synsets(Tables& tables, std::size_t p, const std::filesystem::path& path) {
  Fields fields(path);
  const std::size_t first = tables.entries.size();
  while (fields.next_line()) {
    Tables::Entry entry;
    entry.part = part_of(p);
    entry.offset = fields.number("the byte of the synset");
    if (tables.entries.size() > first && tables.entries.back().offset >= entry.offset) {
      fields.broken("a synset further on than the one before", std::to_string(entry.offset));
    }
    const std::uint32_t class_number = fields.number("the number of a lexicographer file");
    if (class_number >= lexicographer_class_count)
      fields.broken("the number of a lexicographer file, 0 to 44", std::to_string(class_number));
    entry.lexicographer_class = static_cast<std::uint8_t>(class_number);
    const std::string_view type = fields.next("the type of the synset");
    if (type.size() != 1 || letters[p].find(type) == std::string_view::npos) fields.broken("the type of the file's synsets", type);
    entry.words = fields.number("the number of words", 16);
    entry.first_word = static_cast<std::uint32_t>(tables.words.size());
    for (std::uint32_t i = 0; i < entry.words; ++i) {
      tables.words.push_back(tables.keep(without_marker(fields.next("a word"))));
      fields.number("the number of the word's meaning", 16);
    }
    const std::uint32_t pointers = fields.number("the number of pointers");
    for (std::uint32_t i = 0; i < pointers; ++i) {
      entry.instance |= fields.next("a pointer's symbol") == "@i";
      fields.number("the byte of the pointer's synset");
      fields.next("the pointer's part of speech");
      fields.next("the pointer's words");
    }
    tables.entries.push_back(entry);
  }
}

void read_lemmas(Tables& tables, std::size_t p, std::size_t first_entry, const std::filesystem::path& path) {
  Fields fields(path);
  const auto begin = tables.entries.begin() + static_cast<std::ptrdiff_t>(first_entry);
  std::vector<Tables::Lemma>& lemmas = tables.lemmas[p];
  while (fields.next_line()) {
    const std::string_view text = fields.next("a lemma");
    if (!lemmas.empty() && tables.view(lemmas.back().text) >= text)
      fields.broken("a lemma after the one before it in order of bytes", text);
    Tables::Lemma lemma;
    lemma.text = tables.keep(text);
    const std::string_view letter = fields.next("the part of speech");
    if (letter != letters[p].substr(0, 1)) fields.broken("the part of speech of the file", letter);
    lemma.senses = fields.number("the number of meanings");
    const std::uint32_t symbols = fields.number("the number of pointer symbols");
    for (std::uint32_t i = 0; i < symbols; ++i) fields.next("a pointer symbol");
    fields.number("the number of meanings");
    fields.number("the number of ranked meanings");
    lemma.first_sense = static_cast<std::uint32_t>(tables.senses.size());
    for (std::uint32_t i = 0; i < lemma.senses; ++i) {
      const std::uint32_t offset = fields.number("the byte of a synset");
      const auto found = std::ranges::lower_bound(begin, tables.entries.end(), offset, {}, &Tables::Entry::offset);
      if (found == tables.entries.end() || found->offset != offset) {
        fields.broken("the byte at which the data file has a synset", std::to_string(offset));
      }
      tables.senses.push_back(static_cast<std::uint32_t>(found - tables.entries.begin()));
    }
    lemmas.push_back(lemma);
  }
}

void read_exceptions(Tables& tables, std::size_t p, const std::filesystem::path& path) {
  Fields fields(path);
  while (fields.next_line()) {
    std::vector<std::string>& bases = tables.exceptions[p][std::string(fields.next("an inflected form"))];
    bases.assign(1, std::string(fields.next("a base form")));
    while (const auto more = fields.try_next()) bases.emplace_back(*more);
  }
}

// Lines "lemma%type:… number count" (cntlist(5WN)); type 5 is a satellite adjective.
void read_counts(Tables& tables, const std::filesystem::path& path) {
  Fields fields(path);
  while (fields.next_line()) {
    const std::string_view key = fields.next("a sense key");
    const std::size_t percent = key.rfind('%');
    if (percent == std::string_view::npos || percent + 1 == key.size() || key[percent + 1] < '1' || key[percent + 1] > '5') {
      fields.broken("a sense key, lemma%1 to lemma%5", key);
    }
    const int type = key[percent + 1] - '1';
    const std::string lemma(key.substr(0, percent));
    fields.number("the number of the meaning");
    const std::uint32_t count = fields.number("how often the meaning was tagged");
    const PartOfSpeech part = type == 4 ? PartOfSpeech::adjective : part_of(static_cast<std::size_t>(type));
    std::vector<Tables::Lemma>& lemmas = tables.lemmas[static_cast<std::size_t>(part)];
    if (const std::size_t found = tables.find(part, lemma); found < lemmas.size()) lemmas[found].tagged += count;
  }
}

}  // namespace

Tables::Text Tables::keep(std::string_view word) {
  const Text kept{static_cast<std::uint32_t>(text.size()), static_cast<std::uint32_t>(word.size())};
  text += word;
  return kept;
}

std::size_t Tables::find(PartOfSpeech part, std::string_view lemma) const {
  const std::vector<Lemma>& of_part = lemmas[static_cast<std::size_t>(part)];
  const auto found = std::ranges::lower_bound(of_part, lemma, {}, [this](const Lemma& entry) { return view(entry.text); });
  const bool there = found != of_part.end() && view(found->text) == lemma;
  return there ? static_cast<std::size_t>(found - of_part.begin()) : of_part.size();
}

Tables WordNetReader::read(const std::filesystem::path& directory) {
  Tables tables;
  for (std::size_t p = 0; p < suffixes.size(); ++p) {
    const std::string suffix = suffixes[p];
    for (const std::string& name : {"data." + suffix, "index." + suffix, suffix + ".exc"}) {
      require(std::filesystem::exists(directory / name), "{}: not found; it is part of WordNet's database: install Debian's wordnet-base",
              (directory / name).string());
    }
    const std::size_t first = tables.entries.size();
    read_synsets(tables, p, directory / ("data." + suffix));
    read_lemmas(tables, p, first, directory / ("index." + suffix));
    read_exceptions(tables, p, directory / (suffix + ".exc"));
  }
  if (std::filesystem::exists(directory / "cntlist.rev")) read_counts(tables, directory / "cntlist.rev");
  tables.text.shrink_to_fit();
  return tables;
}

}  // namespace fathom::text

#include "fathom/questions/name_classes.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <unordered_set>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/text/words.h"

namespace fathom::questions {
namespace {

constexpr const char* phrases_file = "entity_phrases.tsv";
constexpr const char* evidence_file = "entity_evidence.tsv";
constexpr std::array<EntityClass, 4> kind_classes = {EntityClass::person, EntityClass::location, EntityClass::organization,
                                                     EntityClass::name};

using Words = std::unordered_set<std::string_view>;

bool is_person_title(std::string_view word) {
  static const Words words = {"mr.",   "mrs.",     "ms.",      "dr.",       "sir",       "lord",    "lady",       "king",
                              "queen", "prince",   "princess", "pope",      "saint",     "emperor", "president",  "general",
                              "gen.",  "captain",  "capt.",    "professor", "prof.",     "bishop",  "archbishop", "senator",
                              "sen.",  "governor", "gov.",     "colonel",   "col.",      "sultan",  "duke",       "count",
                              "rabbi", "father",   "fr.",      "st.",       "chancellor"};
  return words.contains(word);
}

bool is_organization_head(std::string_view word) {
  static const Words words = {
      "university", "college",      "institute",    "company",  "corporation", "corp.",     "inc.",        "ltd.",   "co.",
      "party",      "church",       "committee",    "council",  "army",        "league",    "association", "agency", "ministry",
      "department", "commission",   "bank",         "society",  "union",       "congress",  "parliament",  "senate", "court",
      "school",     "academy",      "foundation",   "club",     "museum",      "orchestra", "records",     "navy",   "bureau",
      "federation", "organization", "organisation", "airlines", "group",       "board",     "authority",   "f.c.",   "fc"};
  return words.contains(word);
}

bool is_location_head(std::string_view word) {
  static const Words words = {"river",  "mountain", "mountains", "lake",      "island",   "islands", "city",    "county",
                              "street", "province", "sea",       "ocean",     "valley",   "state",   "desert",  "bay",
                              "park",   "road",     "avenue",    "peninsula", "district", "coast",   "canyon",  "strait",
                              "gulf",   "basin",    "airport",   "bridge",    "square",   "hills",   "plateau", "harbor",
                              "forest", "creek",    "beach",     "region",    "republic", "kingdom", "village", "territory"};
  return words.contains(word);
}

bool joins_names(std::string_view word) {
  static const Words words = {"of", "the", "de", "von", "van", "der", "la", "le", "del", "di", "da", "du", "&", "al", "bin", "ibn", "el"};
  return words.contains(word);
}

// The class of a WordNet synset whose words are written with capitals.
EntityClass class_of(const text::Synset& synset) {
  const std::string_view file = text::lexicographer_class_name(synset.lexicographer_class);
  if (file == "noun.person") return synset.instance ? EntityClass::person : EntityClass::group;
  if (file == "noun.location" || (file == "noun.object" && synset.instance)) return EntityClass::location;
  if (file == "noun.group") return EntityClass::organization;
  if (file.starts_with("adj.")) return EntityClass::group;
  return EntityClass::name;
}

std::string phrase_of(std::span<const std::string> words, std::size_t begin, std::size_t end) {
  std::string phrase;
  for (std::size_t i = begin; i < end; ++i) {
    if (i > begin) phrase += ' ';
    phrase += words[i];
  }
  return phrase;
}

// What is looked at in and around a name.
std::vector<std::string> clues(std::span<const std::string> words, const NameRun& run) {
  std::vector<std::string> found;
  for (std::size_t i = run.begin; i < run.end; ++i) found.push_back("in " + words[i]);
  found.push_back("first " + words[run.begin]);
  found.push_back("last " + words[run.end - 1]);
  found.push_back("before " + (run.begin == 0 ? std::string("|") : words[run.begin - 1]));
  if (run.begin > 1) found.push_back("before2 " + words[run.begin - 2] + " " + words[run.begin - 1]);
  found.push_back("after " + (run.end == words.size() ? std::string("|") : words[run.end]));
  if (run.end + 1 < words.size()) found.push_back("after2 " + words[run.end] + " " + words[run.end + 1]);
  found.push_back("length " + std::to_string(std::min<std::size_t>(run.end - run.begin, 4)));
  const std::string& last = words[run.end - 1];
  if (last.size() > 3) found.push_back("ending " + last.substr(last.size() - 3));
  return found;
}

}  // namespace

std::vector<NameRun> name_runs(std::span<const std::string> words, std::span<const Tag> tags) {
  std::vector<NameRun> runs;
  for (std::size_t i = 0; i < words.size();) {
    if (tags[i] != Tag::name) {
      ++i;
      continue;
    }
    std::size_t end = i + 1;
    while (end < words.size()) {
      if (tags[end] == Tag::name) {
        ++end;
        continue;
      }
      std::size_t next = end;
      while (next < words.size() && next < end + 2 && joins_names(words[next])) ++next;
      if (next == end || next >= words.size() || tags[next] != Tag::name) break;
      end = next + 1;
    }
    runs.push_back({i, end});
    i = end;
  }
  return runs;
}

NameClasses NameClasses::make(const text::WordNet& wordnet) {
  NameClasses classes;
  for (const text::PartOfSpeech part : {text::PartOfSpeech::noun, text::PartOfSpeech::adjective}) {
    for (std::size_t i = 0; i < wordnet.lemma_count(part); ++i) {
      const std::string_view lemma = wordnet.lemma(part, i);
      std::optional<EntityClass> entity;  // of the most frequent meaning: France is a country before it is a writer
      bool group = false, small = false;
      for (const text::Synset& synset : wordnet.synsets_of_lemma(part, i)) {
        for (const std::string_view word : synset.words) {
          if (word == lemma) small = true;
          if (word == lemma || text::lower_case(word) != lemma) continue;
          if (!entity) entity = class_of(synset);
          group = group || class_of(synset) == EntityClass::group;
        }
      }
      // "doctor" is no name, though there are Doctors of the Church.
      if (!entity || (small && (*entity == EntityClass::group || *entity == EntityClass::name))) continue;
      std::string phrase(lemma);
      std::replace(phrase.begin(), phrase.end(), '_', ' ');
      // "American" is a language in one meaning and a people in others.
      if (group && !small) {
        classes.phrases_[phrase] = EntityClass::group;
        classes.phrases_[phrase + "s"] = EntityClass::group;
      } else {
        classes.phrases_.emplace(phrase, *entity);
      }
    }
  }
  return classes;
}

std::optional<EntityClass> NameClasses::decide(std::span<const std::string> words, const NameRun& run) const {
  const std::string& first = words[run.begin];
  const std::string& last = words[run.end - 1];
  const bool titled = (run.end - run.begin > 1 && is_person_title(first)) ||
                      (run.begin > 0 && words[run.begin - 1] != "the" && is_person_title(words[run.begin - 1]));
  if (const auto found = phrases_.find(phrase_of(words, run.begin, run.end)); found != phrases_.end()) return found->second;
  if (run.end - run.begin > 1) {
    if (is_organization_head(last) || is_organization_head(first)) return EntityClass::organization;
    if (is_location_head(last) || first == "mount" || first == "lake" || first == "fort") return EntityClass::location;
  }
  if (titled) return EntityClass::person;
  return std::nullopt;
}

void NameClasses::learn(std::span<const std::string> words, const NameRun& run) {
  const std::optional<EntityClass> decided = decide(words, run);
  if (!decided) return;
  const auto kind = std::find(kind_classes.begin(), kind_classes.end(), *decided);
  if (kind == kind_classes.end()) return;
  const std::size_t index = static_cast<std::size_t>(kind - kind_classes.begin());
  ++runs_[index];
  for (const std::string& clue : clues(words, run)) ++evidence_[clue][index];
}

EntityClass NameClasses::classify(std::span<const std::string> words, const NameRun& run) const {
  if (const std::optional<EntityClass> decided = decide(words, run)) return *decided;
  std::array<double, kinds> scores{};
  for (std::size_t k = 0; k < kinds; ++k) scores[k] = std::log(static_cast<double>(runs_[k]) + 1);
  for (const std::string& clue : clues(words, run)) {
    const auto found = evidence_.find(clue);
    if (found == evidence_.end()) continue;
    for (std::size_t k = 0; k < kinds; ++k)
      scores[k] += std::log((static_cast<double>(found->second[k]) + 0.2) / (static_cast<double>(runs_[k]) + 1));
  }
  return kind_classes[static_cast<std::size_t>(std::max_element(scores.begin(), scores.end()) - scores.begin())];
}

void NameClasses::save(const std::filesystem::path& directory) const {
  const auto sorted = [](const auto& map) {
    std::vector<std::string_view> keys;
    for (const auto& [key, value] : map) keys.push_back(key);
    std::sort(keys.begin(), keys.end());
    return keys;
  };
  AtomicFile phrases(directory / phrases_file);
  for (const std::string_view phrase : sorted(phrases_)) {
    phrases.write(fmt::format("{}\t{}\n", phrase, name_of(phrases_.at(std::string(phrase)))));
  }
  phrases.commit();
  AtomicFile evidence(directory / evidence_file);
  const auto write = [&](std::string_view clue, const Counts& counts) {
    evidence.write(fmt::format("{}\t{}\t{}\t{}\t{}\n", clue, counts[0], counts[1], counts[2], counts[3]));
  };
  write("runs", runs_);
  for (const std::string_view clue : sorted(evidence_)) write(clue, evidence_.at(std::string(clue)));
  evidence.commit();
}

NameClasses NameClasses::load(const std::filesystem::path& directory) {
  NameClasses classes;
  LineReader phrases(directory / phrases_file);
  while (const auto line = phrases.next()) {
    const std::size_t tab = line->find('\t');
    require(tab != std::string_view::npos && tab > 0, "{}: 'phrase TAB entity class' is expected", phrases.position());
    try {
      classes.phrases_[std::string(line->substr(0, tab))] = entity_class_named(line->substr(tab + 1));
    } catch (const Error& error) {
      fail("{}: {}", phrases.position(), error.what());
    }
  }
  LineReader evidence(directory / evidence_file);
  bool first = true;
  while (const auto line = evidence.next()) {
    std::size_t at = line->find('\t');
    const std::string clue(line->substr(0, at));
    require(clue == "runs" || !first, "{}: the first line is 'runs'", evidence.position());
    Counts counts{};
    for (std::int64_t& count : counts) {
      require(at != std::string_view::npos, "{}: 'clue' and {} counts are expected, parted by tabs", evidence.position(), kinds);
      const std::size_t end = std::min(line->find('\t', at + 1), line->size());
      const auto [stopped, error] = std::from_chars(line->data() + at + 1, line->data() + end, count);
      require(error == std::errc() && stopped == line->data() + end && count >= 0, "{}: a count is expected, found '{}'",
              evidence.position(), line->substr(at + 1, end - at - 1));
      at = end == line->size() ? std::string_view::npos : end;
    }
    (first ? classes.runs_ : classes.evidence_[clue]) = counts;
    first = false;
  }
  require(!first, "{}: the file is empty; the counts of runs should be its first line", (directory / evidence_file).string());
  return classes;
}

}  // namespace fathom::questions

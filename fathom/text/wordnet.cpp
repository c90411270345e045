#include "fathom/text/wordnet.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "fathom/text/wordnet_tables.h"

namespace fathom::text {
namespace {

constexpr std::array<PartOfSpeech, part_of_speech_count> parts = {PartOfSpeech::noun, PartOfSpeech::verb, PartOfSpeech::adjective,
                                                                  PartOfSpeech::adverb};
constexpr std::array<std::string_view, part_of_speech_count> part_names = {"noun", "verb", "adjective", "adverb"};

constexpr std::array<std::string_view, lexicographer_class_count> class_names = {
    "adj.all",          "adj.pert",           "adv.all",
    "noun.Tops",        "noun.act",           "noun.animal",
    "noun.artifact",    "noun.attribute",     "noun.body",
    "noun.cognition",   "noun.communication", "noun.event",
    "noun.feeling",     "noun.food",          "noun.group",
    "noun.location",    "noun.motive",        "noun.object",
    "noun.person",      "noun.phenomenon",    "noun.plant",
    "noun.possession",  "noun.process",       "noun.quantity",
    "noun.relation",    "noun.shape",         "noun.state",
    "noun.substance",   "noun.time",          "verb.body",
    "verb.change",      "verb.cognition",     "verb.communication",
    "verb.competition", "verb.consumption",   "verb.contact",
    "verb.creation",    "verb.emotion",       "verb.motion",
    "verb.perception",  "verb.possession",    "verb.social",
    "verb.stative",     "verb.weather",       "adj.ppl"};

struct SuffixRule {
  std::string_view ending, replacement;
};
constexpr SuffixRule noun_rules[] = {{"s", ""},      {"ses", "s"},   {"ves", "f"},   {"xes", "x"}, {"zes", "z"},
                                     {"ches", "ch"}, {"shes", "sh"}, {"men", "man"}, {"ies", "y"}};
constexpr SuffixRule verb_rules[] = {{"s", ""}, {"ies", "y"}, {"es", "e"}, {"es", ""}, {"ed", "e"}, {"ed", ""}, {"ing", "e"}, {"ing", ""}};
constexpr SuffixRule adjective_rules[] = {{"er", ""}, {"est", ""}, {"er", "e"}, {"est", "e"}};

std::span<const SuffixRule> rules_of(PartOfSpeech part) {
  switch (part) {
    case PartOfSpeech::noun: return noun_rules;
    case PartOfSpeech::verb: return verb_rules;
    case PartOfSpeech::adjective: return adjective_rules;
    case PartOfSpeech::adverb: break;
  }
  return {};
}

// As the database writes lemmas. It has ASCII only, so that other letters need no lower case.
std::string as_lemma(std::string_view word) {
  std::string lemma(word);
  for (char& c : lemma) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == ' ') c = '_';
  }
  return lemma;
}

void add_once(std::vector<std::string>& forms, std::string form) {
  if (!form.empty() && std::ranges::find(forms, form) == forms.end()) forms.push_back(std::move(form));
}

std::vector<std::string> apply_rules(const std::vector<std::string>& forms, PartOfSpeech part) {
  std::vector<std::string> made;
  for (const std::string& form : forms) {
    for (const SuffixRule& rule : rules_of(part)) {
      if (form.ends_with(rule.ending)) add_once(made, form.substr(0, form.size() - rule.ending.size()).append(rule.replacement));
    }
  }
  return made;
}

}  // namespace

std::string_view name_of(PartOfSpeech part) { return part_names[static_cast<std::size_t>(part)]; }
std::string_view lexicographer_class_name(int number) { return class_names.at(static_cast<std::size_t>(number)); }

WordNet::WordNet(std::unique_ptr<const Tables> tables) : tables_(std::move(tables)) {}
WordNet::~WordNet() = default;
WordNet::WordNet(WordNet&&) noexcept = default;
WordNet& WordNet::operator=(WordNet&&) noexcept = default;

WordNet WordNet::open(const std::filesystem::path& directory) {
  return WordNet(std::make_unique<const Tables>(WordNetReader::read(directory)));
}

std::vector<std::string> WordNet::base_forms(std::string_view word, PartOfSpeech part) const {
  // Longer than any lemma with its suffixes: spares the rules of a line of noise.
  constexpr std::size_t longest = 200;
  if (word.empty() || word.size() > longest) return {};
  std::vector<std::string> forms = {as_lemma(word)};
  const auto known = [&](const std::vector<std::string>& candidates) {
    std::vector<std::string> lemmas;
    for (const std::string& candidate : candidates) {
      if (find_lemma(part, candidate) < lemma_count(part)) add_once(lemmas, candidate);
    }
    return lemmas;
  };
  const auto& exceptions = tables_->exceptions[static_cast<std::size_t>(part)];
  if (const auto found = exceptions.find(forms.front()); found != exceptions.end()) {
    for (const std::string& base : found->second) forms.push_back(base);
    return known(forms);
  }
  std::vector<std::string> shorter = apply_rules(forms, part);
  forms.insert(forms.end(), shorter.begin(), shorter.end());
  std::vector<std::string> lemmas = known(forms);
  while (lemmas.empty() && !shorter.empty()) {
    shorter = apply_rules(shorter, part);
    lemmas = known(shorter);
  }
  return lemmas;
}

std::vector<PartOfSpeech> WordNet::parts_of_speech(std::string_view word) const {
  std::vector<PartOfSpeech> found;
  for (const PartOfSpeech part : parts) {
    if (!base_forms(word, part).empty()) found.push_back(part);
  }
  return found;
}

std::vector<Synset> WordNet::synsets(std::string_view word, PartOfSpeech part) const {
  std::vector<Synset> found;
  for (const std::string& form : base_forms(word, part)) {
    std::vector<Synset> of_form = synsets_of_lemma(part, find_lemma(part, form));
    found.insert(found.end(), std::make_move_iterator(of_form.begin()), std::make_move_iterator(of_form.end()));
  }
  return found;
}

std::vector<Synset> WordNet::synsets(std::string_view word) const {
  std::vector<Synset> found;
  for (const PartOfSpeech part : parts) {
    std::vector<Synset> of_part = synsets(word, part);
    found.insert(found.end(), std::make_move_iterator(of_part.begin()), std::make_move_iterator(of_part.end()));
  }
  return found;
}

std::vector<std::uint32_t> WordNet::ids(std::string_view word) const {
  std::vector<std::uint32_t> found;
  for (const PartOfSpeech part : parts) {
    for (const std::string& form : base_forms(word, part)) {
      const Tables::Lemma& lemma = tables_->lemmas[static_cast<std::size_t>(part)][find_lemma(part, form)];
      found.insert(found.end(), tables_->senses.begin() + lemma.first_sense, tables_->senses.begin() + lemma.first_sense + lemma.senses);
    }
  }
  return found;
}

bool WordNet::are_synonyms(std::string_view a, std::string_view b) const {
  const std::vector<std::uint32_t> of_b = ids(b);
  return std::ranges::any_of(ids(a), [&](std::uint32_t id) { return std::ranges::find(of_b, id) != of_b.end(); });
}

std::size_t WordNet::lemma_count(PartOfSpeech part) const { return tables_->lemmas[static_cast<std::size_t>(part)].size(); }

std::string_view WordNet::lemma(PartOfSpeech part, std::size_t i) const {
  return tables_->view(tables_->lemmas[static_cast<std::size_t>(part)].at(i).text);
}

std::vector<Synset> WordNet::synsets_of_lemma(PartOfSpeech part, std::size_t i) const {
  const Tables::Lemma& lemma = tables_->lemmas[static_cast<std::size_t>(part)].at(i);
  std::vector<Synset> found;
  for (std::uint32_t s = 0; s < lemma.senses; ++s) found.push_back(synset(tables_->senses[lemma.first_sense + s]));
  return found;
}

std::uint32_t WordNet::tagged_count(PartOfSpeech part, std::size_t i) const {
  return tables_->lemmas[static_cast<std::size_t>(part)].at(i).tagged;
}

std::size_t WordNet::find_lemma(PartOfSpeech part, std::string_view lemma) const { return tables_->find(part, as_lemma(lemma)); }

std::size_t WordNet::synset_count() const { return tables_->entries.size(); }

Synset WordNet::synset(std::uint32_t id) const {
  const Tables::Entry& entry = tables_->entries[id];
  Synset synset{id, entry.part, entry.lexicographer_class, entry.instance, {}};
  for (std::uint32_t w = 0; w < entry.words; ++w) synset.words.push_back(tables_->view(tables_->words[entry.first_word + w]));
  return synset;
}

}  // namespace fathom::text

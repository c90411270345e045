#include "fathom/questions/closed_classes.h"

#include <initializer_list>
#include <unordered_set>

namespace fathom::questions {
namespace {

using enum Tag;

struct Group {
  std::vector<std::pair<Tag, float>> tags;
  std::initializer_list<std::string_view> words;
};

const std::initializer_list<Group>& groups() {
  static const std::initializer_list<Group> list = {
      {{{determiner, 1}},
       {"the", "a", "an", "this", "these", "those", "every", "each", "another", "any", "some", "no", "either", "neither", "both", "all",
        "half"}},
      {{{preposition, 0.65F}, {determiner, 0.1F}, {question_word, 0.25F}}, {"that"}},
      {{{pronoun, 1}}, {"i",          "you",       "he",       "she",     "it",      "we",     "they",      "me",         "him",
                        "us",         "them",      "myself",   "himself", "herself", "itself", "ourselves", "themselves", "someone",
                        "anyone",     "everyone",  "somebody", "anybody", "nobody",  "none",   "nothing",   "anything",   "something",
                        "everything", "everybody", "mine",     "yours",   "hers",    "theirs", "ours"}},
      {{{pronoun, 0.6F}, {adverb, 0.4F}}, {"there"}},
      {{{possessive, 0.8F}, {pronoun, 0.2F}}, {"her"}},
      {{{possessive, 1}}, {"my", "your", "his", "its", "our", "their", "'"}},
      {{{possessive, 0.9F}, {present, 0.1F}}, {"'s"}},
      {{{preposition, 1}},
       {"of",      "in",         "for",        "with",    "at",     "from",    "by",    "into",    "during",   "among",
        "upon",    "against",    "toward",     "towards", "within", "without", "until", "till",    "although", "though",
        "while",   "whereas",    "because",    "if",      "unless", "than",    "via",   "per",     "amid",     "amongst",
        "onto",    "despite",    "throughout", "whether", "unto",   "versus",  "vs.",   "beneath", "beside",   "besides",
        "between", "concerning", "regarding",  "whilst",  "lest",   "except"}},
      {{{preposition, 0.85F}, {adverb, 0.15F}},
       {"on",   "over",   "through", "under", "along",  "around", "across", "behind", "above",     "below",      "inside",   "outside",
        "near", "beyond", "off",     "after", "before", "since",  "about",  "past",   "alongside", "underneath", "opposite", "out of"}},
      {{{adverb, 0.75F}, {preposition, 0.25F}}, {"up", "down", "out", "away", "back", "together", "apart"}},
      {{{preposition, 0.85F}, {adverb, 0.15F}}, {"as"}},
      {{{adverb, 0.7F}, {preposition, 0.3F}}, {"so", "once"}},
      {{{preposition, 0.7F}, {verb, 0.3F}}, {"like"}},
      {{{conjunction, 1}}, {"and", "or", "but", "nor", "&", "plus"}},
      {{{adverb, 0.8F}, {conjunction, 0.2F}}, {"yet"}},
      {{{to, 1}}, {"to"}},
      {{{question_word, 1}},
       {"who", "whom", "whose", "which", "what", "where", "why", "how", "when", "whoever", "whatever", "whichever", "wherein", "whereby"}},
      {{{modal, 1}}, {"can", "could", "may", "must", "shall", "should", "would", "ought", "might", "will", "ca", "wo", "'ll", "'d"}},
      {{{verb, 1}}, {"be", "do", "have", "are", "am", "'re", "'ve", "'m", "become"}},
      {{{present, 1}}, {"is", "has", "does"}},
      {{{past, 1}}, {"was", "were", "did"}},
      {{{past, 0.7F}, {participle, 0.3F}}, {"had"}},
      {{{participle, 1}}, {"been", "done"}},
      {{{gerund, 1}}, {"being", "having", "doing"}},
      {{{gerund, 0.5F}, {preposition, 0.5F}}, {"including", "following", "according"}},
      {{{adverb, 1}},
       {"not",       "n't",       "also",       "very",      "then",         "too",           "often",       "never",      "always",
        "however",   "therefore", "thus",       "already",   "almost",       "again",         "ever",        "soon",       "still",
        "perhaps",   "instead",   "rather",     "quite",     "here",         "now",           "just",        "today",      "later",
        "sometimes", "usually",   "thereafter", "meanwhile", "nevertheless", "moreover",      "furthermore", "hence",      "ago",
        "even",      "otherwise", "indeed",     "somewhat",  "elsewhere",    "approximately", "etc.",        "afterwards", "forth"}},
      {{{adverb, 0.5F}, {adjective, 0.5F}},
       {"more", "most", "less", "least", "further", "much", "only", "early", "enough", "long", "far", "well", "little"}},
      {{{adjective, 1}}, {"many",  "few",     "several", "such",  "other", "own",  "same", "first",  "second", "third",   "fourth", "fifth",
                          "sixth", "seventh", "eighth",  "ninth", "tenth", "last", "next", "former", "latter", "certain", "various"}},
      {{{number, 0.8F}, {pronoun, 0.2F}}, {"one"}},
      {{{number, 1}},
       {"two",      "three",    "four",    "five",    "six",       "seven",    "eight",    "nine",    "ten",      "eleven", "twelve",
        "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",  "thirty",   "forty",  "fifty",
        "sixty",    "seventy",  "eighty",  "ninety",  "hundred",   "thousand", "million",  "billion", "trillion", "dozen",  "zero"}},
      {{{plural, 1}}, {"others", "ones", "thousands", "millions", "hundreds", "people"}},
  };
  return list;
}

}  // namespace

const ClosedClasses& closed_classes() {
  static const ClosedClasses classes = [] {
    ClosedClasses made;
    for (const Group& group : groups())
      for (const std::string_view word : group.words) made.emplace(word, group.tags);
    return made;
  }();
  return classes;
}

bool is_past_only(std::string_view word) {
  static const std::unordered_set<std::string_view> words = {
      "went",      "took",     "wrote",     "gave",      "knew",     "saw",     "began", "became",  "grew",    "drew",    "fell",
      "flew",      "rose",     "chose",     "drove",     "spoke",    "broke",   "ate",   "swam",    "sang",    "sank",    "ran",
      "came",      "threw",    "wore",      "tore",      "bore",     "swore",   "froze", "stole",   "arose",   "blew",    "shook",
      "rang",      "drank",    "forgot",    "hid",       "bit",      "awoke",   "wove",  "forgave", "mistook", "foresaw", "oversaw",
      "overthrew", "overcame", "undertook", "underwent", "withdrew", "outgrew", "sprang"};
  return words.contains(word);
}

bool is_number_word(std::string_view word) {
  const auto found = closed_classes().find(word);
  return found != closed_classes().end() && found->second.front().first == Tag::number;
}

}  // namespace fathom::questions

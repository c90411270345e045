#include "fathom/questions/features.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/parallel.h"
#include "fathom/questions/learned_features.h"
#include "fathom/questions/number_patterns.h"
#include "fathom/text/unicode_classes.h"
#include "fathom/text/utf8.h"
#include "fathom/text/words.h"

namespace fathom::questions {
namespace {

TokenizedSentence tokenized(std::string_view sentence) {
  TokenizedSentence result{tokenize(sentence), {}};
  result.words.reserve(result.tokens.size());
  for (const Token& token : result.tokens) result.words.push_back(text::lower_case(token.word));
  return result;
}

// Words without places in a text.
TokenizedSentence from_words(std::span<const std::string> words) {
  TokenizedSentence sentence;
  for (const std::string& word : words) {
    sentence.tokens.push_back({word, 0, 0});
    sentence.words.push_back(text::lower_case(word));
  }
  return sentence;
}

void require_directory(const std::filesystem::path& directory) {
  require(std::filesystem::is_directory(directory), "{}: there is no such directory; a model directory of `fathom questions` is expected",
          directory.string());
}

}  // namespace

WordCase word_case_of(std::string_view surface) {
  namespace is = text::character_class;
  std::size_t letters = 0, capitals = 0, digits = 0;
  bool first_capital = false;
  for (std::size_t at = 0; at < surface.size();) {
    const std::size_t length = text::character_length(surface.substr(at));
    if (length == 0) {
      ++at;
      continue;
    }
    const std::string_view character = surface.substr(at, length);
    const auto classes = text::UnicodeClasses::get().of(text::code_point(character, length));
    if ((classes & is::letter) != 0) {
      const bool ascii = length == 1;
      const bool capital = ascii ? character[0] <= 'Z' : text::lower_case(character) != character;
      if (capital && letters == 0 && digits == 0) first_capital = true;
      ++letters;
      if (capital) ++capitals;
    } else if ((classes & is::number) != 0) {
      ++digits;
    }
    at += length;
  }
  if (letters == 0) return digits > 0 ? WordCase::digits : WordCase::other;
  if (digits > 0 && surface[0] >= '0' && surface[0] <= '9') return WordCase::digits;  // "1990s", "4th"
  if (capitals == 0) return WordCase::lower;
  if (capitals == letters && (letters > 1 || surface.size() == 1)) return letters > 1 ? WordCase::all_capitals : WordCase::upper_first;
  if (first_capital && (capitals == 1 || surface.find('-') != std::string_view::npos)) return WordCase::upper_first;
  return WordCase::mixed;
}

FeatureExtractor::FeatureExtractor(std::shared_ptr<const Learned> learned) : learned_(std::move(learned)) {}
FeatureExtractor::FeatureExtractor(const FeatureExtractor& other) : learned_(other.learned_) {}
FeatureExtractor& FeatureExtractor::operator=(const FeatureExtractor& other) {
  learned_ = other.learned_;  // the splitter is as good as the other's
  return *this;
}
FeatureExtractor::FeatureExtractor(FeatureExtractor&&) noexcept = default;
FeatureExtractor& FeatureExtractor::operator=(FeatureExtractor&&) noexcept = default;
FeatureExtractor::~FeatureExtractor() = default;

FeatureExtractor FeatureExtractor::learn(std::span<const std::string> texts, const text::WordNet& wordnet, const LearnOptions& options) {
  std::vector<std::vector<TokenizedSentence>> by_text(texts.size());
  constexpr std::size_t step = 64;
  for_each_piece(static_cast<std::int64_t>((texts.size() + step - 1) / step), options.threads, [&](std::int64_t piece) {
    text::SentenceSplitter splitter;
    const std::size_t begin = static_cast<std::size_t>(piece) * step;
    for (std::size_t t = begin; t < std::min(texts.size(), begin + step); ++t)
      for (const text::Span& sentence : splitter.split(texts[t])) by_text[t].push_back(tokenized(sentence.of(texts[t])));
  });
  std::vector<TokenizedSentence> sentences;
  for (std::vector<TokenizedSentence>& of_text : by_text)
    for (TokenizedSentence& sentence : of_text)
      if (!sentence.tokens.empty()) sentences.push_back(std::move(sentence));
  require(!sentences.empty(), "there are no words in the {} texts to learn lexical features from", texts.size());
  if (options.report) options.report(fmt::format("lexical features: {} sentences to learn from", sentences.size()));

  TaggerTraining training;
  training.threads = options.threads;
  Tagger tagger = Tagger::learn(sentences, wordnet, training);
  NameClasses names = NameClasses::make(wordnet);
  std::vector<std::vector<NameRun>> runs(sentences.size());
  constexpr std::size_t sentences_step = 1024;
  for_each_piece(static_cast<std::int64_t>((sentences.size() + sentences_step - 1) / sentences_step), options.threads,
                 [&](std::int64_t piece) {
                   const std::size_t begin = static_cast<std::size_t>(piece) * sentences_step;
                   for (std::size_t s = begin; s < std::min(sentences.size(), begin + sentences_step); ++s)
                     runs[s] = name_runs(sentences[s].words, tagger.tag(sentences[s].tokens, sentences[s].words));
                 });
  for (std::size_t s = 0; s < sentences.size(); ++s)
    for (const NameRun& run : runs[s]) names.learn(sentences[s].words, run);
  if (options.report) options.report(fmt::format("lexical features: {} words in the lexicon", tagger.lexicon().size()));
  return FeatureExtractor(std::make_shared<Learned>(Learned{std::move(tagger), std::move(names)}));
}

void FeatureExtractor::save(const std::filesystem::path& directory) const {
  require_directory(directory);
  learned_->tagger.save(directory);
  learned_->names.save(directory);
}

FeatureExtractor FeatureExtractor::load(const std::filesystem::path& directory) {
  require_directory(directory);
  return FeatureExtractor(std::make_shared<Learned>(Learned{Tagger::load(directory), NameClasses::load(directory)}));
}

AnalyzedText FeatureExtractor::analyze(std::string_view sentence) const {
  TokenizedSentence parts = tokenized(sentence);
  AnalyzedText text{std::move(parts.tokens), std::move(parts.words), {}, {}, {}};
  text.tags = learned_->tagger.tag(text.tokens, text.words);
  text.entities.assign(text.words.size(), EntityClass::none);
  for (const NameRun& run : name_runs(text.words, text.tags)) {
    const EntityClass entity = learned_->names.classify(text.words, run);
    std::fill(text.entities.begin() + static_cast<std::ptrdiff_t>(run.begin), text.entities.begin() + static_cast<std::ptrdiff_t>(run.end),
              entity);
  }
  // "American" as an adjective is a people's name, too.
  text.cases.reserve(text.words.size());
  for (std::size_t i = 0; i < text.words.size(); ++i) {
    text.cases.push_back(word_case_of(text.tokens[i].of(sentence)));
    const bool capital = text.cases[i] == WordCase::upper_first;
    if (capital && text.tags[i] != Tag::name && learned_->names.classify(text.words, {i, i + 1}) == EntityClass::group)
      text.entities[i] = EntityClass::group;
  }
  mark_numbers(text.words, text.tags, text.entities);
  return text;
}

std::vector<Tag> FeatureExtractor::tag(std::span<const std::string> words) const {
  const TokenizedSentence sentence = from_words(words);
  return learned_->tagger.tag(sentence.tokens, sentence.words);
}

std::vector<Tag> FeatureExtractor::tag_alone(std::span<const std::string> words) const {
  const TokenizedSentence sentence = from_words(words);
  return learned_->tagger.tag_alone(sentence.tokens, sentence.words);
}

std::vector<text::Span> FeatureExtractor::sentences(std::string_view text) { return splitter_.split(text); }

Example FeatureExtractor::describe(const AnswerInContext& place) {
  check_answer(place, "an answer in its context", place.context.size());
  const std::size_t answer_end = place.answer_start + place.answer.size();
  std::size_t begin = place.answer_start, end = answer_end;
  if (split_text_ != place.context) {
    spans_ = splitter_.split(place.context);
    split_text_ = place.context;
  }
  for (const text::Span& sentence : spans_) {
    if (sentence.end <= place.answer_start || sentence.begin >= answer_end) continue;
    begin = std::min(begin, sentence.begin);
    end = std::max(end, sentence.end);
  }
  return describe_range(place, begin, end);
}

Example FeatureExtractor::describe(const QuestionRecord& record) {
  Example example;
  if (record.sentence.empty()) {
    example = describe(record.place);
  } else {
    check_answer(record.place, "a record", record.place.context.size());
    const auto [begin, end] = sentence_range(record, "a record");
    example = describe_range(record.place, begin, end);
  }
  example.id = record.id;
  example.article = record.article;
  example.question = lower_case_words(record.question);
  example.type = type_of_question(record.question);
  return example;
}

Example FeatureExtractor::describe_range(const AnswerInContext& place, std::size_t begin, std::size_t end) const {
  const std::string_view sentence = std::string_view(place.context).substr(begin, end - begin);
  const AnalyzedText text = analyze(sentence);
  const std::size_t answer_begin = place.answer_start - begin, answer_end = answer_begin + place.answer.size();
  const auto in_answer = [&](const Token& token) { return token.end > answer_begin && token.begin < answer_end; };
  const std::size_t first = static_cast<std::size_t>(std::find_if(text.tokens.begin(), text.tokens.end(), in_answer) - text.tokens.begin());
  std::size_t from = 0, to = text.tokens.size();
  if (to > longest_sentence) {
    std::size_t last = first;
    while (last < to && in_answer(text.tokens[last])) ++last;
    const std::size_t middle = (first + last) / 2;
    from = std::min(middle - std::min(middle, longest_sentence / 2), to - longest_sentence);
    from = std::min(from, first);
    to = from + longest_sentence;
  }
  Example example;
  for (std::size_t i = from; i < to; ++i) {
    example.words.push_back(text.words[i]);
    example.surface.emplace_back(text.tokens[i].of(sentence));
    const AnswerTag answer = !in_answer(text.tokens[i]) ? AnswerTag::outside : i == first ? AnswerTag::begin : AnswerTag::inside;
    example.answer.push_back(static_cast<std::uint8_t>(answer));
    example.part_of_speech.push_back(static_cast<std::uint8_t>(text.tags[i]));
    example.entity.push_back(static_cast<std::uint8_t>(text.entities[i]));
    example.word_case.push_back(static_cast<std::uint8_t>(text.cases[i]));
  }
  return example;
}

std::vector<Example> FeatureExtractor::describe_all(std::span<const QuestionRecord> records, int threads) {
  std::vector<Example> examples(records.size());
  constexpr std::size_t step = 256;
  for_each_piece(static_cast<std::int64_t>((records.size() + step - 1) / step), threads, [&](std::int64_t piece) {
    FeatureExtractor own(*this);
    const std::size_t begin = static_cast<std::size_t>(piece) * step;
    for (std::size_t r = begin; r < std::min(records.size(), begin + step); ++r) examples[r] = own.describe(records[r]);
  });
  return examples;
}

std::vector<std::string> distinct_contexts(std::span<const QuestionRecord> records) {
  std::vector<std::string> contexts;
  std::unordered_set<std::string_view> seen;
  for (const QuestionRecord& record : records)
    if (seen.insert(record.place.context).second) contexts.push_back(record.place.context);
  return contexts;
}

}  // namespace fathom::questions

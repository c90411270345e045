#include <algorithm>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/output_lock.h"
#include "fathom/data/documents.h"
#include "fathom/data/records.h"
#include "fathom/faq/faq.h"
#include "fathom/faq/faq_evaluation.h"
#include "fathom/faq/semeval_xml.h"
#include "fathom/vectors/train_word_vectors.h"

namespace fathom::faq {
namespace {

constexpr const char* first_generation = "generation-1";
constexpr std::int64_t fewest_frequent_words = 8;  // of fewer, which stand near each other is chance
constexpr std::int64_t much_text = 2'000'000;      // words; below it rarer words are given vectors, too

struct TrainingText {
  vectors::SentenceCorpus corpus;
  WordImportance importance;
  std::vector<std::vector<std::string>> questions;  // for the encoder
  std::int64_t texts = 0;
};

class TextReader {
 public:
  // Words of matching: letters and digits.
  std::vector<std::string> words(std::string_view text) { return strings(plain_.split(text)); }

  void add_sentences(std::string_view text, vectors::SentenceCorpusBuilder& builder) {
    for (const text::Span& sentence : sentences_.split(text)) builder.add(strings(with_signs_.split(sentence.of(text))));
  }

 private:
  static std::vector<std::string> strings(std::vector<text::Word> words) {
    std::vector<std::string> out;
    for (text::Word& word : words) out.push_back(std::move(word.text));
    return out;
  }
  text::WordSplitter plain_{{.split_contractions = true}}, with_signs_{{.punctuation = true, .split_contractions = true}};
  text::SentenceSplitter sentences_;
};

// A text a line of plain-text files: forum posts and comments come so. Of SemEval's XML the related questions and the comments.
void for_each_text(const std::vector<std::string>& paths, const std::function<void(std::string_view)>& visit) {
  for (const std::filesystem::path& file : data::expand_paths(paths)) {
    if (is_xml_file(file)) {
      for_each_semeval_thread(file, [&](const SemevalThread& thread) {
        visit(thread.text);
        for (const std::string& comment : thread.comments) visit(comment);
      });
      continue;
    }
    data::for_each_document(file, {}, [&](std::string_view document) {
      if (data::uncompressed_extension(file) != ".txt") return visit(document);
      for (std::size_t at = 0; at < document.size();) {
        const std::size_t end = std::min(document.find('\n', at), document.size());
        const std::string_view line = document.substr(at, end - at);
        if (line.find_first_not_of(" \t\r") != std::string_view::npos) visit(line);
        at = end + 1;
      }
    });
  }
}

TrainingText read_training_text(const std::vector<FaqEntry>& entries, const FaqBuildOptions& options) {
  TrainingText text;
  TextReader reader;
  vectors::SentenceCorpusBuilder corpus;
  for (const FaqEntry& entry : entries) {
    std::vector<std::string> words = reader.words(entry.question);
    text.importance.add_document(words);
    text.questions.push_back(std::move(words));
    reader.add_sentences(entry.question, corpus);
    reader.add_sentences(entry.answer, corpus);
  }
  for_each_text(options.texts, [&](std::string_view line) {
    ++text.texts;
    std::vector<std::string> words = reader.words(line);
    text.importance.add_document(words);
    text.questions.push_back(std::move(words));
    reader.add_sentences(line, corpus);
  });
  if (options.word_vectors.empty()) for_each_text(options.background, [&](std::string_view line) { reader.add_sentences(line, corpus); });
  text.corpus = corpus.finish();
  return text;
}

void report(const FaqBuildOptions& options, const std::string& what) {
  if (options.report) options.report(what);
}

vectors::WordVectors make_word_vectors(const TrainingText& text, const FaqBuildOptions& options, OrderedJson& record) {
  if (!options.word_vectors.empty()) {
    record["word_vectors"] = {{"loaded_from", options.word_vectors}};
    return vectors::WordVectors::load(options.word_vectors);
  }
  vectors::WordVectorOptions training;
  training.width = options.vector_width;
  training.min_count = static_cast<std::int64_t>(text.corpus.tokens.size()) > much_text ? 4 : 2;
  training.seed = options.seed;
  training.threads = options.threads;
  const auto frequent =
      std::count_if(text.corpus.counts.begin(), text.corpus.counts.end(), [&](std::int64_t count) { return count >= training.min_count; });
  if (frequent < fewest_frequent_words) {
    report(options, "there is too little text for word vectors; matching goes by equal words only (--text and --background give more)");
    record["word_vectors"] = nullptr;
    return {};
  }
  report(options, fmt::format("training vectors of {} words on {} words of text", frequent, text.corpus.tokens.size()));
  record["word_vectors"] = {{"trained_on", {"questions and answers of the input", "text", "background"}},
                            {"words_of_text", text.corpus.tokens.size()},
                            {"options", training.to_json()}};
  return vectors::train_word_vectors(text.corpus, training);
}

std::optional<QuestionEncoder> make_encoder(const TrainingText& text, const vectors::WordVectors& words, const FaqBuildOptions& options,
                                            OrderedJson& record) {
  record["encoder"] = nullptr;
  if (!options.encoder || words.size() == 0) return std::nullopt;
  EncoderTraining training{{}, &words, std::vector<std::int64_t>(static_cast<std::size_t>(words.size()), 0)};
  for (const std::vector<std::string>& question : text.questions) {
    auto& indices = training.questions.emplace_back();
    for (const std::string& word : question) {
      indices.push_back(static_cast<std::int32_t>(words.find(word)));
      if (indices.back() >= 0) ++training.counts[static_cast<std::size_t>(indices.back())];
    }
  }
  std::optional<QuestionEncoder> encoder = options.encoder(training);
  if (encoder) record["encoder"] = {{"trained_on", {"questions of the input", "text"}}, {"hidden", encoder->hidden()}};
  return encoder;
}

QuestionMatcher train_matcher(const std::vector<FaqEntry>& entries, const FaqBuildOptions& options, FaqBuildReport& result,
                              OrderedJson& record) {
  TrainingText text = read_training_text(entries, options);
  result.texts = text.texts;
  record = {{"labels_used", false},
            {"input", options.inputs},
            {"text", options.texts},
            {"background", options.background},
            {"seed", options.seed},
            {"word_importance", {{"counted_on", {"questions of the input", "text"}}, {"documents", text.importance.documents()}}}};
  vectors::WordVectors words = make_word_vectors(text, options, record);
  std::optional<QuestionEncoder> encoder = make_encoder(text, words, options, record);
  return {std::move(text.importance), std::move(words), options.weights, std::move(encoder)};
}

// Returns the digest of the words.
std::string write_index(const std::vector<FaqEntry>& entries, QuestionMatcher& matcher, const std::filesystem::path& directory) {
  index::DocumentWriter writer(directory, faq_kind);
  std::filesystem::create_directory(directory / first_generation);
  std::vector<float> vectors, states;
  std::vector<std::vector<std::uint32_t>> words;
  for (const FaqEntry& entry : entries) {
    const Question question = matcher.read(entry.question);
    writer.add({entry.id, entry.question, entry.answer}, question.words);
    const std::vector<float> vector = matcher.sentence_vector(question);
    vectors.insert(vectors.end(), vector.begin(), vector.end());
    states.insert(states.end(), question.states.begin(), question.states.end());
    words.push_back(question.words);
  }
  writer.finish(first_generation);
  const auto count = static_cast<std::int64_t>(entries.size());
  if (matcher.vector_width() > 0)
    index::write_int8_vectors(directory / first_generation / "question-vectors.safetensors",
                              index::quantize(vectors.data(), count, matcher.vector_width()));
  if (matcher.has_encoder())
    vectors::write_matrix(directory / first_generation / "question-states.safetensors", "states",
                          static_cast<std::int64_t>(states.size()) / matcher.state_width(), matcher.state_width(), states.data());
  return digest_of_words(words);
}

Calibration fit_probability(const std::filesystem::path& directory, const std::optional<QuestionSet>& labels,
                            const FaqBuildOptions& options, OrderedJson& record) {
  FaqSearcher searcher(directory, PartCheck::none);
  QuestionMatcher& matcher = searcher.matcher();
  if (options.matcher.empty()) {
    report(options, "fitting the probability to pseudo questions");
    record["calibration"] = "not fitted: too little to learn from";
    // What is found first depends on the probability: the second fit is to what the first one finds.
    for (int round = 0; round < 2; ++round) {
      const std::optional<Calibration> fitted = calibrate(searcher, options.seed);
      if (!fitted) break;
      matcher.set_calibration(*fitted);
      record["calibration"] =
          "fitted to pseudo questions: parts of answers; questions with words left out, replaced by near ones and mixed "
          "with the answer's";
    }
  }
  if (labels) {
    report(options, "scaling the probability to judged questions");
    matcher.set_calibration(calibrate_to_labels(*labels, searcher));
    record["calibration_scaled_to"] = options.labels;
    record["labels_used"] = true;
  }
  return searcher.matcher().calibration();
}

}  // namespace

FaqBuildReport build_faq(const FaqBuildOptions& options, const std::filesystem::path& out) {
  require_replaceable(out, {"faq.json", "index.sqlite*", "generation-*", "matcher"});
  const FileLock lock = lock_output(out);
  FaqBuildReport result;
  report(options, "reading questions and answers");
  const std::vector<FaqEntry> entries = read_faq_entries(options.inputs, options.read);
  result.entries = static_cast<std::int64_t>(entries.size());
  const std::optional<QuestionSet> labels = options.labels.empty() ? std::nullopt : std::optional(read_question_set(options.labels));
  AtomicDirectory directory(out);
  OrderedJson record;
  const auto taken = [&] {
    QuestionMatcher matcher = QuestionMatcher::load(std::filesystem::path(options.matcher) / "matcher");
    check_parts(options.matcher, PartCheck::quick);
    record = OrderedJson::parse(matcher.record().dump());
    return matcher;
  };
  QuestionMatcher matcher = options.matcher.empty() ? train_matcher(entries, options, result, record) : taken();
  report(options, fmt::format("indexing {} questions", entries.size()));
  const std::string words_digest = write_index(entries, matcher, directory.path());
  matcher.save(directory.path() / "matcher", record);
  if (options.matcher.empty() || labels) {
    matcher.set_calibration(fit_probability(directory.path(), labels, options, record));
    matcher.save(directory.path() / "matcher", record);
  }
  write_parts(directory.path(), words_digest);
  directory.commit();
  result.vocabulary = matcher.vocabulary_size();
  result.vectors = matcher.vector_count();
  return result;
}

}  // namespace fathom::faq

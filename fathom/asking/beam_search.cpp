#include "fathom/asking/beam_search.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "fathom/base/error.h"
#include "fathom/ops/linear.h"

namespace fathom::asking {
namespace {

std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

struct Hypothesis {
  std::vector<std::int64_t> words;
  double log_probability = 0;
};

// log p of all words that can be generated or copied: [rows, output_words + copied words]. What the unknown word has goes to the word of
// the sentence that is attended to most.
at::Tensor log_distribution(const QuestionModel& model, const QuestionBatch& batch, const DecodedWords& decoded, std::int64_t beam) {
  const std::int64_t rows = decoded.readout.size(0);
  at::Tensor p = at::softmax(ops::linear(decoded.readout, model.output_embedding()), 1);
  const at::Tensor generate = at::sigmoid(decoded.generate).unsqueeze(1);
  p = at::constant_pad_nd(p * generate, {0, batch.copied_words});
  const at::Tensor attention = decoded.attention.view({rows, -1});
  const at::Tensor source = batch.source.repeat_interleave(beam, 0), words = source.clamp_min(0);
  const at::Tensor copied = attention * (1 - generate) * (source >= 0);
  p.scatter_add_(1, words, copied);
  const at::Tensor most = attention.argmax(1, true);
  const at::Tensor unknown = p.narrow(1, unknown_id, 1).clone();
  p.scatter_add_(1, words.gather(1, most), unknown);
  p.narrow(1, unknown_id, 1).zero_();
  p.narrow(1, start_id, 1).zero_();
  return at::log(p);
}

// Whether `word` behind `words` would end a run of `length` words that has been there before.
bool repeats(const std::vector<std::int64_t>& words, std::int64_t word, int length) {
  const std::size_t n = static_cast<std::size_t>(length);
  if (length == 0 || words.size() + 1 < n) return false;
  const auto tail = words.end() - static_cast<std::ptrdiff_t>(n - 1);
  for (std::size_t begin = 0; begin + n <= words.size(); ++begin) {
    if (words[begin + n - 1] == word && std::equal(tail, words.end(), words.begin() + static_cast<std::ptrdiff_t>(begin))) return true;
  }
  return false;
}

double normalized(const Hypothesis& hypothesis, double power) {
  return hypothesis.log_probability / std::pow((5.0 + static_cast<double>(hypothesis.words.size())) / 6.0, power);
}

// The hypotheses of one sentence.
class Beam {
 public:
  explicit Beam(const BeamOptions& options) : options_(&options) { alive_.emplace_back(); }

  bool done() const { return alive_.empty(); }
  const std::vector<Hypothesis>& alive() const { return alive_; }
  const std::vector<std::int64_t>& parents() const { return parents_; }

  // Goes on with the best continuations; words and log_probabilities [rows, k] begin at the beam's first row.
  void advance(const std::int64_t* words, const float* log_probabilities, std::int64_t k) {
    struct Next {
      std::int64_t parent, word;
      double log_probability;
    };
    std::vector<Next> next;
    for (std::int64_t row = 0; row < static_cast<std::int64_t>(alive_.size()); ++row) {
      const Hypothesis& before = alive_[index(row)];
      for (std::int64_t i = 0; i < k; ++i) {
        const std::int64_t word = words[row * k + i];
        const double p = before.log_probability + static_cast<double>(log_probabilities[row * k + i]);
        const bool too_short = word == end_id && static_cast<std::int64_t>(before.words.size()) < options_->fewest_words;
        if (std::isfinite(p) && !too_short && (word == end_id || !repeats(before.words, word, options_->no_repeat)))
          next.push_back({row, word, p});
      }
    }
    std::stable_sort(next.begin(), next.end(), [](const Next& a, const Next& b) { return a.log_probability > b.log_probability; });
    std::vector<Hypothesis> alive;
    parents_.clear();
    for (const Next& choice : next) {
      if (static_cast<int>(alive.size()) == options_->beam) break;
      Hypothesis hypothesis = alive_[index(choice.parent)];
      hypothesis.log_probability = choice.log_probability;
      if (choice.word == end_id) {
        finish(std::move(hypothesis));  // the loop ends with the beam's width: only ends that are among the best come here
        continue;
      }
      hypothesis.words.push_back(choice.word);
      alive.push_back(std::move(hypothesis));
      parents_.push_back(choice.parent);
    }
    alive_ = std::move(alive);
    const bool full = static_cast<int>(finished_.size()) >= std::max(options_->beam, options_->n_best);
    const bool longest = !alive_.empty() && static_cast<std::int64_t>(alive_[0].words.size()) >= options_->most_words;
    if (longest && finished_.empty())
      for (Hypothesis& hypothesis : alive_) finish(std::move(hypothesis));
    if (full || longest) alive_.clear();
  }

  std::vector<FoundQuestion> best() const {
    std::vector<FoundQuestion> found;
    for (const Hypothesis& hypothesis : finished_) found.push_back({hypothesis.words, normalized(hypothesis, options_->length_penalty)});
    std::stable_sort(found.begin(), found.end(), [](const FoundQuestion& a, const FoundQuestion& b) { return a.score > b.score; });
    if (static_cast<int>(found.size()) > options_->n_best) found.resize(index(options_->n_best));
    return found;
  }

 private:
  void finish(Hypothesis hypothesis) {
    if (seen_.insert(hypothesis.words).second) finished_.push_back(std::move(hypothesis));
  }
  const BeamOptions* options_;
  std::vector<Hypothesis> alive_, finished_;
  std::vector<std::int64_t> parents_;  // row before of each that is alive
  std::set<std::vector<std::int64_t>> seen_;
};

void check(const BeamOptions& options) {
  if (options.n_best < 1) fail_usage("n-best is {}; at least 1 question is expected", options.n_best);
  if (options.beam < options.n_best)
    fail_usage("a beam of {} cannot find {} questions; give --beam {} or more", options.beam, options.n_best, options.n_best);
  if (options.no_repeat < 0) fail_usage("no-repeat is {}; 0 (off) or more is expected", options.no_repeat);
  if (options.most_words < 1 || options.most_words < options.fewest_words)
    fail_usage("questions of {} to {} words are asked for; at least 1, and not fewer than the fewest", options.fewest_words,
               options.most_words);
}

}  // namespace

std::vector<std::vector<FoundQuestion>> beam_search(const QuestionModel& model, const QuestionBatch& batch, const EncodedSentences& encoded,
                                                    const BeamOptions& options) {
  check(options);
  const at::NoGradGuard no_grad;
  const std::int64_t sentences = batch.sentences(), beam = options.beam, rows = sentences * beam;
  const at::Device device = encoded.memory.device();
  std::vector<Beam> beams(index(sentences), Beam(options));
  at::Tensor state = encoded.state.repeat_interleave(beam, 0), cell = encoded.cell.repeat_interleave(beam, 0);
  std::vector<std::int64_t> words(index(rows), start_id), parents(index(rows));
  const std::int64_t outputs = model.config().output_words;
  while (std::any_of(beams.begin(), beams.end(), [](const Beam& b) { return !b.done(); })) {
    const DecodedWords decoded = model.decode(encoded, at::tensor(words, at::kLong).to(device).view({1, rows}), state, cell, 0.0);
    const at::Tensor log_p = log_distribution(model, batch, decoded, beam);
    const std::int64_t k = std::min<std::int64_t>(2 * beam, log_p.size(1));
    const auto [best, which] = log_p.topk(k, 1);
    const at::Tensor best_host = best.cpu().contiguous(), which_host = which.cpu().contiguous();
    for (std::int64_t s = 0; s < sentences; ++s) {
      Beam& of_sentence = beams[index(s)];
      for (std::int64_t i = 0; i < beam; ++i) parents[index(s * beam + i)] = s * beam;
      if (of_sentence.done()) continue;
      of_sentence.advance(which_host.data_ptr<std::int64_t>() + s * beam * k, best_host.data_ptr<float>() + s * beam * k, k);
      for (std::size_t i = 0; i < of_sentence.alive().size(); ++i) {
        const std::int64_t word = of_sentence.alive()[i].words.back();
        words[index(s * beam) + i] = word < outputs ? word : batch.copied[index(s)][index(word - outputs)];
        parents[index(s * beam) + i] = s * beam + of_sentence.parents()[i];
      }
    }
    const at::Tensor from = at::tensor(parents, at::kLong).to(device);
    state = decoded.state.index_select(0, from);
    cell = decoded.cell.index_select(0, from);
  }
  std::vector<std::vector<FoundQuestion>> out;
  for (const Beam& of_sentence : beams) out.push_back(of_sentence.best());
  return out;
}

}  // namespace fathom::asking

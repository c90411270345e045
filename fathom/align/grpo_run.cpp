#include "fathom/align/grpo_run.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/metrics_log.h"
#include "fathom/base/progress.h"
#include "fathom/train/checkpoint.h"
#include "fathom/train/interrupt.h"
#include "fathom/train/run.h"

namespace fathom::align {

namespace {

constexpr std::int64_t silent_steps_before_advice = 3;

const char* name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::correct: return "correct";
    case Verdict::wrong: return "wrong";
    case Verdict::unparsable: return "unparsable";
  }
  return "";
}

// One line an output, so that a person can read what is rewarded.
void write_rollouts(const std::filesystem::path& file, const GrpoTrainer& trainer, const GrpoTrainer::Step& step) {
  std::string lines;
  for (const Trajectory& t : step.sampled) {
    const Problem& problem = trainer.problems()[static_cast<std::size_t>(t.problem)];
    const OrderedJson record = {{"step", step.metrics.step},       {"group", t.group},         {"prompt", problem.prompt},
                                {"answer", problem.answer},        {"response", t.text},       {"tokens", t.ids.size()},
                                {"reward", t.reward.total},        {"advantage", t.advantage}, {"verdict", name_of(t.reward.verdict)},
                                {"formatted", t.reward.formatted}, {"truncated", t.truncated}};
    // A response is whatever bytes were sampled: broken UTF-8 is replaced, not refused.
    lines += record.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
  }
  write_file_atomically(file, lines);
}

}  // namespace

std::string no_signal_advice(const GrpoMetrics& metrics) {
  if (metrics.unparsable_share > 0.9) {
    return fmt::format(
        "{:.0f}% of the outputs have no answer that can be read, so nothing is rewarded. Train the format first (fathom sft), or choose a "
        "prompt.format that the model knows; rollouts/ shows what it writes{}.",
        100 * metrics.unparsable_share,
        metrics.truncated_share > 0.5 ? ", and most outputs are cut off: raise rollout.max_new_tokens" : "");
  }
  return "The rewards within every group are equal: there is no signal to learn from. A base model that never (or always) finds the answer "
         "cannot be improved this way: take easier problems, a stronger base model, SFT first, or a larger grpo.group_size.";
}

GrpoRunResult run_grpo(GrpoTrainer& trainer, model::CausalLM& model, const text::Tokenizer& tokenizer, const GrpoRunOptions& options) {
  std::optional<FileLock> lock;
  if (options.checkpoints || options.resume) lock = train::begin_run({options.out, model.device(), options.resume, options.quiet});
  const GrpoOptions& grpo = trainer.options();
  const std::filesystem::path model_directory = options.out / "model", rollouts = options.out / "rollouts";
  std::error_code error;
  std::filesystem::create_directories(grpo.keep_rollouts_every > 0 ? rollouts : options.out, error);
  require(!error, "cannot create {}: {}", options.out.string(), error.message());
  if (options.resume) trainer.resume(*train::latest_checkpoint(options.out));

  if (!options.recipe.empty()) write_file_atomically(options.out / "recipe.toml", options.recipe);
  MetricsLog log(options.out / "metrics.jsonl", trainer.steps_done());
  Progress progress("grpo", grpo.steps, "step", options.quiet);
  progress.start_at(trainer.steps_done());
  const auto save = [&] {
    train::CheckpointContent content;
    content.model = &model;
    content.optimizer = &trainer.optimizer();
    content.tokenizer = &tokenizer;
    content.state = trainer.state();
    content.extra = [&](const std::filesystem::path& directory) { trainer.save_extra(directory); };
    train::save_checkpoint(options.out, trainer.steps_done(), content, static_cast<int>(grpo.keep_checkpoints));
  };

  GrpoRunResult result;
  const auto begin = std::chrono::steady_clock::now();
  std::int64_t silent_steps = 0;
  bool advised = false;
  const train::InterruptGuard interrupt;
  while (trainer.steps_done() < grpo.steps && !result.interrupted) {
    const GrpoTrainer::Step step = trainer.step();
    const GrpoMetrics& m = step.metrics;
    log.write(m.to_json());
    if (grpo.keep_rollouts_every > 0 && (m.step - 1) % grpo.keep_rollouts_every == 0)
      write_rollouts(rollouts / fmt::format("step-{}.jsonl", m.step), trainer, step);
    progress.update(m.step, fmt::format("reward {:.3f}  right {:.0f}%  tokens {:.1f}  kl {:.4f}", m.reward, 100 * m.correct_share,
                                        m.response_mean, m.kl));
    silent_steps = m.no_signal_share == 1.0 ? silent_steps + 1 : 0;
    if (!advised && silent_steps == silent_steps_before_advice && m.correct_share < 0.5) {
      progress.finish();
      std::fprintf(stderr, "%s\n", no_signal_advice(m).c_str());
      advised = true;
    }
    if (result.steps == 0) result.first_correct_share = m.correct_share;
    result.last_correct_share = m.correct_share;
    ++result.steps;
    result.rollout_tokens += m.rollout_tokens;
    result.train_tokens += m.train_tokens;
    result.rollout_seconds += m.rollout_seconds;
    result.train_seconds += m.train_seconds;
    result.largest_gap = std::max(result.largest_gap, m.gap_max);
    if (options.on_step) options.on_step(step);
    const bool last = trainer.steps_done() == grpo.steps;
    result.interrupted = !last && interrupt.requested();
    if (options.checkpoints &&
        (last || result.interrupted || (grpo.checkpoint_every > 0 && trainer.steps_done() % grpo.checkpoint_every == 0)))
      save();
  }
  progress.finish();
  if (!result.interrupted) {
    train::save_model_directory(model_directory, model, &tokenizer);
    result.model = model_directory;
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return result;
}

}  // namespace fathom::align

#include "fathom/quickstart/quickstart.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>
#include <utility>

#include "fathom/align/grpo_run.h"
#include "fathom/align/response_parts.h"
#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/progress.h"
#include "fathom/engine/end_of_sequence.h"
#include "fathom/eval/reasoning_eval.h"
#include "fathom/quickstart/arithmetic.h"
#include "fathom/text/chat_template.h"
#include "fathom/text/tokenizer.h"
#include "fathom/text/utf8.h"
#include "fathom/train/pretrain.h"

namespace fathom::quickstart {

namespace {

namespace fs = std::filesystem;

constexpr std::int64_t full_corpus_documents = 50000, full_heldout_problems = 400, practice_problems = 20000;
constexpr std::int64_t smallest_heldout = 16, eval_samples = 4, shown_samples = 8;
constexpr double full_pretrain_tokens = 1.6e6, full_grpo_steps = 60;
constexpr std::uint64_t heldout_stream = 3, practice_stream = 4;
constexpr const char* marker = "quickstart.json";
constexpr auto format = text::PromptFormat::chat;

std::int64_t scaled(double full, double scale, std::int64_t least) {
  return std::max(least, static_cast<std::int64_t>(std::llround(full * scale)));
}

class Clock {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count(); }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

void announce(const QuickstartOptions& options, int number, const std::string& title) {
  if (!options.quiet) fmt::print(stderr, "\n[{}/6] {}\n", number, title);
}

// An empty directory with our marker; an earlier quickstart's results are removed, nothing else ever is.
void prepare_directory(const QuickstartOptions& options) {
  std::error_code error;
  const bool exists = fs::exists(options.out, error);
  if (exists && !fs::is_empty(options.out, error)) {
    if (!fs::exists(options.out / marker))
      fail_usage("{} is not empty and no quickstart made it; choose another --out", options.out.string());
    for (const char* name : {"corpus.jsonl", "heldout.jsonl", "practice.jsonl", "pretrain", "base-model", "eval-base.jsonl", "grpo",
                             "rl-model", "eval-rl.jsonl", "summary.json", "report.html"})
      fs::remove_all(options.out / name, error);
  }
  fs::create_directories(options.out, error);
  require(!error, "cannot create {}: {}", options.out.string(), error.message());
  write_file_atomically(options.out / marker, OrderedJson{{"scale", options.scale}, {"seed", options.seed}}.dump() + "\n");
}

std::vector<Json> read_records(const fs::path& path) {
  std::vector<Json> records;
  LineReader lines(path);
  while (const auto line = lines.next())
    if (!line->empty()) records.push_back(parse_json(*line, lines.position()));
  return records;
}

eval::ReasoningEvalResult evaluate(const model::CausalLM& model, const text::Tokenizer& tokenizer, const std::vector<Sum>& sums,
                                   const QuickstartOptions& options, const fs::path& samples_file) {
  std::vector<data::Task> tasks;
  for (const Sum& sum : sums) {
    data::Task task;
    task.prompt = sum.question();
    task.answer = sum.answer();
    tasks.push_back(std::move(task));
  }
  eval::ReasoningEvalOptions eval_options;
  eval_options.format = format;
  eval_options.samples = eval_samples;
  eval_options.sampling.temperature = 1.0;  // the policy as it is trained
  eval_options.sampling.max_new_tokens = 96;
  eval_options.sampling.seed = options.seed;
  eval_options.sampling.stop_ids = engine::end_of_sequence_ids(model.config(), &tokenizer);
  eval_options.allow_bare = false;
  eval_options.quiet = options.quiet;
  eval::ReasoningEvalResult result = eval::evaluate_reasoning(model, tokenizer, tasks, eval_options);
  write_file_atomically(samples_file, result.samples_jsonl());
  return result;
}

Evaluation summarise(const eval::ReasoningEvalResult& result) {
  Evaluation summary;
  summary.accuracy = result.pass_1.value;
  summary.accuracy_low = result.pass_1.interval.low;
  summary.accuracy_high = result.pass_1.interval.high;
  summary.mean_tokens = result.mean_tokens.value;
  std::int64_t samples = 0, thinking = 0;
  for (const eval::ProblemResult& problem : result.problems)
    for (const eval::SampleResult& sample : problem.samples) {
      ++samples;
      thinking += align::thinks(sample.response) ? 1 : 0;
    }
  summary.thinking_share = samples > 0 ? static_cast<double>(thinking) / static_cast<double>(samples) : 0.0;
  return summary;
}

// What a model wrote, for terminals and pages: bytes that are no UTF-8 as U+FFFD, control characters as spaces.
std::string printable(const std::string& response) {
  std::string out;
  for (std::string_view rest = response; !rest.empty();) {
    const std::size_t length = text::character_length(rest);
    if (length == 0)
      text::append_utf8(out, 0xFFFD);
    else if (length == 1 && static_cast<unsigned char>(rest[0]) < 0x20)
      out += ' ';
    else
      out += rest.substr(0, length);
    rest.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

Stage evaluation_stage(const std::string& key, const std::string& title, const eval::ReasoningEvalResult& result,
                       const Evaluation& evaluation) {
  return {key, title, result.generated_tokens, result.seconds,
          fmt::format("{:.1f}% right, {:.1f} tokens a response", 100 * evaluation.accuracy, evaluation.mean_tokens)};
}

std::vector<align::Problem> as_problems(const std::vector<Sum>& sums, const text::Tokenizer& tokenizer) {
  std::vector<align::Problem> problems;
  for (const Sum& sum : sums) {
    const std::vector<text::TokenId> ids = text::render_prompt(format, sum.question(), tokenizer);
    problems.push_back({sum.question(), sum.answer(), {ids.begin(), ids.end()}, ""});
  }
  return problems;
}

}  // namespace

Recipe pretrain_recipe(const QuickstartOptions& options, const fs::path& corpus) {
  Recipe recipe = Recipe::parse(R"toml(
# A deepseek_v3 model of about a million parameters: MLA, a mixture of small experts, one MTP module.
[tokenizer]
vocab_size = 320
[data]
validation_fraction = 0.0
sequence_length = 256
attend_across_documents = false
[model]
type = "deepseek_v3"
hidden_size = 128
num_hidden_layers = 3
num_attention_heads = 4
intermediate_size = 256
moe_intermediate_size = 64
initializer_range = 0.04
[train]
batch_sequences = 8
checkpoint_every = 0
[schedule]
kind = "cosine"
peak = 3e-3
warmup_steps = 50
final_fraction = 0.1
)toml",
                                "the quickstart's pre-training recipe");
  recipe.set("data.train=[" + Json(corpus.string()).dump() + "]");
  recipe.set(fmt::format("train.tokens={}", scaled(full_pretrain_tokens, options.scale, 20000)));
  recipe.set(fmt::format("train.seed={}", options.seed));
  return recipe;
}

Recipe grpo_recipe(const QuickstartOptions& options) {
  Recipe recipe = Recipe::parse(R"toml(
# R1-Zero: from the base model, rewards by rule alone.
[grpo]
prompts_per_step = 16
group_size = 8
minibatches = 1
beta = 0.001
[rollout]
temperature = 1.0
max_new_tokens = 64
max_batch = 128
[prompt]
format = "chat"
[reward]
accuracy_weight = 1.0
format_weight = 1.0
format_gates = false
[schedule]
kind = "constant"
peak = 1e-4
warmup_steps = 0
[run]
checkpoint_every = 0
keep_rollouts_every = 10
)toml",
                                "the quickstart's GRPO recipe");
  recipe.set(fmt::format("grpo.steps={}", scaled(full_grpo_steps, options.scale, 2)));
  recipe.set(fmt::format("seed={}", options.seed));
  return recipe;
}

Findings run_quickstart(const QuickstartOptions& options) {
  const Clock clock;
  prepare_directory(options);
  Findings findings;
  findings.seed = options.seed;
  findings.threads = options.threads;
  findings.samples_per_problem = eval_samples;

  announce(options, 1, "Writing a corpus of three-digit sums");
  const Clock corpus_clock;
  CorpusOptions corpus;
  corpus.documents = scaled(full_corpus_documents, options.scale, 2000);
  corpus.seed = options.seed;
  const fs::path corpus_file = options.out / "corpus.jsonl";
  write_corpus(corpus_file, corpus);
  Rng heldout_rng(options.seed, heldout_stream);
  const std::vector<Sum> heldout =
      draw_sums(scaled(full_heldout_problems, options.scale, smallest_heldout), true, options.seed, heldout_rng);
  write_tasks(options.out / "heldout.jsonl", heldout);
  // What reinforcement learning asks: never held-out problems.
  Rng practice_rng(options.seed, practice_stream);
  const std::vector<Sum> practice = draw_sums(practice_problems, false, options.seed, practice_rng);
  write_tasks(options.out / "practice.jsonl", practice);
  findings.heldout_problems = static_cast<std::int64_t>(heldout.size());
  findings.stages.push_back({"corpus", "Corpus", 0, corpus_clock.seconds(),
                             fmt::format("{} documents, {:.0f}% of them think", corpus.documents, 100 * corpus.thinking_share)});

  announce(options, 2, "Training a tokenizer and pre-training a small model from nothing");
  const Clock pretrain_clock;
  train::RunSettings settings;
  settings.out = options.out / "pretrain";
  settings.quiet = options.quiet;
  Recipe pretraining = pretrain_recipe(options, corpus_file);
  const train::PretrainResult pretrained = train::pretrain(pretraining, settings);
  require(!pretrained.loop.interrupted, "interrupted while pre-training; start the quickstart again");
  const fs::path base_model = options.out / "base-model", rl_model = options.out / "rl-model";
  fs::rename(pretrained.model, base_model);
  findings.pretrain_metrics = read_records(settings.out / "metrics.jsonl");
  findings.stages.push_back({"pretrain", "Tokenizer and pre-training", pretrained.loop.tokens, pretrain_clock.seconds(),
                             pretrained.loop.validation ? fmt::format("validation loss {:.3f}", pretrained.loop.validation->loss)
                                                        : fmt::format("loss {:.3f}", pretrained.loop.last.loss)});

  announce(options, 3, "Asking the base model held-out problems");
  const std::unique_ptr<model::CausalLM> model = model::CausalLM::load(base_model);
  const text::Tokenizer tokenizer = text::Tokenizer::load(base_model);
  const model::ModelConfig& config = model->config();
  findings.parameters = model->parameter_count();
  findings.active_parameters = model->active_parameter_count();
  findings.architecture = fmt::format(
      "deepseek_v3 with {} parameters: {} layers of width {}, multi-head latent attention (the cache holds {} values a token and layer), "
      "{} experts of which a "
      "token uses {} beside a shared one, {} module for predicting one token further, vocabulary {}.",
      format_count(static_cast<double>(findings.parameters)), config.num_hidden_layers, config.hidden_size, config.cache_width(),
      config.n_routed_experts, config.num_experts_per_tok, config.num_mtp_modules, config.vocab_size);
  const eval::ReasoningEvalResult before = evaluate(*model, tokenizer, heldout, options, options.out / "eval-base.jsonl");
  findings.base = summarise(before);
  findings.stages.push_back(evaluation_stage("evaluate_base", "Evaluation of the base model", before, findings.base));
  if (!options.quiet) fmt::print(stderr, "{}\n", findings.stages.back().note);

  announce(options, 4, "Reinforcement learning: only right answers and the format are rewarded");
  const Clock grpo_clock;
  Recipe reinforcement = grpo_recipe(options);
  align::GrpoTrainer trainer(*model, tokenizer, as_problems(practice, tokenizer), align::GrpoOptions::from_recipe(reinforcement));
  reinforcement.reject_unknown();
  align::GrpoRunOptions grpo_run;
  grpo_run.out = options.out / "grpo";
  grpo_run.quiet = options.quiet;
  grpo_run.checkpoints = false;
  grpo_run.recipe = reinforcement.resolved();
  const align::GrpoRunResult reinforced = align::run_grpo(trainer, *model, tokenizer, grpo_run);
  require(!reinforced.interrupted, "interrupted during reinforcement learning; start the quickstart again");
  fs::rename(reinforced.model, rl_model);
  findings.grpo_metrics = read_records(grpo_run.out / "metrics.jsonl");
  findings.largest_log_prob_gap = reinforced.largest_gap;
  findings.stages.push_back(
      {"grpo", "GRPO", reinforced.rollout_tokens, grpo_clock.seconds(),
       fmt::format("{} steps; sampling {} tokens/s, training {} tokens/s", reinforced.steps,
                   format_count(static_cast<double>(reinforced.rollout_tokens) / std::max(reinforced.rollout_seconds, 1e-9)),
                   format_count(static_cast<double>(reinforced.train_tokens) / std::max(reinforced.train_seconds, 1e-9)))});

  announce(options, 5, "Asking the same held-out problems again");
  const eval::ReasoningEvalResult after = evaluate(*model, tokenizer, heldout, options, options.out / "eval-rl.jsonl");
  findings.rl = summarise(after);
  findings.stages.push_back(evaluation_stage("evaluate_rl", "Evaluation after GRPO", after, findings.rl));
  if (!options.quiet) fmt::print(stderr, "{}\n", findings.stages.back().note);

  announce(options, 6, "Writing the report");
  // The first problems of the held-out set, not chosen ones.
  for (std::size_t i = 0; i < std::min<std::size_t>(shown_samples, heldout.size()); ++i) {
    const eval::SampleResult &base = before.problems[i].samples.front(), &rl = after.problems[i].samples.front();
    findings.samples.push_back({heldout[i].question(), heldout[i].answer(), printable(base.response), printable(rl.response),
                                base.verdict == align::Verdict::correct, rl.verdict == align::Verdict::correct});
  }
  findings.thinking_paid = findings.rl.accuracy > findings.base.accuracy_high && findings.rl.mean_tokens > 1.1 * findings.base.mean_tokens;
  const std::string rl = rl_model.string();
  findings.next_commands = {
      "fathom chat --single-turn --model " + rl,
      "fathom eval --model " + rl + " --tasks " + (options.out / "heldout.jsonl").string() + " --format chat --samples 8",
      "fathom grpo --config " + (grpo_run.out / "recipe.toml").string() + " --set grpo.steps=200 --model " + base_model.string() +
          " --tasks " + (options.out / "practice.jsonl").string() + " --out runs/grpo-again",
      "fathom pretrain --config recipes/pretrain-real.toml --out runs/real --plan",
  };
  findings.next_ideas = {
      "Ask it something in the chat: 357+468=? It shows its work first, because work was what led to right answers.",
      "Read grpo/rollouts/step-*.jsonl: every sampled answer with its reward and its advantage over its group.",
      "Reward the format alone (--set reward.accuracy_weight=0 with fathom grpo): the answers stay neat and stay wrong.",
      "Pre-train longer (--scale 2): the model learns to answer at once as well, and thinking pays less.",
      "docs/grpo.md says what each number of grpo/metrics.jsonl should look like, and what to do when it does not.",
  };
  findings.seconds = clock.seconds();
  write_file_atomically(options.out / "summary.json", summary_json(findings).dump(2) + "\n");
  write_file_atomically(options.out / "report.html", render_report(findings));
  return findings;
}

}  // namespace fathom::quickstart

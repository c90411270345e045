#include "fathom/engine/generation_run.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <numeric>

#include "fathom/base/error.h"
#include "fathom/nn/forward_context.h"

namespace fathom::engine {
namespace {

constexpr std::int64_t page_size = 32;

std::int64_t pages_for(std::int64_t tokens) { return (tokens + page_size - 1) / page_size; }

// The random stream of a sample: a function of its prompt and number, so that neither the order of requests nor the rest of
// the batch matters, and different prompts with one seed draw different numbers. (FNV-1a over the ids.)
std::uint64_t stream_of(const std::vector<std::int64_t>& prompt_ids, std::int64_t sample) {
  std::uint64_t hash = 14695981039346656037u;
  const auto mix = [&hash](std::uint64_t value) {
    for (int shift = 0; shift < 64; shift += 8) hash = (hash ^ ((value >> shift) & 255)) * 1099511628211u;
  };
  for (const std::int64_t id : prompt_ids) mix(static_cast<std::uint64_t>(id));
  mix(static_cast<std::uint64_t>(sample));
  return hash;
}

at::Tensor int64_tensor(const std::vector<std::int64_t>& values, at::Device device) {
  at::Tensor host = at::empty({static_cast<std::int64_t>(values.size())}, at::TensorOptions().dtype(at::kLong));
  std::memcpy(host.data_ptr(), values.data(), values.size() * sizeof(std::int64_t));
  return device.is_cpu() ? host : host.to(device);
}

class Stopwatch {
 public:
  explicit Stopwatch(double& seconds) : seconds_(seconds), begin_(std::chrono::steady_clock::now()) {}
  ~Stopwatch() { seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count(); }

 private:
  double& seconds_;
  std::chrono::steady_clock::time_point begin_;
};

}  // namespace

std::int64_t new_token_limit(const GenerationRequest& request, std::int64_t context) {
  return std::min(request.params.max_new_tokens, context - static_cast<std::int64_t>(request.prompt_ids.size()));
}

GenerationRun::GenerationRun(const model::CausalLM& model, const text::Tokenizer* tokenizer, const GeneratorOptions& options,
                             const std::vector<GenerationRequest>& requests, const Generator::OnText& on_text,
                             const std::function<void(std::int64_t)>& on_finished, Generator::Statistics& statistics)
    : model_(model),
      tokenizer_(tokenizer),
      options_(options),
      requests_(requests),
      on_text_(on_text),
      on_finished_(on_finished),
      statistics_(statistics) {
  for (std::size_t r = 0; r < requests_.size(); ++r) {
    first_completion_.push_back(completions_.size());
    for (std::int64_t sample = 0; sample < requests_[r].samples; ++sample) {
      completions_.emplace_back();
      completions_.back().request = static_cast<std::int64_t>(r);
      completions_.back().sample = sample;
    }
  }
  plan_cache();
}

// Pages are set aside for the longest that a completion can become, so that one that was started always ends. A single
// sample owns its prompt's pages; several share the full ones.
std::int64_t GenerationRun::prompt_pages(const GenerationRequest& request) const {
  const auto prompt = static_cast<std::int64_t>(request.prompt_ids.size());
  if (request.samples == 1) return pages_for(prompt + new_token_limit(request, model_.config().max_position_embeddings));
  return pages_for(prompt);
}

std::int64_t GenerationRun::sample_pages(const GenerationRequest& request) const {
  if (request.samples == 1) return 0;
  const auto prompt = static_cast<std::int64_t>(request.prompt_ids.size());
  return pages_for(prompt + new_token_limit(request, model_.config().max_position_embeddings)) - prompt / page_size;
}

void GenerationRun::plan_cache() {
  std::int64_t longest = 0, samples = 0;
  for (const GenerationRequest& request : requests_) {
    longest = std::max(longest, prompt_pages(request) + sample_pages(request));
    samples += request.samples;
  }
  const std::int64_t pages = options_.cache_tokens > 0 ? pages_for(options_.cache_tokens) : longest * std::min(options_.max_batch, samples);
  for (std::size_t r = 0; r < requests_.size(); ++r) {
    const std::int64_t needed = prompt_pages(requests_[r]) + sample_pages(requests_[r]);
    require(needed <= pages,
            "request {} needs room for {} tokens in the cache (a prompt of {} and up to {} new ones), but the cache has {}; "
            "allow a larger cache or fewer new tokens",
            r, needed * page_size, requests_[r].prompt_ids.size(), requests_[r].params.max_new_tokens, pages * page_size);
  }
  nn::KvCacheOptions cache;
  cache.layers = model_.config().num_hidden_layers;
  cache.width = model_.config().cache_width();
  cache.page_size = page_size;
  cache.pages = pages;
  cache.tensor_options = at::TensorOptions().dtype(model_.compute_dtype()).device(model_.device());
  cache_.emplace(cache);
  pages_left_ = pages;
  statistics_.cache_bytes_per_token = cache_->bytes_per_token();
}

std::vector<Completion> GenerationRun::run() {
  const at::NoGradGuard no_grad;
  while (next_request_ < requests_.size() || !prompts_.empty() || !running_.empty()) {
    start_samples();
    prefill();
    decode();
  }
  return std::move(completions_);
}

at::Tensor GenerationRun::forward(const std::vector<nn::KvCache::Sequence>& sequences, const std::vector<std::int64_t>& lengths,
                                  const std::vector<std::int64_t>& ids, bool prefill) {
  const at::Device device = model_.device();
  const nn::KvCache::Step step = cache_->append(sequences, lengths);
  nn::ForwardContext context;
  context.sequences = ops::PackedSequences::from_lengths(lengths, device);
  context.cache = &*cache_;
  context.step = &step;
  context.prefill = prefill;
  std::vector<std::int64_t> positions, last;
  positions.reserve(ids.size());
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    for (std::int64_t t = 0; t < lengths[i]; ++t) positions.push_back(step.lengths_before[i] + t);
    last.push_back(static_cast<std::int64_t>(positions.size()) - 1);
  }
  context.positions = int64_tensor(positions, device);
  at::Tensor hidden = model_.forward(int64_tensor(ids, device), context);
  if (last.size() != ids.size()) hidden = hidden.index_select(0, int64_tensor(last, device));
  return model_.logits(hidden).to(at::kCPU, at::kFloat).contiguous();
}

// Takes in the next prompts, as many as there are places to decode them, pages, and tokens in one pass.
void GenerationRun::prefill() {
  while (prompts_.empty() && next_request_ < requests_.size()) {
    const Stopwatch stopwatch(statistics_.prefill_seconds);
    std::vector<nn::KvCache::Sequence> sequences;
    std::vector<std::int64_t> lengths, ids;
    std::int64_t places = options_.max_batch - static_cast<std::int64_t>(running_.size());
    std::int64_t pages = pages_left_;
    while (next_request_ < requests_.size() && places > 0) {
      const GenerationRequest& request = requests_[next_request_];
      const std::int64_t length = static_cast<std::int64_t>(request.prompt_ids.size());
      // Room for one sample at least, or a prompt would lie in the cache for nothing.
      pages -= prompt_pages(request) + sample_pages(request);
      if (pages < 0 || (!ids.empty() && static_cast<std::int64_t>(ids.size()) + length > options_.prefill_tokens)) break;
      places -= request.samples;
      pages_left_ -= prompt_pages(request);
      auto prompt = std::make_shared<Prompt>();
      prompt->request = static_cast<std::int64_t>(next_request_++);
      prompt->sequence = cache_->add();
      prompt->pages = prompt_pages(request);
      sequences.push_back(prompt->sequence);
      lengths.push_back(length);
      ids.insert(ids.end(), request.prompt_ids.begin(), request.prompt_ids.end());
      prompts_.push_back(std::move(prompt));
    }
    if (sequences.empty()) return;
    const at::Tensor logits = forward(sequences, lengths, ids, true);
    for (std::size_t i = 0; i < sequences.size(); ++i) prompts_[i]->logits = logits[static_cast<std::int64_t>(i)];
    statistics_.prompt_tokens += static_cast<std::int64_t>(ids.size());
    start_samples();
  }
}

// Samples of prompts that are in the cache start while there are places and pages.
void GenerationRun::start_samples() {
  std::vector<Running> started;
  std::vector<const float*> rows;
  std::vector<at::Tensor> logits;  // keeps the rows alive when their prompt leaves the queue
  while (!prompts_.empty() && static_cast<std::int64_t>(running_.size() + started.size()) < options_.max_batch) {
    const std::shared_ptr<Prompt> prompt = prompts_.front();
    const GenerationRequest& request = request_of(*prompt);
    if (sample_pages(request) > pages_left_) break;
    pages_left_ -= sample_pages(request);
    const std::int64_t sample = prompt->next_sample++;
    const bool last = prompt->next_sample == request.samples;
    Completion& completion = completions_[first_completion_[static_cast<std::size_t>(prompt->request)] + static_cast<std::size_t>(sample)];
    Running running{prompt,
                    &completion,
                    &request.params,
                    last ? prompt->sequence : cache_->fork(prompt->sequence),
                    sample_pages(request),
                    new_token_limit(request, model_.config().max_position_embeddings),
                    Rng(request.params.seed, stream_of(request.prompt_ids, sample)),
                    StopStrings(request.params.stop_strings),
                    std::nullopt};
    if (tokenizer_ != nullptr) running.decoder.emplace(*tokenizer_);
    logits.push_back(prompt->logits);
    rows.push_back(logits.back().data_ptr<float>());
    started.push_back(std::move(running));
    if (last) {
      prompt->logits = at::Tensor();
      prompts_.pop_front();
    }
  }
  if (started.empty()) return;
  choose_tokens(started, rows);
  for (Running& running : started) running_.push_back(std::move(running));
}

void GenerationRun::decode() {
  if (running_.empty()) return;
  const Stopwatch stopwatch(statistics_.decode_seconds);
  std::vector<nn::KvCache::Sequence> sequences;
  std::vector<std::int64_t> ids;
  for (const Running& running : running_) {
    sequences.push_back(running.sequence);
    ids.push_back(running.completion->ids.back());
  }
  const at::Tensor logits = forward(sequences, std::vector<std::int64_t>(ids.size(), 1), ids, false);
  std::vector<const float*> rows;
  for (std::int64_t i = 0; i < logits.size(0); ++i) rows.push_back(logits.data_ptr<float>() + i * logits.size(1));
  choose_tokens(running_, rows);
}

// The next token of each row; completions that end leave `rows`.
void GenerationRun::choose_tokens(std::vector<Running>& rows, const std::vector<const float*>& logits) {
  chosen_.resize(rows.size());
  const std::int64_t vocab = model_.config().vocab_size;
  // A row of a small vocabulary is not worth waking a thread for.
  const std::int64_t grain = std::max<std::int64_t>(1, 32768 / vocab);
  at::parallel_for(0, static_cast<std::int64_t>(rows.size()), grain, [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> restricted;  // samples of one prompt share its logits, which therefore stay as they are
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      const float* row = logits[i];
      if (const TokenConstraint* constraint = request_of(*rows[i].prompt).constraint.get()) {
        restricted.assign(row, row + vocab);
        constraint->restrict(rows[i].completion->ids, restricted.data(), vocab);
        row = restricted.data();
      }
      chosen_[i] = sample(row, vocab, *rows[i].params, rows[i].rng);
    }
  });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (take(rows[i], chosen_[i])) {
      end(rows[i]);
    } else if (kept++ != i) {
      rows[kept - 1] = std::move(rows[i]);
    }
  }
  rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(kept), rows.end());
}

bool GenerationRun::take(Running& running, const SampledToken& token) {
  Completion& completion = *running.completion;
  completion.ids.push_back(token.id);
  completion.log_probs.push_back(token.log_prob);
  ++statistics_.generated_tokens;
  const auto& stop_ids = running.params->stop_ids;
  const bool stop_id = std::find(stop_ids.begin(), stop_ids.end(), token.id) != stop_ids.end();
  // A vocabulary that was padded for the hardware has ids that no tokenizer knows: they have no text.
  if (running.decoder && !stop_id && token.id < tokenizer_->vocab_size())
    show(running, running.stops.push(running.decoder->push(static_cast<text::TokenId>(token.id))));
  const bool length = static_cast<std::int64_t>(completion.ids.size()) >= running.limit;
  if (running.decoder && (stop_id || length) && !running.stops.stopped()) {
    show(running, running.stops.push(running.decoder->flush()));
    if (!running.stops.stopped()) show(running, running.stops.flush());
  }
  const bool stopped = stop_id || running.stops.stopped();
  completion.finish = stopped ? FinishReason::stop : FinishReason::length;
  return stopped || length;
}

void GenerationRun::show(Running& running, std::string_view piece) {
  if (piece.empty()) return;
  running.completion->text += piece;
  if (on_text_) on_text_(running.completion->request, running.completion->sample, piece);
}

void GenerationRun::end(Running& running) {
  cache_->release(running.sequence);
  pages_left_ += running.pages;
  if (++running.prompt->ended == request_of(*running.prompt).samples) pages_left_ += running.prompt->pages;
  ++finished_;
  if (on_finished_) on_finished_(finished_);
}

}  // namespace fathom::engine

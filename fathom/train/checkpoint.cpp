#include "fathom/train/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/model/safetensors.h"

namespace fathom::train {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view step_prefix = "step-";
constexpr const char* trainer_name = "trainer";
constexpr const char* optimizer_name = "optimizer.safetensors";
constexpr const char* state_name = "state.json";

void fill_model_directory(const fs::path& directory, const model::CausalLM& model, const text::Tokenizer* tokenizer) {
  model.save(directory);
  if (tokenizer != nullptr) tokenizer->save(directory);
}

}  // namespace

fs::path save_checkpoint(const fs::path& out, std::int64_t step, const CheckpointContent& content, int keep) {
  const fs::path directory = out / "checkpoints";
  std::error_code error;
  fs::create_directories(directory, error);
  require(!error, "cannot create {}: {}", directory.string(), error.message());

  const fs::path target = directory / fmt::format("{}{}", step_prefix, step);
  AtomicDirectory staging(target);
  fill_model_directory(staging.path(), *content.model, content.tokenizer);
  const fs::path trainer = staging.path() / trainer_name;
  fs::create_directory(trainer, error);
  require(!error, "cannot create {}: {}", trainer.string(), error.message());
  content.optimizer->save(trainer / optimizer_name);
  if (content.extra) content.extra(trainer);
  Json state = content.state;
  state["step"] = step;
  write_file_atomically(trainer / state_name, state.dump(2) + "\n");
  staging.commit();

  // Only now that the new one is in place may older ones go.
  const auto all = list_checkpoints(out);
  const std::size_t excess = all.size() > static_cast<std::size_t>(keep) ? all.size() - static_cast<std::size_t>(keep) : 0;
  for (std::size_t i = 0; i < excess; ++i)
    if (all[i].second != target) fs::remove_all(all[i].second, error);
  return target;
}

std::vector<std::pair<std::int64_t, fs::path>> list_checkpoints(const fs::path& out) {
  std::vector<std::pair<std::int64_t, fs::path>> found;
  std::error_code error;
  for (fs::directory_iterator entry(out / "checkpoints", error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!name.starts_with(step_prefix)) continue;
    std::int64_t step = 0;
    const char* last = name.data() + name.size();
    const auto parsed = std::from_chars(name.data() + step_prefix.size(), last, step);
    if (parsed.ec != std::errc() || parsed.ptr != last || !fs::exists(entry->path() / trainer_name / state_name)) continue;
    found.emplace_back(step, entry->path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::optional<fs::path> latest_checkpoint(const fs::path& out) {
  const auto all = list_checkpoints(out);
  if (all.empty()) return std::nullopt;
  return all.back().second;
}

Json load_checkpoint(const fs::path& checkpoint, model::CausalLM& model, Optimizer& optimizer) {
  const fs::path trainer = checkpoint / trainer_name;
  Json state = read_json(trainer / state_name);
  {
    const at::NoGradGuard no_grad;
    const std::unique_ptr<model::CausalLM> saved = model::CausalLM::load(checkpoint, {.device = model.device(), .dtype = at::kFloat});
    const std::vector<nn::Parameter> ours = model.parameters(), theirs = saved->parameters();
    require(ours.size() == theirs.size(),
            "{}: the checkpoint's model has {} parameters, the recipe's {}; resume with the recipe that began the run", checkpoint.string(),
            theirs.size(), ours.size());
    for (std::size_t i = 0; i < ours.size(); ++i) {
      require(ours[i].name == theirs[i].name && ours[i].tensor.sizes() == theirs[i].tensor.sizes(),
              "{}: the checkpoint's {} does not fit the recipe's {}; resume with the recipe that began the run", checkpoint.string(),
              theirs[i].name, ours[i].name);
    }
    model.copy_weights_from(*saved);
  }
  optimizer.load(trainer / optimizer_name);
  return state;
}

void save_model_directory(const fs::path& directory, const model::CausalLM& model, const text::Tokenizer* tokenizer) {
  std::error_code error;
  if (directory.has_parent_path()) fs::create_directories(directory.parent_path(), error);
  require(!error, "cannot create {}: {}", directory.parent_path().string(), error.message());
  AtomicDirectory staging(directory);
  fill_model_directory(staging.path(), model, tokenizer);
  staging.commit();
}

}  // namespace fathom::train

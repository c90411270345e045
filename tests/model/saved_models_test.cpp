// Directories for tests/fixtures/check_saved_by_fathom.py: with FATHOM_SAVED_MODELS=DIR every fixture is loaded, saved again
// there in several ways, and given the logits that fathom computes from what it saved.
#include <gtest/gtest.h>

#include <cstdlib>

#include "fathom/base/file.h"
#include "tests/model/fixtures.h"

namespace fathom::model {
namespace {

void save_for_transformers(const CausalLM& model, const std::filesystem::path& directory, const SaveOptions& options) {
  AtomicDirectory target(directory);
  model.save(target.path(), options);
  const auto saved = CausalLM::load(target.path());
  const at::Tensor ids = at::randint(saved->config().vocab_size, {2, 40}, at::kLong);
  write_safetensors(target.path() / "fathom_logits.safetensors", {{"input_ids", ids}, {"logits", logits_of(*saved, ids)}});
  target.commit();
}

TEST(SavedModels, AreWrittenForTransformers) {
  const char* out = std::getenv("FATHOM_SAVED_MODELS");
  if (out == nullptr) GTEST_SKIP() << "set FATHOM_SAVED_MODELS to a directory to write models for transformers there";
  const at::NoGradGuard no_grad;
  std::vector<std::filesystem::path> sources;
  for (const std::string& name : fixture_names()) sources.push_back(fixture(name));
  for (const char* name : {"deepseek_v3_tiny", "deepseek_v3_mtp", "deepseek_v3_fp8", "llama_tiny", "qwen2_tiny"})
    if (std::filesystem::exists(shared_fixture(name))) sources.push_back(shared_fixture(name));
  for (const std::filesystem::path& source : sources) {
    const std::string name = source.filename().string();
    const auto model = CausalLM::load(source);
    save_for_transformers(*model, std::filesystem::path(out) / (name + "-float32"), {});
    if (name == "deepseek_bias" || name == "llama_bias" || name == "qwen2_yarn" || name == "deepseek_yarn") {
      save_for_transformers(*model, std::filesystem::path(out) / (name + "-bfloat16-sharded"),
                            {.dtype = at::kBFloat16, .max_shard_bytes = 20000});
      save_for_transformers(*model, std::filesystem::path(out) / (name + "-float16"), {.dtype = at::kHalf});
    }
  }
  // A model that no file described: initialised here, with multi-token modules.
  ModelConfig config = ModelConfig::load(fixture("deepseek_yarn"));
  config.original = Json();
  config.initializer_range = 0.1;
  config.num_mtp_modules = 1;
  CausalLM fresh(config);
  fresh.initialize(1);
  save_for_transformers(fresh, std::filesystem::path(out) / "initialised-by-fathom", {});
}

}  // namespace
}  // namespace fathom::model

// make_tiny_model DIR: a model directory with random weights and a small tokenizer, for the installed programs to read.
#include <cstdio>
#include <filesystem>

#include "fathom/model/causal_lm.h"
#include "fathom/text/bpe_trainer.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_tiny_model DIR\n");
    return 2;
  }
  try {
    std::filesystem::create_directories(argv[1]);
    fathom::text::BpeTrainerOptions options;
    options.vocab_size = 300;
    fathom::text::BpeTrainer trainer(options);
    for (int i = 0; i < 50; ++i) trainer.add("the water is " + std::to_string(i) + " fathoms deep\n");
    const auto tokenizer = trainer.train();
    tokenizer.save(argv[1]);

    fathom::model::ModelConfig config;
    config.architecture = fathom::model::Architecture::deepseek_v3;
    config.vocab_size = tokenizer.vocab_size();
    config.hidden_size = 32;
    config.intermediate_size = 64;
    config.num_hidden_layers = 2;
    config.num_attention_heads = config.num_key_value_heads = 4;
    config.max_position_embeddings = 128;
    config.kv_lora_rank = 16;
    config.qk_nope_head_dim = 8;
    config.qk_rope_head_dim = 8;
    config.v_head_dim = 8;
    config.n_routed_experts = 4;
    config.n_shared_experts = 1;
    config.num_experts_per_tok = 2;
    config.moe_intermediate_size = 16;
    config.first_k_dense_replace = 1;
    fathom::model::CausalLM model(config);
    model.initialize(1);
    model.save(argv[1]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "make_tiny_model: %s\n", error.what());
    return 1;
  }
}

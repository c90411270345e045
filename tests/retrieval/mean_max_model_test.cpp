#include "fathom/retrieval/mean_max_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "fathom/base/error.h"
#include "fathom/retrieval/reconstruction.h"
#include "tests/base/scratch_directory.h"
#include "tests/ops/gradcheck.h"
#include "tests/retrieval/tiny_encoder.h"

namespace fathom::retrieval {
namespace {

using testing::HasSubstr;
using Weights = std::map<std::string, at::Tensor>;

at::TensorOptions doubles() { return at::TensorOptions().dtype(at::kDouble); }

Weights weights_of(const nn::Module& module) {
  std::vector<nn::CheckpointTensor> tensors;
  module.collect_checkpoint("", tensors);
  Weights weights;
  for (const nn::CheckpointTensor& tensor : tensors) weights[tensor.name] = tensor.view;
  return weights;
}

// The paper's model once more, written out position by position and head by head from papers' formulas.
struct PlainModel {
  Weights encoder, decoder;
  EncoderConfig config;

  static at::Tensor dense(const Weights& w, const std::string& name, const at::Tensor& x) {
    return at::matmul(x, w.at(name + ".weight").t()) + w.at(name + ".bias");
  }
  at::Tensor norm(const Weights& w, const std::string& name, const at::Tensor& x) const {
    const at::Tensor centered = x - x.mean(-1, true);
    return centered / (centered.square().mean(-1, true) + config.layer_norm_eps).sqrt() * w.at(name + ".weight") + w.at(name + ".bias");
  }
  // x [rows, ·] attends to memory [columns, ·].
  at::Tensor attention(const Weights& w, const std::string& name, const at::Tensor& x, const at::Tensor& memory, bool causal) const {
    const at::Tensor q = at::relu(dense(w, name + ".q_proj", x)), k = at::relu(dense(w, name + ".k_proj", memory)),
                     v = at::relu(dense(w, name + ".v_proj", memory));
    const std::int64_t d = config.width / config.heads;
    at::Tensor out = at::zeros({x.size(0), config.width}, x.options());
    for (std::int64_t head = 0; head < config.heads; ++head) {
      for (std::int64_t row = 0; row < x.size(0); ++row) {
        const std::int64_t seen = causal ? row + 1 : memory.size(0);
        at::Tensor weights = at::empty({seen}, x.options());
        for (std::int64_t column = 0; column < seen; ++column)
          weights[column] = (q[row].narrow(0, head * d, d) * k[column].narrow(0, head * d, d)).sum() / std::sqrt(static_cast<double>(d));
        weights = weights.exp() / weights.exp().sum();
        for (std::int64_t column = 0; column < seen; ++column)
          out[row].narrow(0, head * d, d).add_(weights[column] * v[column].narrow(0, head * d, d));
      }
    }
    return out;
  }
  at::Tensor inner(const Weights& w, const std::string& name, const at::Tensor& x) const {
    return dense(w, name + ".down_proj", at::relu(dense(w, name + ".up_proj", x)));
  }
  at::Tensor embedded(const Weights& w, const std::vector<std::int64_t>& ids) const {
    std::vector<at::Tensor> rows;
    for (std::size_t i = 0; i < ids.size(); ++i)
      rows.push_back(encoder.at("embed_tokens.weight")[ids[i]] + w.at("embed_positions.weight")[static_cast<std::int64_t>(i)]);
    return at::stack(rows);
  }
  at::Tensor context(const std::vector<std::int64_t>& ids) const {
    const at::Tensor x = embedded(encoder, ids);
    const at::Tensor y = norm(encoder, "layers.0.self_attn_layer_norm", attention(encoder, "layers.0.self_attn", x, x, false));
    const at::Tensor z = norm(encoder, "layers.0.mlp_layer_norm", y + inner(encoder, "layers.0.mlp", y));
    return at::stack({z.mean(0), std::get<0>(z.max(0))});
  }
  at::Tensor logits(const std::vector<std::int64_t>& shifted, const at::Tensor& context) const {
    const at::Tensor x = embedded(decoder, shifted);
    at::Tensor y = norm(decoder, "layers.0.self_attn_layer_norm", attention(decoder, "layers.0.self_attn", x, x, true));
    y = norm(decoder, "layers.0.cross_attn_layer_norm", y + attention(decoder, "layers.0.cross_attn", y, context, false));
    y = norm(decoder, "layers.0.mlp_layer_norm", y + inner(decoder, "layers.0.mlp", y));
    return dense(decoder, "output", y);
  }
};

struct Models {
  EncoderConfig config;
  MeanMaxEncoder encoder;
  MeanMaxDecoder decoder;
  Models(Architecture architecture, at::TensorOptions options)
      : config(tiny_config(architecture)), encoder(config, options), decoder(config, options) {
    randomize(encoder);
    randomize(decoder);
  }
};

TEST(MeanMaxModel, AgreesWithThePlainExpression) {
  at::manual_seed(1);
  const Models models(Architecture::mean_max, doubles());
  const PlainModel plain{weights_of(models.encoder), weights_of(models.decoder), models.config};
  const at::Tensor ids = at::randint(2, 12, {3, 5}, at::kLong);
  const at::Tensor ended = at::cat({ids, at::full({3, 1}, end_id, at::kLong)}, 1),
                   started = at::cat({at::full({3, 1}, start_id, at::kLong), ids}, 1);
  const at::Tensor context = models.encoder.forward(ended, at::kDouble);
  const at::Tensor hidden = models.decoder.forward(models.encoder.embed(started, at::kDouble), context);
  double loss = 0;
  for (std::int64_t row = 0; row < 3; ++row) {
    const auto list = [&](const at::Tensor& t) {
      return std::vector<std::int64_t>(t[row].data_ptr<std::int64_t>(), t[row].data_ptr<std::int64_t>() + t.size(1));
    };
    const at::Tensor expected = plain.context(list(ended));
    EXPECT_LT((context[row] - expected).abs().max().item<double>(), 1e-10);
    const at::Tensor logits = plain.logits(list(started), expected);
    const at::Tensor ours = at::matmul(hidden[row], models.decoder.output_weight().t()) + models.decoder.output_bias();
    EXPECT_LT((ours - logits).abs().max().item<double>(), 1e-10);
    const at::Tensor log_probs = at::log_softmax(logits, 1);
    loss -= (0.9 * log_probs.gather(1, ended[row].unsqueeze(1)).sum() + 0.1 * log_probs.mean(1).sum()).item<double>();
    const at::Tensor vector = models.encoder.sentence_vectors(ended, at::kDouble)[row];
    EXPECT_LT((vector.narrow(0, 0, 8).to(at::kDouble) - expected[0] / expected[0].norm()).abs().max().item<double>(), 1e-6);
    EXPECT_LT((vector.narrow(0, 8, 8).to(at::kDouble) - expected[1] / expected[1].norm()).abs().max().item<double>(), 1e-6);
  }
  EXPECT_NEAR(reconstruction_loss(models.encoder, models.decoder, ids, at::kDouble, 0.0, 0.1).item<double>(), loss / 18.0, 1e-9);
}

// Gradients of both architectures' losses by all parameters, against central differences.
TEST(MeanMaxModel, GradientsAgreeWithFiniteDifferences) {
  for (const Architecture architecture : {Architecture::mean_max, Architecture::modern}) {
    at::manual_seed(3);
    const Models models(architecture, doubles());
    const at::Tensor ids = at::randint(2, 12, {3, 4}, at::kLong);
    std::vector<nn::Parameter> parameters;
    models.encoder.collect_parameters("encoder.", parameters);
    models.decoder.collect_parameters("decoder.", parameters);
    for (nn::Parameter& parameter : parameters) parameter.tensor.set_requires_grad(true);
    const auto loss = [&] { return reconstruction_loss(models.encoder, models.decoder, ids, at::kDouble, 0.0, 0.1); };
    loss().backward();
    const at::NoGradGuard no_grad;
    for (nn::Parameter& parameter : parameters) {
      ASSERT_TRUE(parameter.tensor.grad().defined()) << parameter.name;
      at::Tensor value = parameter.tensor.detach();
      const at::Tensor gradient = parameter.tensor.grad().contiguous();
      for (std::int64_t i = 0; i < value.numel(); i += std::max<std::int64_t>(1, value.numel() / 3)) {
        double& element = value.data_ptr<double>()[i];
        const double kept = element, h = 1e-5;
        element = kept + h;
        const double above = loss().item<double>();
        element = kept - h;
        const double below = loss().item<double>();
        element = kept;
        EXPECT_NEAR(gradient.data_ptr<double>()[i], (above - below) / (2 * h), 1e-6) << parameter.name << " " << i;
      }
    }
  }
}

// A later word changes no earlier prediction, and every word changes the sentence's vectors.
TEST(MeanMaxModel, DecodingIsCausal) {
  for (const Architecture architecture : {Architecture::mean_max, Architecture::modern}) {
    at::manual_seed(4);
    const Models models(architecture, at::TensorOptions().dtype(at::kFloat));
    const at::NoGradGuard no_grad;
    const at::Tensor ids = at::randint(2, 11, {1, 6}, at::kLong);
    at::Tensor changed = ids.clone();
    changed[0][4] = 11;
    const at::Tensor context = models.encoder.forward(ids, at::kFloat);
    const at::Tensor before = models.decoder.forward(models.encoder.embed(ids, at::kFloat), context),
                     after = models.decoder.forward(models.encoder.embed(changed, at::kFloat), context);
    EXPECT_LT((before - after).narrow(1, 0, 4).abs().max().item<double>(), 1e-6);
    EXPECT_GT((before - after).narrow(1, 4, 2).abs().max().item<double>(), 1e-3);
    EXPECT_GT((models.encoder.forward(changed, at::kFloat) - context).abs().max().item<double>(), 1e-3);
  }
}

TEST(MeanMaxModel, WordVectorsAreFrozenAndSubwordsAreNot) {
  const Models faithful(Architecture::mean_max, doubles()), modern(Architecture::modern, doubles());
  const auto trains_embedding = [](const MeanMaxEncoder& encoder) {
    std::vector<nn::Parameter> parameters;
    encoder.collect_parameters("", parameters);
    return std::any_of(parameters.begin(), parameters.end(), [](const nn::Parameter& p) { return p.name == "embed_tokens.weight"; });
  };
  EXPECT_FALSE(trains_embedding(faithful.encoder));
  EXPECT_TRUE(trains_embedding(modern.encoder));
}

TEST(MeanMaxModel, SameSeedSameWeights) {
  const EncoderConfig config = tiny_config(Architecture::mean_max);
  MeanMaxEncoder first(config, at::kFloat), second(config, at::kFloat), other(config, at::kFloat);
  for (MeanMaxEncoder* encoder : {&first, &second, &other}) encoder->set_embedding(at::ones({12, 6}));
  first.initialize(5);
  second.initialize(5);
  other.initialize(6);
  const Weights a = weights_of(first), b = weights_of(second), c = weights_of(other);
  for (const auto& [name, value] : a) EXPECT_TRUE(at::equal(value, b.at(name))) << name;
  EXPECT_FALSE(at::equal(a.at("layers.0.mlp.up_proj.weight"), c.at("layers.0.mlp.up_proj.weight")));
  EXPECT_LE(a.at("layers.0.mlp.up_proj.weight").abs().max().item<double>(), std::sqrt(6.0 / 18.0));
  EXPECT_TRUE(at::equal(a.at("layers.0.mlp_layer_norm.weight"), at::ones({8})));
}

TEST(MeanMaxModel, SizesThatCannotBe) {
  Json json = Json::parse(tiny_config(Architecture::mean_max).to_json().dump());
  const auto message = [&](const char* key, const Json& value) {
    Json changed = json;
    changed[key] = value;
    return message_of<Error>([&] { EncoderConfig::from_json(changed, "config.json"); });
  };
  EXPECT_EQ(EncoderConfig::from_json(json, "config.json").inner_width, 10);
  EXPECT_THAT(message("heads", 3), HasSubstr("heads is 3, which does not divide the width 8"));
  EXPECT_THAT(message("width", -1), HasSubstr("width is -1"));
  EXPECT_THAT(message("format_version", 2), HasSubstr("format_version is 2"));
  EXPECT_THAT(message("model_type", "llama"), HasSubstr("fathom_mean_max"));
  EXPECT_THAT(message("architecture", "new"), HasSubstr("architecture is 'new'"));
  EXPECT_THAT(message("layer_norm_eps", 0), HasSubstr("layer_norm_eps"));
}

}  // namespace
}  // namespace fathom::retrieval

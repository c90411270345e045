#include "fathom/faq/question_encoder.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/faq/cosines.h"

namespace fathom::faq {
namespace {

std::vector<const float*> rows_of(const std::vector<float>& matrix, std::int64_t width) {
  std::vector<const float*> rows;
  for (std::size_t at = 0; at < matrix.size(); at += static_cast<std::size_t>(width)) rows.push_back(matrix.data() + at);
  return rows;
}

float sigmoid(float x) { return 1.0f / (1.0f + std::exp(-x)); }

}  // namespace

QuestionEncoder::QuestionEncoder(std::int64_t input_width, vectors::Matrix forward, vectors::Matrix backward)
    : input_width_(input_width), packed_forward_(std::move(forward)), packed_backward_(std::move(backward)) {
  require(packed_forward_.rows > 0 && packed_forward_.rows % 3 == 0 && packed_forward_.rows == packed_backward_.rows,
          "an encoder's weights have 3 rows a hidden unit in both directions; found {} and {}", packed_forward_.rows,
          packed_backward_.rows);
  hidden_ = packed_forward_.rows / 3;
  forward_ = unpack(packed_forward_, "forward");
  backward_ = unpack(packed_backward_, "backward");
}

QuestionEncoder::Direction QuestionEncoder::unpack(const vectors::Matrix& packed, const char* name) const {
  require(packed.columns == input_width_ + hidden_ + 2,
          "the encoder's {} weights have {} columns; word vectors of width {} and {} hidden units need {}", name, packed.columns,
          input_width_, hidden_, input_width_ + hidden_ + 2);
  Direction out;
  for (std::int64_t row = 0; row < packed.rows; ++row) {
    const float* values = packed.values.data() + row * packed.columns;
    require(std::all_of(values, values + packed.columns, [](float value) { return std::isfinite(value); }),
            "the encoder's {} weights have a value that is not finite", name);
    out.input.insert(out.input.end(), values, values + input_width_);
    out.recurrent.insert(out.recurrent.end(), values + input_width_, values + input_width_ + hidden_);
    out.input_bias.push_back(values[input_width_ + hidden_]);
    out.recurrent_bias.push_back(values[input_width_ + hidden_ + 1]);
  }
  return out;
}

void QuestionEncoder::run(const Direction& direction, const std::vector<const float*>& inputs, bool backward, float* states) const {
  const auto gates = static_cast<std::size_t>(3 * hidden_), hidden = static_cast<std::size_t>(hidden_);
  std::vector<float> from_input(inputs.size() * gates), from_state(gates), state(hidden, 0.0f);
  row_products(inputs, rows_of(direction.input, input_width_), input_width_, from_input.data());
  const std::vector<const float*> recurrent = rows_of(direction.recurrent, hidden_);
  for (std::size_t step = 0; step < inputs.size(); ++step) {
    const std::size_t word = backward ? inputs.size() - 1 - step : step;
    const float* x = from_input.data() + word * gates;
    row_products({state.data()}, recurrent, hidden_, from_state.data());
    const auto gate = [&](std::size_t i) { return sigmoid(x[i] + direction.input_bias[i] + from_state[i] + direction.recurrent_bias[i]); };
    for (std::size_t i = 0; i < hidden; ++i) {
      const std::size_t n = 2 * hidden + i;
      const float reset = gate(i), update = gate(hidden + i);
      const float candidate = std::tanh(x[n] + direction.input_bias[n] + reset * (from_state[n] + direction.recurrent_bias[n]));
      state[i] = (1.0f - update) * candidate + update * state[i];
    }
    std::copy(state.begin(), state.end(), states + word * 2 * hidden + (backward ? hidden : 0));
  }
}

std::vector<float> QuestionEncoder::states(const std::vector<const float*>& inputs) const {
  const auto width = static_cast<std::size_t>(state_width());
  std::vector<float> out(inputs.size() * width);
  run(forward_, inputs, false, out.data());
  run(backward_, inputs, true, out.data());
  for (std::size_t at = 0; at < out.size(); at += width) {
    double squares = 0.0;
    for (std::size_t i = 0; i < width; ++i) squares += static_cast<double>(out[at + i]) * static_cast<double>(out[at + i]);
    const auto scale = static_cast<float>(squares > 0.0 ? 1.0 / std::sqrt(squares) : 0.0);
    for (std::size_t i = 0; i < width; ++i) out[at + i] *= scale;
  }
  return out;
}

void QuestionEncoder::save(const std::filesystem::path& directory) const {
  std::filesystem::create_directories(directory);
  const auto write = [&](const char* file, const vectors::Matrix& matrix) {
    vectors::write_matrix(directory / file, "weights", matrix.rows, matrix.columns, matrix.values.data());
  };
  write("forward.safetensors", packed_forward_);
  write("backward.safetensors", packed_backward_);
}

QuestionEncoder QuestionEncoder::load(const std::filesystem::path& directory, std::int64_t input_width) {
  vectors::Matrix forward = vectors::read_matrix(directory / "forward.safetensors", "weights");
  vectors::Matrix backward = vectors::read_matrix(directory / "backward.safetensors", "weights");
  try {
    return {input_width, std::move(forward), std::move(backward)};
  } catch (const Error& error) {
    fail("{}: {}; build the FAQ again", directory.string(), error.what());
  }
}

}  // namespace fathom::faq

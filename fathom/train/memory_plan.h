// What memory goes where, on paper, before anything runs; and what would fit.
#pragma once

#include <cstdint>
#include <string>

#include "fathom/base/json.h"
#include "fathom/train/model_cost.h"

namespace fathom::train {

struct MemoryPlan {
  // Bytes.
  double parameters = 0, gradients = 0, optimizer = 0;
  double casts = 0;        // bf16 copies of the weights that the backward pass keeps
  double activations = 0;  // of one micro-batch
  double loss = 0;         // the chunk of logits and the gradients of hidden states
  double program = 0;      // resident before the model exists (libraries, token files are mapped and not counted)
  double available = 0;    // free memory of the device; 0 when unknown
  double activations_per_row = 0;
  std::int64_t rows = 0;  // rows of a micro-batch as the recipe says
  std::int64_t rows_that_fit = 0;

  double total() const { return parameters + gradients + optimizer + casts + activations + loss + program; }
  bool fits() const { return available <= 0 || total() <= available; }
  std::string table() const;  // for people
  OrderedJson to_json() const;
};

struct MemoryRequest {
  std::int64_t sequence_length = 0, rows = 0, vocab_size = 0, hidden_size = 0;
  bool bf16 = false, cuda = false;
};

MemoryPlan plan_memory(const ModelCost& cost, const MemoryRequest& request);

// Free memory of the host (the tighter of the machine's and the control group's limit), or of the current CUDA device; 0 when unknown.
double available_memory(bool cuda);
// Resident memory of this process, now and at its highest. Bytes.
double resident_memory();
double peak_resident_memory();

}  // namespace fathom::train

// Trains a page encoder on clicks (CPS-MEBR; docs/page-search.md).
#pragma once

#include <cstdint>
#include <filesystem>

#include "fathom/base/json.h"
#include "fathom/base/recipe.h"
#include "fathom/pages/page_collection.h"
#include "fathom/train/run.h"

namespace fathom::retrieval {

struct PageTrainingResult {
  std::int64_t epochs = 0, steps = 0, best_epoch = 0;  // epoch 0 is the untrained model
  double seconds = 0;
  double best_reciprocal_rank = 0;  // of the held-out clicks among all pages
  bool interrupted = false;
  OrderedJson record;  // what training.json holds
};

// Writes the encoder's directory (pages/click_page_encoder.h) with training.json to settings.out, complete or not at all; the values are
// those of the epoch that ranks the held-out clicks best. After Ctrl-C the best epoch so far is written. Throws UsageError for a wrong
// recipe or an output that holds something else, Error when a loss is not finite.
PageTrainingResult train_page_encoder(Recipe& recipe, const pages::PageCollection& collection, const pages::PageExamples& examples,
                                      const train::RunSettings& settings, int threads);

}  // namespace fathom::retrieval

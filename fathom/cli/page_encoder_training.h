// Training of a page encoder, in the library with everything that needs libtorch.
#pragma once

#include <string>

#include "fathom/cli/common_options.h"

namespace fathom::cli {

struct PageTrainingRequest {
  std::string pages, examples, synthetic;  // one of the last two: clicks, or questions that were generated from the pages
  RunOptions run;                          // without --resume
  ComputeOptions compute;
  bool json = false;
};

// The symbol that the model library exports. Returns the exit code; throws as retrieval::train_page_encoder() does.
constexpr const char* train_page_encoder_symbol = "fathom_train_page_encoder";
using TrainPageEncoder = int (*)(const PageTrainingRequest* request);

}  // namespace fathom::cli

extern "C" int fathom_train_page_encoder(const fathom::cli::PageTrainingRequest* request);

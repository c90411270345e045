#include "fathom/cli/page_encoder_training.h"

#include <fmt/format.h>

#include <cstdio>

#include "fathom/base/progress.h"
#include "fathom/cli/training_output.h"
#include "fathom/enrichment/synthetic_examples.h"
#include "fathom/retrieval/page_training.h"

namespace {

void describe_input(const fathom::cli::PageTrainingRequest& request, const fathom::pages::PageCollection& collection,
                    const fathom::pages::PageExamples& examples) {
  const char* kind = request.synthetic.empty() ? "clicks" : "questions";
  fmt::print(stderr, "{} pages, {} {}", collection.pages.size(), examples.examples.size(), kind);
  if (examples.unknown_pages > 0)
    fmt::print(stderr, "; {} {} left out, their pages are not in {}", examples.unknown_pages, kind, request.pages);
  if (examples.unknown_sentences > 0)
    fmt::print(stderr, "; {} {} name a sentence that their page does not have", examples.unknown_sentences, kind);
  fmt::print(stderr, "\n");
}

// What an encoder was written of all the same, but should not be trusted without a look.
void warn(const fathom::retrieval::PageTrainingResult& result, std::int64_t clicks) {
  constexpr std::int64_t few_clicks = 100;
  if (clicks < few_clicks)
    fmt::print(stderr, "fathom: warning: {} clicks are too few to learn from or to measure by; some hundreds are needed\n", clicks);
  if (result.epochs > 0 && result.best_epoch == 0)
    fmt::print(stderr,
               "fathom: warning: no epoch ranked the held-out clicks better than the untrained encoder; what was written is the untrained "
               "one\n");
}

}  // namespace

extern "C" int fathom_train_page_encoder(const fathom::cli::PageTrainingRequest* request) {
  using namespace fathom;
  Recipe recipe = request->run.recipe();
  const train::RunSettings settings = cli::run_settings(request->run, request->compute);
  const pages::PageCollection collection = pages::read_pages(request->pages, request->compute.threads);
  const pages::PageExamples examples = request->synthetic.empty() ? pages::read_page_examples(request->examples, collection)
                                                                  : enrichment::synthetic_examples(request->synthetic, collection);
  if (!request->compute.quiet) describe_input(*request, collection, examples);
  const retrieval::PageTrainingResult result =
      retrieval::train_page_encoder(recipe, collection, examples, settings, request->compute.threads);
  if (request->json) {
    fmt::print("{}\n", result.record.dump(2));
  } else {
    fmt::print("{} epochs, {} steps in {}; best epoch {}, mean reciprocal rank of the held-out clicks {:.4f}\n", result.epochs,
               result.steps, format_duration(result.seconds), result.best_epoch, result.best_reciprocal_rank);
    fmt::print("Encoder: {}\n", request->run.out);
  }
  warn(result, static_cast<std::int64_t>(examples.examples.size()));
  if (result.interrupted) fmt::print(stderr, "fathom: stopped early; the encoder is that of the best epoch so far\n");
  return result.interrupted ? 1 : 0;
}

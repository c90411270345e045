// fathom index train: an encoder of pages from clicks (docs/page-search.md). The training needs libtorch and lives in the model library.
#include <memory>

#include "fathom/base/error.h"
#include "fathom/cli/index_train.h"
#include "fathom/cli/model_library.h"
#include "fathom/cli/page_encoder_training.h"

namespace fathom::cli {
namespace {

int run_train(const PageTrainingRequest& request) {
  if (request.examples.empty() && request.synthetic.empty())
    fail_usage("--examples FILE (clicks) or --synthetic FILE (generated questions) is needed");
  return reinterpret_cast<TrainPageEncoder>(model_library_symbol(train_page_encoder_symbol))(&request);
}

}  // namespace

Runner set_up_index_train(CLI::App& app) {
  auto options = std::make_shared<PageTrainingRequest>();
  app.footer("One of --examples and --synthetic is needed.");
  app.description("Learn from clicks which sentences of a page matter, and the vectors of pages and queries");
  app.add_option("--pages", options->pages, "Pages: JSONL of id, title, text; plain or compressed")->required();
  auto* examples =
      app.add_option("--examples", options->examples, "Clicks: JSONL of query, page, and sentence or offset, and weight where known");
  app.add_option("--synthetic", options->synthetic, "Instead of clicks: questions about the pages (fathom questions generate)")
      ->excludes(examples);
  app.add_option("--config", options->run.config, "Recipe (TOML); without it every key has its default")->check(CLI::ExistingFile);
  app.add_option("--set", options->run.overrides, "Override one key of the recipe: key=value (repeatable)")
      ->allow_extra_args(false)
      ->take_all();
  app.add_option("--out", options->run.out, "Directory of the encoder to write")->required();
  auto replace = std::make_shared<ReplaceOption>();
  replace->add_to(app);
  options->compute.add_to(app);
  app.add_flag("--json", options->json, "Print the record of the training as JSON");
  return [options, replace] {
    replace->check(options->run.out);
    return run_train(*options);
  };
}

}  // namespace fathom::cli

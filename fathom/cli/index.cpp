// fathom index: page search that learns from clicks.
#include "fathom/cli/index_compare.h"
#include "fathom/cli/index_train.h"

namespace fathom::cli {

Runner set_up_index(CLI::App& app) {
  app.require_subcommand(1);
  CLI::App* train_command = app.add_subcommand("train", "Learn an encoder of pages from clicks");
  const Runner train = set_up_index_train(*train_command);
  CLI::App* compare_command = app.add_subcommand("compare", "Measure page encoders and BM25 on judged queries");
  const Runner compare = set_up_index_compare(*compare_command);
  return [=] { return train_command->parsed() ? train() : compare(); };
}

}  // namespace fathom::cli

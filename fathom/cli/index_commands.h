// The subcommands of `fathom index`; each adds its options to the app it is given.
#pragma once

#include <memory>
#include <string>

#include "fathom/cli/command.h"
#include "fathom/search/evaluation.h"
#include "fathom/search/index_build.h"

namespace fathom::cli {

Runner set_up_index_build(CLI::App& app);
Runner set_up_index_add(CLI::App& app);
Runner set_up_index_remove(CLI::App& app);
Runner set_up_index_compact(CLI::App& app);
Runner set_up_index_repair(CLI::App& app);
Runner set_up_index_tune(CLI::App& app);
Runner set_up_index_encode(CLI::App& app);
Runner set_up_index_promote(CLI::App& app);
Runner set_up_index_export(CLI::App& app);
Runner set_up_index_info(CLI::App& app);
Runner set_up_index_eval(CLI::App& app);
Runner set_up_index_enrich(CLI::App& app);
Runner set_up_index_suggest(CLI::App& app);

// What reading pages needs, spelled the same way everywhere.
struct IndexWorkOptions {
  std::string memory = "1G";
  int threads = 0;
  bool skip_bad = false, all_content = false, quiet = false;
  void add_to(CLI::App& app);
  void add_encoding_to(CLI::App& app);  // only what encoding needs of them
  // Fills `work`; messages and progress go to stderr.
  void apply(search::IndexWork& work) const;
};

void add_vector_search_option(CLI::App& app, std::string& value);

// "512M", "2G", "1000000": bytes. Throws UsageError.
std::int64_t parse_bytes(const std::string& text);
// An evaluation, with that of a baseline and the differences to it; and what people see of either.
OrderedJson with_baseline(const search::Evaluation& evaluation, const search::Evaluation& baseline);
void print_evaluation(const OrderedJson& result);
void report_reading(const search::IndexReport& report, bool quiet);

}  // namespace fathom::cli

// The subcommands of `fathom log`; each adds its options to the app it is given. And what they share.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "fathom/cli/command.h"
#include "fathom/clicks/click_log_reader.h"
#include "fathom/clicks/click_model.h"

namespace fathom::cli {

Runner set_up_log_import(CLI::App& app);
Runner set_up_log_simulate(CLI::App& app);
Runner set_up_log_examples(CLI::App& app);
Runner set_up_log_report(CLI::App& app);

// --input FILE… --on-bad fail|skip
struct LogInputOptions {
  std::vector<std::string> inputs;
  std::string on_bad = "fail";
  void add_to(CLI::App& app);
  std::vector<std::filesystem::path> paths() const { return {inputs.begin(), inputs.end()}; }
  clicks::ClickLogOptions reading() const;
};

// --model pbm|cascade|dbn --prior M
struct LogModelOptions {
  std::string model = "pbm";
  clicks::ClickModelOptions fitting;
  void add_to(CLI::App& app, const std::string& what_for);
};

// Throws UsageError when `out` is one of these files, which it would replace.
void require_other_file(const std::string& out, const std::vector<std::string>& others);

}  // namespace fathom::cli

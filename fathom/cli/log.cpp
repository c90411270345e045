// fathom log: its subcommands, one file each.
#include <algorithm>
#include <system_error>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/cli/common_options.h"
#include "fathom/cli/light_commands.h"
#include "fathom/cli/log_commands.h"

namespace fathom::cli {

void LogInputOptions::add_to(CLI::App& app) {
  app.add_option("--input", inputs, "Click logs: JSON lines, .tsv, TREC session .xml; plain, gzip, xz or zstd")->required();
  app.add_option("--on-bad", on_bad, "What a bad record does: end the work, or be counted and passed over")
      ->check(CLI::IsMember({"fail", "skip"}))
      ->capture_default_str();
}

clicks::ClickLogOptions LogInputOptions::reading() const {
  clicks::ClickLogOptions options;
  options.on_bad = on_bad == "skip" ? data::OnBad::skip : data::OnBad::fail;
  return options;
}

void LogModelOptions::add_to(CLI::App& app, const std::string& what_for) {
  app.add_option("--model", model, "The click model " + what_for)->check(CLI::IsMember({"pbm", "cascade", "dbn"}))->capture_default_str();
  app.add_option("--prior", fitting.relevance_prior,
                 "How many impressions the average page weighs in the relevance of each (1, or 100 where pages hardly change places)")
      ->check(check_not_negative);
}

void require_other_file(const std::string& out, const std::vector<std::string>& others) {
  std::error_code error;
  for (const std::string& other : others)
    if (out == other || std::filesystem::equivalent(out, other, error))
      fail_usage("{} would be written over an input or another output; choose another name", out);
}

Runner set_up_log(CLI::App& app) {
  app.require_subcommand(1);
  app.footer(
      "fathom log import --input clicks.tsv --out log.jsonl\n"
      "fathom log report --input log.jsonl --html report.html\n"
      "fathom log examples --input log.jsonl --model pbm --out examples.jsonl\n"
      "fathom log simulate --rankings rankings.jsonl --model pbm --searches 10000 --out log.jsonl --truth truth.json");
  std::vector<std::pair<const CLI::App*, Runner>> subcommands;
  const auto add = [&](const char* name, Runner (*set_up)(CLI::App&)) {
    CLI::App* sub = app.add_subcommand(name);
    subcommands.emplace_back(sub, set_up(*sub));
  };
  add("import", set_up_log_import);
  add("report", set_up_log_report);
  add("examples", set_up_log_examples);
  add("simulate", set_up_log_simulate);
  return [subcommands] {
    const auto asked = std::find_if(subcommands.begin(), subcommands.end(), [](const auto& sub) { return sub.first->parsed(); });
    return asked->second();  // require_subcommand: one of them was
  };
}

}  // namespace fathom::cli

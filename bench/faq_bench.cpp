// Latency of FAQ search on one core: a FAQ of SQuAD's questions, asked with every third word left out.
//   build/release/bench/faq_bench squad/train-v1.1.json.xz [squad/dev-v1.1.json.xz …] [--keep DIR]
// Builds the FAQ in a temporary directory (word vectors on SQuAD's paragraphs), or uses the one that --keep left earlier.
#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/faq/faq.h"

namespace {

using namespace fathom;
using Clock = std::chrono::steady_clock;

constexpr std::size_t query_count = 2000;

double milliseconds(Clock::time_point begin) { return std::chrono::duration<double, std::milli>(Clock::now() - begin).count(); }

// Questions with answers as JSONL, paragraphs as lines; returns the questions.
std::vector<std::string> extract(const std::vector<std::string>& files, const std::filesystem::path& directory) {
  AtomicFile entries(directory / "faq.jsonl"), text(directory / "paragraphs.txt");
  std::vector<std::string> questions;
  for (const std::string& file : files) {
    const Json squad = read_json(file);
    for (const Json& article : squad.at("data")) {
      for (const Json& paragraph : article.at("paragraphs")) {
        text.write(faq::normalize_space(paragraph.at("context").get<std::string>()) + "\n");
        for (const Json& qa : paragraph.at("qas")) {
          questions.push_back(qa.at("question").get<std::string>());
          if (faq::normalize_space(questions.back()).empty()) continue;
          entries.write(Json{{"question", questions.back()}, {"answer", qa.at("answers").at(0).at("text")}, {"id", qa.at("id")}}.dump() +
                        "\n");
        }
      }
    }
  }
  entries.commit();
  text.commit();
  return questions;
}

std::string without_every_third_word(const std::string& question) {
  std::string out, word;
  std::size_t count = 0;
  for (const char c : question + " ") {
    if (c != ' ') {
      word += c;
      continue;
    }
    if (!word.empty() && ++count % 3 != 0) out += (out.empty() ? "" : " ") + word;
    word.clear();
  }
  return out;
}

int run(std::vector<std::string> files) {
  std::filesystem::path directory = std::filesystem::temp_directory_path() / "fathom-faq-bench";
  if (const auto keep = std::find(files.begin(), files.end(), "--keep"); keep != files.end() && keep + 1 != files.end()) {
    directory = keep[1];
    files.erase(keep, keep + 2);
  }
  std::filesystem::create_directories(directory);
  const std::vector<std::string> questions = extract(files, directory);
  if (!std::filesystem::exists(directory / "index")) {
    faq::FaqBuildOptions options;
    options.inputs = {(directory / "faq.jsonl").string()};
    options.background = {(directory / "paragraphs.txt").string()};
    options.read.answers_required = false;
    const auto begin = Clock::now();
    faq::build_faq(options, directory / "index");
    fmt::print("build: {:.1f} s\n", milliseconds(begin) / 1e3);
  }
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(sched_getcpu(), &one);
  sched_setaffinity(0, sizeof one, &one);

  const auto begin = Clock::now();
  faq::FaqSearcher searcher(directory / "index");
  fmt::print("questions: {} in the files, {} in the FAQ\nstart-up: {:.0f} ms\n", questions.size(), searcher.size(), milliseconds(begin));
  std::vector<double> times;
  std::size_t found = 0;
  const std::size_t step = std::max<std::size_t>(1, questions.size() / query_count);
  const auto all = Clock::now();
  for (std::size_t i = 0; i < questions.size(); i += step) {
    const std::string query = without_every_third_word(questions[i]);
    const auto start = Clock::now();
    const faq::FaqAnswer answer = searcher.search(query);
    times.push_back(milliseconds(start));
    found += !answer.results.empty() && faq::normalize_space(questions[i]) == answer.results[0].question;
  }
  const double seconds = milliseconds(all) / 1e3;
  std::sort(times.begin(), times.end());
  const auto quantile = [&](double q) { return times[static_cast<std::size_t>(q * static_cast<double>(times.size() - 1))]; };
  fmt::print("queries: {}, one core\np50 {:.2f} ms, p90 {:.2f} ms, p99 {:.2f} ms, worst {:.2f} ms\nthroughput: {:.0f} queries/s\n",
             times.size(), quantile(0.5), quantile(0.9), quantile(0.99), times.back(), static_cast<double>(times.size()) / seconds);
  fmt::print("the question itself came first: {:.1f}%\n", 100.0 * static_cast<double>(found) / static_cast<double>(times.size()));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc < 2) fathom::fail_usage("faq_bench SQUAD.json… [--keep DIR]");
    return run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    fmt::print(stderr, "faq_bench: {}\n", error.what());
    return 1;
  }
}

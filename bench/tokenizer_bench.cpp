// Encoding speed of a tokenizer on a text: MB (10^6 bytes) a second of user CPU time on one thread, and of time on one thread and two.
//   tokenizer_bench TOKENIZER_DIRECTORY TEXT_FILE [ROUNDS]
// The text is cut into documents of about 10 kB at line ends; each is encoded by itself, as a peer is given it (tokenizer_peers.py).
#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "fathom/base/file.h"
#include "fathom/text/tokenizer.h"

namespace {

constexpr std::size_t document_bytes = 10'000;

std::vector<std::string_view> documents_of(std::string_view text) {
  std::vector<std::string_view> documents;
  while (!text.empty()) {
    const std::size_t line_end = text.size() > document_bytes ? text.find('\n', document_bytes) : std::string_view::npos;
    const std::size_t size = line_end == std::string_view::npos ? text.size() : line_end + 1;
    documents.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return documents;
}

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

std::size_t encode_all(const fathom::text::Tokenizer& tokenizer, const std::vector<std::string_view>& documents, int threads) {
  std::atomic<std::size_t> next{0}, ids{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < documents.size(); i = next++) ids += tokenizer.encode(documents[i]).size();
  };
  std::vector<std::thread> workers;
  for (int i = 1; i < threads; ++i) workers.emplace_back(work);
  work();
  for (std::thread& worker : workers) worker.join();
  return ids;
}

int run(int argc, char** argv) {
  const auto tokenizer = fathom::text::Tokenizer::load(argv[1]);
  const std::string text = fathom::read_file(argv[2]);
  const int rounds = argc > 3 ? std::max(1, std::atoi(argv[3])) : 5;
  const std::vector<std::string_view> documents = documents_of(text);
  const double megabytes = static_cast<double>(text.size()) / 1e6;
  for (const int threads : {1, 2}) {
    std::vector<double> wall, cpu;
    std::size_t ids = 0;
    for (int round = 0; round < rounds; ++round) {
      const auto begin = std::chrono::steady_clock::now();
      const double cpu_begin = cpu_seconds();
      ids = encode_all(tokenizer, documents, threads);
      cpu.push_back(cpu_seconds() - cpu_begin);
      wall.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    }
    std::sort(wall.begin(), wall.end());
    std::sort(cpu.begin(), cpu.end());
    const std::size_t middle = wall.size() / 2;
    fmt::print("fathom {} thread{}: {:.1f} MB/s ({:.1f} MB a CPU second), {} ids, {:.3f} bytes an id, median of {}\n", threads,
               threads == 1 ? "" : "s", megabytes / wall[middle], megabytes / cpu[middle], ids,
               static_cast<double>(text.size()) / static_cast<double>(ids), rounds);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    fmt::print(stderr, "usage: tokenizer_bench TOKENIZER_DIRECTORY TEXT_FILE [ROUNDS]\n");
    return 2;
  }
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "tokenizer_bench: {}\n", error.what());
    return 1;
  }
}

// Duplicate search and decontamination on one thread, in MB of text a second of processor time and as a share of the speed at which the
// same documents are read, in the same run.
//   dedup_bench FILE… [--test-set FILE]
#include <fmt/format.h>
#include <stdlib.h>
#include <time.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "fathom/data/decontamination.h"
#include "fathom/data/documents.h"
#include "fathom/data/line_duplicates.h"
#include "fathom/data/near_duplicates.h"

namespace {

using namespace fathom;

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double median_seconds(const std::function<void()>& action) {
  std::vector<double> seconds;
  for (int i = 0; i < 5; ++i) {
    const double begin = processor_seconds();
    action();
    seconds.push_back(processor_seconds() - begin);
  }
  std::sort(seconds.begin(), seconds.end());
  return seconds[2];
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> files;
  std::string test_set;
  for (int i = 1; i < argc; ++i) {
    if (std::string(argv[i]) == "--test-set" && i + 1 < argc) {
      test_set = argv[++i];
    } else {
      files.emplace_back(argv[i]);
    }
  }
  if (files.empty()) {
    fmt::print(stderr, "usage: dedup_bench FILE… [--test-set FILE]\n");
    return 2;
  }
  std::vector<std::string> documents;
  std::size_t bytes = 0;
  const auto read = [&](const std::function<void(std::string_view)>& visit) {
    for (const std::string& file : files) data::for_each_document(file, {}, visit);
  };
  read([&](std::string_view text) {
    documents.emplace_back(text);
    bytes += text.size();
  });
  std::size_t sum = 0;
  const double reading = median_seconds([&] { read([&](std::string_view text) { sum += text.size(); }); });
  fmt::print("{} documents, {:.1f} MB\n{:<34}{:>10}{:>12}\n", documents.size(), static_cast<double>(bytes) / 1e6, "", "MB/s", "of reading");
  const auto show = [&](const char* what, double seconds) {
    fmt::print("{:<34}{:>10.0f}{:>11.0f}%\n", what, static_cast<double>(bytes) / seconds / 1e6, 100 * reading / seconds);
  };
  show("reading", reading);
  show("fingerprints", median_seconds([&] {
         for (const std::string& text : documents) sum += data::fingerprint(text).low;
       }));
  const data::DuplicateOptions options;
  const data::DocumentSigner signer(options);
  std::vector<data::DocumentSignature> signatures(documents.size());
  show("signatures (128 permutations)", median_seconds([&] {
         for (std::size_t i = 0; i < documents.size(); ++i) signatures[i] = signer.sign(documents[i]);
       }));
  std::string scratch = (std::filesystem::temp_directory_path() / "dedup-bench-XXXXXX").string();
  if (::mkdtemp(scratch.data()) == nullptr) return 1;
  int store = 0;
  show("insertion (21 bands)", median_seconds([&] {
         data::DuplicateIndex index(options, data::SignatureStore::create(scratch + "/" + std::to_string(store++), options.minhash));
         for (const data::DocumentSignature& signature : signatures) sum += index.add(signature, "name").has_value() ? 1 : 0;
         index.commit();
       }));
  const data::LineSigner lines{data::LineDuplicateOptions{}};
  show("line signatures", median_seconds([&] {
         for (const std::string& text : documents) sum += lines.sign(text).size();
       }));
  if (!test_set.empty()) {
    const data::DecontaminationIndex index({{"test set", test_set, {}}});
    show("decontamination", median_seconds([&] {
           for (const std::string& text : documents) sum += index.hits(text) ? 1 : 0;
         }));
    fmt::print("{} runs of 10 words remembered\n", index.ngrams());
  }
  std::filesystem::remove_all(scratch);
  return sum == 0 ? 1 : 0;
}

// What the stages of `fathom data prepare` cost on one thread: MB of text a second of processor time, and as a share of the speed at which
// the same documents are read, in the same run. With --model also encoding and packing with that directory's tokenizer.
//   data_bench FILE… [--test-set FILE] [--model DIR]
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
#include "fathom/data/packed_batches.h"
#include "fathom/data/quality_filter.h"
#include "fathom/data/text_normalizer.h"
#include "fathom/data/token_file_writer.h"
#include "fathom/text/language.h"
#include "fathom/text/tokenizer.h"

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
  std::string test_set, model;
  for (int i = 1; i < argc; ++i) {
    if (std::string(argv[i]) == "--test-set" && i + 1 < argc) {
      test_set = argv[++i];
    } else if (std::string(argv[i]) == "--model" && i + 1 < argc) {
      model = argv[++i];
    } else {
      files.emplace_back(argv[i]);
    }
  }
  if (files.empty()) {
    fmt::print(stderr, "usage: data_bench FILE… [--test-set FILE] [--model DIR]\n");
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
  std::string normal;
  show("normalising", median_seconds([&] {
         for (const std::string& text : documents) {
           data::normalize_text(text, {}, normal);
           sum += normal.size();
         }
       }));
  const data::QualityFilter rules;
  show("quality rules", median_seconds([&] {
         for (const std::string& text : documents) sum += rules.judge(text).keep ? 1 : 0;
       }));
  show("language", median_seconds([&] {
         for (const std::string& text : documents) sum += text::identify_language(text).code.size();
       }));
  show("fingerprints", median_seconds([&] {
         for (const std::string& text : documents) sum += data::fingerprint(text).low;
       }));
  const data::DuplicateOptions options;
  const data::DocumentSigner signer(options);
  std::vector<data::DocumentSignature> signatures(documents.size());
  show("signatures (128 permutations)", median_seconds([&] {
         for (std::size_t i = 0; i < documents.size(); ++i) signatures[i] = signer.sign(documents[i]);
       }));
  std::string scratch = (std::filesystem::temp_directory_path() / "data-bench-XXXXXX").string();
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
  if (!model.empty()) {
    const text::Tokenizer tokenizer = text::Tokenizer::load(model);
    const text::TokenId separator = data::separator_of(tokenizer);
    std::vector<std::vector<text::TokenId>> ids(documents.size());
    show("encoding", median_seconds([&] {
           for (std::size_t i = 0; i < documents.size(); ++i) ids[i] = tokenizer.encode(documents[i], /*parse_special=*/false);
         }));
    const std::string shard = scratch + "/shard.tokens";
    show("packing into a shard", median_seconds([&] {
           data::TokenFileWriter writer(shard, {.fingerprint = 1, .vocab_size = tokenizer.vocab_size(), .sources = {"bench"}});
           for (std::size_t i = 0; i < documents.size(); ++i) {
             ids[i].push_back(separator);
             writer.append({.hash = i, .text_bytes = static_cast<std::int64_t>(documents[i].size()), .source = 0}, ids[i]);
             ids[i].pop_back();
           }
           sum += static_cast<std::size_t>(writer.commit().bytes);
         }));
    const data::TokenCorpus corpus = data::TokenCorpus::open(shard);
    const data::PackedBatches batches(corpus, {});
    show("batches of 8 x 512 tokens", median_seconds([&] {
           for (std::int64_t i = 0; i < batches.batches_per_epoch(); ++i) sum += batches.batch(i).input_ids.size();
         }));
  }
  std::filesystem::remove_all(scratch);
  return sum == 0 ? 1 : 0;
}

// fathom data duplicates: which documents repeat earlier ones, exactly or nearly, in these inputs and in earlier runs'.
//   fathom data duplicates --input corpus/ --save signatures/
//   fathom data duplicates --input news/ --against signatures/ --threshold 0.9 --json
#include "fathom/cli/data_duplicates.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/base/progress.h"
#include "fathom/cli/common_options.h"
#include "fathom/data/documents.h"
#include "fathom/data/near_duplicates.h"
#include "fathom/data/records.h"

namespace fathom::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::vector<std::string> inputs, against;
  std::string save, text_field = "text";
  data::DuplicateOptions duplicates;
  std::uint64_t memory = std::uint64_t{1} << 30;
  int threads = 0;
  bool exact = false, json = false, quiet = false;
};

// The signatures of a run that are not to be saved.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (fs::temp_directory_path() / "fathom-duplicates-XXXXXX").string();
    require(::mkdtemp(name.data()) != nullptr, "{}: no temporary directory can be made", name);
    path_ = name;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

struct NamedText {
  std::string name, text;
};

// Documents, some MiB at a time: signatures are computed in parallel, duplicates are looked for in order.
class Search {
 public:
  Search(const Options& options, data::DuplicateIndex index)
      : options_(options), signer_(options.duplicates), index_(std::move(index)), progress_("Comparing", 0, "document", options.quiet) {}

  void take(std::string name, std::string_view text) {
    bytes_ += static_cast<std::int64_t>(text.size());
    gathered_bytes_ += text.size();
    gathered_.push_back({std::move(name), std::string(text)});
    if (gathered_bytes_ >= (std::size_t{8} << 20)) compare();
  }

  void compare() {
    std::vector<data::DocumentSignature> signatures(gathered_.size());
    const auto hardware = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    const auto wanted = static_cast<std::size_t>(options_.threads > 0 ? options_.threads : hardware);
    std::atomic<std::size_t> next{0};
    const auto sign = [&] {
      for (std::size_t i = next++; i < gathered_.size(); i = next++) signatures[i] = signer_.sign(gathered_[i].text);
    };
    {
      std::vector<std::jthread> others;
      for (std::size_t i = 1; i < std::min(wanted, gathered_.size()); ++i) others.emplace_back(sign);
      sign();
    }
    for (std::size_t i = 0; i < gathered_.size(); ++i) {
      ++documents_;
      if (const auto match = index_.add(signatures[i], gathered_[i].name)) report(gathered_[i], *match);
    }
    progress_.update(documents_, fmt::format("{} duplicates", exact_ + near_));
    gathered_.clear();
    gathered_bytes_ = 0;
  }

  void finish() {
    compare();
    progress_.finish();
    index_.commit();
    if (options_.json) {
      fmt::print("{}\n",
                 OrderedJson{{"documents", documents_}, {"exact", exact_}, {"near", near_}, {"kept", documents_ - exact_ - near_}}.dump());
    } else {
      fmt::print("{} documents ({}): {} repeat an earlier one exactly, {} nearly, {} are new\n", documents_,
                 format_bytes(static_cast<double>(bytes_)), exact_, near_, documents_ - exact_ - near_);
    }
  }

 private:
  void report(const NamedText& document, const data::DuplicateMatch& match) {
    ++(match.exact ? exact_ : near_);
    const std::string store = match.store < 0 ? "" : options_.against[static_cast<std::size_t>(match.store)];
    if (options_.json) {
      OrderedJson line = {{"document", document.name},
                          {"kind", match.exact ? "exact" : "near"},
                          {"similarity", match.similarity},
                          {"duplicate_of", match.name}};
      if (!store.empty()) line["store"] = store;
      fmt::print("{}\n", line.dump(-1, ' ', false, OrderedJson::error_handler_t::replace));
    } else {
      fmt::print("{}  {}  repeats  {}{}\n", match.exact ? "exact" : fmt::format("{:5.2f}", match.similarity), document.name, match.name,
                 store.empty() ? "" : fmt::format("  (of {})", store));
    }
  }

  const Options& options_;
  data::DocumentSigner signer_;
  data::DuplicateIndex index_;
  Progress progress_;
  std::vector<NamedText> gathered_;
  std::size_t gathered_bytes_ = 0;
  std::int64_t documents_ = 0, exact_ = 0, near_ = 0, bytes_ = 0;
};

void read_file_into(Search& search, const fs::path& file, const std::string& text_field) {
  if (data::is_record_file(file)) {
    data::for_each_record(file, [&](const Json& record, const std::string& position) {
      search.take(position, json_get<std::string>(record, text_field, position));
    });
    return;
  }
  std::int64_t pieces = 0;
  data::for_each_document(file, {}, [&](std::string_view text) {
    ++pieces;
    search.take(pieces == 1 ? file.string() : fmt::format("{}: piece {}", file.string(), pieces), text);
  });
}

int run(Options options) {
  options.duplicates.memory_bytes = static_cast<std::int64_t>(options.memory);
  options.duplicates.near = !options.exact;
  const data::MinHashOptions stored = data::stored_options(options.duplicates);
  std::optional<TemporaryDirectory> unsaved;
  std::optional<AtomicDirectory> saved;  // a new store appears complete or not at all
  std::optional<data::SignatureStore> store;
  const fs::path target = options.save;
  if (options.save.empty()) {
    unsaved.emplace();
    store = data::SignatureStore::create(unsaved->path() / "store", stored);
  } else if (fs::exists(target / "manifest.json")) {
    store = data::SignatureStore::append_to(target, stored);
  } else {
    require(!fs::exists(target) || (fs::is_directory(target) && fs::is_empty(target)),
            "{}: this is neither a signature store nor an empty directory; choose another name for --save", options.save);
    saved.emplace(target);
    store = data::SignatureStore::create(saved->path(), stored);
  }
  std::vector<data::SignatureStore> earlier;
  for (const std::string& directory : options.against) earlier.push_back(data::SignatureStore::open(directory));
  {
    Search search(options, data::DuplicateIndex(options.duplicates, std::move(*store), std::move(earlier)));
    for (const fs::path& file : data::expand_paths(options.inputs)) read_file_into(search, file, options.text_field);
    search.finish();
  }
  if (saved) {
    require(!fs::exists(target / "manifest.json"),
            "{}: another run has saved its signatures here meanwhile, and these were not; run again to add to them", options.save);
    saved->commit();
  }
  return 0;
}

}  // namespace

Runner set_up_data_duplicates(CLI::App& data, CLI::App*& command) {
  auto options = std::make_shared<Options>();
  command = data.add_subcommand("duplicates", "List the documents that repeat an earlier one, exactly or nearly");
  command->add_option("--input", options->inputs, "Text or JSONL files, or directories; plain, gzip, xz or zstd")
      ->required()
      ->expected(1, -1);
  command->add_option("--against", options->against, "Signature stores of earlier runs, to compare with too; only read")->expected(1, -1);
  command->add_option("--save", options->save,
                      "Directory for the signatures of new documents; one that is there is compared with and extended");
  command->add_option("--text-field", options->text_field, "Key of the text in JSONL records")->capture_default_str();
  command->add_option("--threshold", options->duplicates.threshold, "Least share of shingles in common (Jaccard similarity, estimated)")
      ->capture_default_str();
  command->add_flag("--exact", options->exact, "Only exact duplicates (white space aside)");
  command->add_option("--shingle-words", options->duplicates.minhash.shingle.words, "Words in a shingle")->capture_default_str();
  command->add_option("--shingle-characters", options->duplicates.minhash.shingle.characters, "Characters, in scripts without spaces")
      ->capture_default_str();
  command->add_option("--permutations", options->duplicates.minhash.permutations, "Places of a signature")->capture_default_str();
  command->add_option("--bands", options->duplicates.bands, "Bands of a signature; one that agrees makes a candidate")
      ->capture_default_str();
  command->add_option("--rows", options->duplicates.rows, "Places of a band")->capture_default_str();
  command->add_option("--memory", options->memory, "For the table of bands, as 512M; beyond it, files are used")
      ->transform(CLI::AsSizeValue(false))
      ->default_str("1G");
  command->add_option("--threads", options->threads, "For signatures; 0: all cores. The result does not depend on it")
      ->check(check_threads)
      ->capture_default_str();
  command->add_flag("--json", options->json, "JSON lines: one a duplicate, the counts last");
  command->add_flag("--quiet", options->quiet, "No progress");
  return [options] { return run(*options); };
}

}  // namespace fathom::cli

#include "fathom/data/corpus_manifest.h"

#include <charconv>

#include "fathom/base/error.h"
#include "fathom/base/file.h"

namespace fathom::data {
namespace {

constexpr const char* format_name = "fathom-corpus";
constexpr int format_version = 1;

OrderedJson to_json(const Amount& amount) { return {{"documents", amount.documents}, {"bytes", amount.bytes}}; }

OrderedJson to_json(const std::map<std::string, Amount>& amounts) {
  OrderedJson json = OrderedJson::object();
  for (const auto& [name, amount] : amounts) json[name] = to_json(amount);
  return json;
}

std::int64_t count_of(const Json& object, const std::string& key, const std::string& origin) {
  const auto value = json_get<std::int64_t>(object, key, origin);
  require(value >= 0, "{}: '{}' is {}; it cannot be negative", origin, key, value);
  return value;
}

Amount amount_of(const Json& object, const std::string& key, const std::string& origin) {
  const Json inner = json_get<Json>(object, key, origin);
  return {count_of(inner, "documents", origin), count_of(inner, "bytes", origin)};
}

std::map<std::string, Amount> amounts_of(const Json& object, const std::string& key, const std::string& origin) {
  const Json inner = json_get<Json>(object, key, origin);
  require(inner.is_object(), "{}: '{}' must be an object", origin, key);
  std::map<std::string, Amount> amounts;
  for (const auto& [name, value] : inner.items()) amounts[name] = amount_of(inner, name, origin);
  return amounts;
}

std::vector<Json> list_of(const Json& object, const std::string& key, const std::string& origin) {
  const Json list = json_get<Json>(object, key, origin);
  require(list.is_array(), "{}: '{}' must be a list", origin, key);
  return {list.begin(), list.end()};
}

}  // namespace

OrderedJson to_json(const SourceReport& source) {
  return {{"name", source.name},
          {"read", to_json(source.read)},
          {"rejected", to_json(source.rejected)},
          {"changed", to_json(source.changed)},
          {"kept", to_json(source.kept)},
          {"languages", to_json(source.languages)},
          {"tokens", source.tokens},
          {"weight", source.weight},
          {"repeat", source.repeat},
          {"train", {{"documents", source.train_documents}, {"tokens", source.train_tokens}}},
          {"validation", {{"documents", source.validation_documents}, {"tokens", source.validation_tokens}}}};
}

OrderedJson to_json(const InputFile& input) {
  return {{"path", input.path}, {"source", input.source}, {"bytes", input.bytes}, {"documents", input.documents}, {"sha256", input.sha256}};
}

InputFile input_file(const Json& json, const std::string& origin) {
  return {json_get<std::string>(json, "path", origin), json_get<std::string>(json, "source", origin),
          json_get<std::string>(json, "sha256", origin), count_of(json, "bytes", origin), count_of(json, "documents", origin)};
}

OrderedJson to_json(const ShardEntry& shard) {
  return {{"file", shard.file},           {"bytes", shard.bytes},           {"tokens", shard.tokens},
          {"documents", shard.documents}, {"text_bytes", shard.text_bytes}, {"sha256", shard.sha256}};
}

SourceReport source_report(const Json& json, const std::string& origin) {
  SourceReport source;
  source.name = json_get<std::string>(json, "name", origin);
  source.read = amount_of(json, "read", origin);
  source.kept = amount_of(json, "kept", origin);
  source.rejected = amounts_of(json, "rejected", origin);
  source.changed = amounts_of(json, "changed", origin);
  source.languages = amounts_of(json, "languages", origin);
  source.tokens = count_of(json, "tokens", origin);
  source.weight = json_get<double>(json, "weight", origin);
  source.repeat = json_get<double>(json, "repeat", origin);
  const Json train = json_get<Json>(json, "train", origin), validation = json_get<Json>(json, "validation", origin);
  source.train_documents = count_of(train, "documents", origin);
  source.train_tokens = count_of(train, "tokens", origin);
  source.validation_documents = count_of(validation, "documents", origin);
  source.validation_tokens = count_of(validation, "tokens", origin);
  return source;
}

ShardEntry shard_entry(const Json& json, const std::string& origin) {
  ShardEntry shard;
  shard.file = json_get<std::string>(json, "file", origin);
  const std::filesystem::path path = shard.file;
  bool inside = path.is_relative() && !shard.file.empty();
  for (const auto& part : path) inside = inside && part != "..";
  require(inside, "{}: the shard '{}' lies outside the directory", origin, shard.file);
  shard.bytes = count_of(json, "bytes", origin);
  shard.tokens = count_of(json, "tokens", origin);
  shard.documents = count_of(json, "documents", origin);
  shard.text_bytes = count_of(json, "text_bytes", origin);
  shard.sha256 = json_get<std::string>(json, "sha256", origin);
  return shard;
}

void CorpusCounts::write(OrderedJson& json) const {
  json["sources"] = OrderedJson::array();
  for (const SourceReport& source : sources) json["sources"].push_back(to_json(source));
  json["length_histogram"] = length_histogram;
  json["fim_documents"] = fim_documents;
  json["split_candidates"] = split_candidates;
  json["split_tokens"] = split_tokens;
}

void CorpusCounts::read(const Json& json, const std::string& origin) {
  sources.clear();
  for (const Json& source : list_of(json, "sources", origin)) sources.push_back(source_report(source, origin));
  length_histogram = json_get<std::vector<std::int64_t>>(json, "length_histogram", origin);
  fim_documents = count_of(json, "fim_documents", origin);
  split_candidates = count_of(json, "split_candidates", origin);
  split_tokens = count_of(json, "split_tokens", origin);
}

CorpusManifest CorpusManifest::load(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / manifest_name;
  if (!std::filesystem::exists(path) && std::filesystem::is_directory(directory / ".work")) {
    fail("{}: the run that prepares this corpus is not finished; go on with `fathom data prepare … --resume`", directory.string());
  }
  require(std::filesystem::exists(path), "{}: this is no prepared corpus: it has no {}", directory.string(), manifest_name);
  return parse(read_file(path), path.string());
}

CorpusManifest CorpusManifest::parse(std::string_view text, const std::string& origin) {
  const Json json = parse_json(text, origin);
  require(json_get_or<std::string>(json, "format", "", origin) == format_name, "{}: not the manifest of a prepared corpus", origin);
  const auto version = json_get<std::int64_t>(json, "version", origin);
  require(version == format_version, "{}: version {} of the format; this program reads version {}", origin, version, format_version);
  CorpusManifest manifest;
  manifest.program = json_get<std::string>(json, "fathom", origin);
  const Json tokenizer = json_get<Json>(json, "tokenizer", origin);
  const auto fingerprint = json_get<std::string>(tokenizer, "fingerprint", origin);
  const auto [end, error] = std::from_chars(fingerprint.data(), fingerprint.data() + fingerprint.size(), manifest.fingerprint, 16);
  require(error == std::errc() && end == fingerprint.data() + fingerprint.size(), "{}: 'fingerprint' is '{}', no hexadecimal number",
          origin, fingerprint);
  manifest.vocab_size = count_of(tokenizer, "vocab_size", origin);
  manifest.recipe = json_get<std::string>(json, "recipe", origin);
  for (const Json& input : list_of(json, "inputs", origin)) manifest.inputs.push_back(input_file(input, origin));
  manifest.read(json, origin);
  const Json splits = json_get<Json>(json, "splits", origin);
  require(splits.is_object() && splits.contains("train"), "{}: 'splits' names no training shards", origin);
  for (const auto& [name, value] : splits.items())
    for (const Json& shard : list_of(value, "shards", origin)) manifest.splits[name].push_back(shard_entry(shard, origin));
  return manifest;
}

std::string CorpusManifest::dump() const {
  OrderedJson json = {{"format", format_name}, {"version", format_version}, {"fathom", program}};
  json["tokenizer"] = {{"fingerprint", fmt::format("{:016x}", fingerprint)}, {"vocab_size", vocab_size}};
  json["splits"] = OrderedJson::object();
  for (const auto& [name, shards] : splits) {
    ShardEntry sum;
    OrderedJson list = OrderedJson::array();
    for (const ShardEntry& shard : shards) {
      sum.tokens += shard.tokens;
      sum.documents += shard.documents;
      sum.text_bytes += shard.text_bytes;
      list.push_back(to_json(shard));
    }
    json["splits"][name] = {{"documents", sum.documents}, {"tokens", sum.tokens}, {"text_bytes", sum.text_bytes}, {"shards", list}};
  }
  write(json);
  json["inputs"] = OrderedJson::array();
  for (const InputFile& input : inputs) json["inputs"].push_back(to_json(input));
  json["recipe"] = recipe;
  return json.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

SourceReport CorpusManifest::total() const {
  SourceReport sum;
  sum.name = "all";
  for (const SourceReport& source : sources) {
    sum.read += source.read;
    sum.kept += source.kept;
    for (const auto& [rule, amount] : source.rejected) sum.rejected[rule] += amount;
    for (const auto& [rule, amount] : source.changed) sum.changed[rule] += amount;
    for (const auto& [language, amount] : source.languages) sum.languages[language] += amount;
    sum.tokens += source.tokens;
    sum.train_documents += source.train_documents;
    sum.train_tokens += source.train_tokens;
    sum.validation_documents += source.validation_documents;
    sum.validation_tokens += source.validation_tokens;
  }
  return sum;
}

bool is_prepared_corpus(const std::filesystem::path& path) {
  const bool complete = std::filesystem::exists(path / manifest_name) && std::filesystem::is_directory(path / "train");
  return complete || std::filesystem::is_directory(path / ".work");
}

}  // namespace fathom::data

#include "fathom/text/tokenizer.h"

#include <algorithm>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/text/byte_alphabet.h"
#include "fathom/text/tokenizer_state.h"

namespace fathom::text {
namespace {

// FNV-1a over length-prefixed fields.
class Hasher {
 public:
  void add(std::string_view field) {
    add(static_cast<std::uint64_t>(field.size()));
    for (const char c : field) step(static_cast<unsigned char>(c));
  }
  void add(std::uint64_t value) {
    for (int shift = 0; shift < 64; shift += 8) step((value >> shift) & 0xFF);
  }
  std::uint64_t value() const { return hash_; }

 private:
  void step(std::uint64_t byte) { hash_ = (hash_ ^ byte) * 0x100000001B3ull; }
  std::uint64_t hash_ = 0xCBF29CE484222325ull;
};

}  // namespace

Tokenizer::State::State(TokenizerParts parts, TokenizerConfig tokenizer_config, const std::string& origin)
    : model(std::move(parts.vocabulary), std::move(parts.merges), parts.whole_words_first),
      added(std::move(parts.added)),
      pre_tokenizer_json(std::move(parts.pre_tokenizer)),
      post_processor_json(std::move(parts.post_processor)),
      decoder_json(std::move(parts.decoder)),
      pre_tokenizer(make_pre_tokenizer(pre_tokenizer_json, origin)),
      config(std::move(tokenizer_config)) {
  vocab_size = model.vocabulary().size();
  for (const AddedToken& token : added.all()) vocab_size = std::max<std::int64_t>(vocab_size, token.id + 1);
  bos = role("bos_token");
  eos = role("eos_token");
  pad = role("pad_token");
  fingerprint = hash();
}

const std::string* Tokenizer::State::token(TokenId id) const {
  if (const AddedToken* token = added.find(id)) return &token->content;
  return model.vocabulary().contains(id) ? &model.vocabulary().bytes(id) : nullptr;
}

std::optional<TokenId> Tokenizer::State::find(std::string_view token) const {
  if (const AddedToken* found = added.find(token)) return found->id;
  return model.vocabulary().find_spelled(spell(token));
}

std::optional<TokenId> Tokenizer::State::role(const std::string& key) const {
  const auto content = config.role(key);
  if (!content) return std::nullopt;
  const auto id = find(*content);
  require(id.has_value(), "{}: {} is '{}', but tokenizer.json has no such token", config.origin(), key, *content);
  return id;
}

std::uint64_t Tokenizer::State::hash() const {
  Hasher hasher;
  const Vocabulary& vocabulary = model.vocabulary();
  for (TokenId id = 0; id < vocabulary.size(); ++id) {
    if (!vocabulary.contains(id)) continue;
    hasher.add(static_cast<std::uint64_t>(id));
    hasher.add(vocabulary.spelled(id));
  }
  for (const Merge& merge : model.merges()) hasher.add(pair_key(merge.left, merge.right));
  for (const AddedToken& token : added.all()) {
    hasher.add(static_cast<std::uint64_t>(token.id));
    hasher.add(token.content);
    hasher.add(static_cast<std::uint64_t>(token.special));
  }
  hasher.add(static_cast<std::uint64_t>(model.whole_words_first()));
  hasher.add(pre_tokenizer_json.dump());
  return hasher.value();
}

Tokenizer::Tokenizer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

Tokenizer Tokenizer::load(const std::filesystem::path& directory_or_file) {
  const bool is_directory = std::filesystem::is_directory(directory_or_file);
  const std::filesystem::path file = is_directory ? directory_or_file / "tokenizer.json" : directory_or_file;
  const std::string origin = file.string();
  TokenizerParts parts = parse_tokenizer_json(read_file(file), origin);
  return Tokenizer(std::make_unique<State>(std::move(parts), TokenizerConfig::load(file.parent_path()), origin));
}

void Tokenizer::save(const std::filesystem::path& directory) const {
  const State& state = *state_;
  write_file_atomically(directory / "tokenizer.json",
                        tokenizer_json(state.model, state.added, state.pre_tokenizer_json, state.post_processor_json, state.decoder_json));
  write_file_atomically(directory / "tokenizer_config.json", state.config.dump());
}

std::vector<TokenId> Tokenizer::encode(std::string_view text, bool parse_special) const {
  const State& state = *state_;
  std::vector<TokenId> ids;
  Pieces pieces;
  std::size_t done = 0;
  while (done < text.size()) {
    const auto match = state.added.next(text, done, parse_special);
    const std::size_t end = match ? match->position : text.size();
    if (end > done) {
      pieces.views.clear();
      pieces.owned.clear();
      state.pre_tokenizer->cut(text.substr(done, end - done), pieces);
      for (const std::string_view word : pieces.views) state.model.encode_word(word, ids);
    }
    if (match) ids.push_back(match->token->id);
    done = end + (match ? match->token->content.size() : 0);
  }
  return ids;
}

std::string Tokenizer::decode(const std::vector<TokenId>& ids, bool skip_special) const {
  std::string text;
  for (const TokenId id : ids)
    if (!skip_special || !is_special(id)) text += token_bytes(id);
  return text;
}

std::string Tokenizer::token_bytes(TokenId id) const {
  const std::string* token = state_->token(id);
  require(token != nullptr, "no token has the id {}; this tokenizer's ids are 0 to {}", id, state_->vocab_size - 1);
  return *token;
}

std::int64_t Tokenizer::vocab_size() const { return state_->vocab_size; }
std::optional<TokenId> Tokenizer::token_id(std::string_view token) const { return state_->find(token); }
bool Tokenizer::is_special(TokenId id) const {
  const AddedToken* token = state_->added.find(id);
  return token != nullptr && token->special;
}
std::optional<TokenId> Tokenizer::bos_id() const { return state_->bos; }
std::optional<TokenId> Tokenizer::eos_id() const { return state_->eos; }
std::optional<TokenId> Tokenizer::pad_id() const { return state_->pad; }
const TokenizerConfig& Tokenizer::config() const { return state_->config; }
std::uint64_t Tokenizer::fingerprint() const { return state_->fingerprint; }

}  // namespace fathom::text

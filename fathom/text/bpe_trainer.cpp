#include "fathom/text/bpe_trainer.h"

#include <algorithm>

#include "fathom/base/error.h"
#include "fathom/text/byte_alphabet.h"
#include "fathom/text/chat_markers.h"
#include "fathom/text/merge_learner.h"
#include "fathom/text/pre_tokenizer_recipes.h"
#include "fathom/text/tokenizer_state.h"
#include "fathom/text/word_counter.h"

namespace fathom::text {

struct BpeTrainer::State {
  explicit State(BpeTrainerOptions trainer_options) : options(std::move(trainer_options)) {
    const std::vector<std::string>& tokens = options.special_tokens;
    for (std::size_t i = 0; i < tokens.size(); ++i) special.add({static_cast<TokenId>(i), tokens[i], true});
    if (options.pre_tokenizer.is_null()) options.pre_tokenizer = pre_tokenizer_recipe("gpt2-digits");
    pre_tokenizer = make_pre_tokenizer(options.pre_tokenizer, "BpeTrainer");
    counter = std::make_unique<WordCounter>(*pre_tokenizer, special,
                                            WordCounterOptions{options.threads, options.memory_bytes, options.scratch_directory});
  }

  // Merges until the vocabulary is full or no pair is left; the merges in the order in which they were learned.
  std::vector<Merge> learn(MergeLearner& learner, Vocabulary& vocabulary, const std::function<void(const Progress&)>& report) const {
    std::vector<Merge> merges;
    while (vocabulary.size() < options.vocab_size) {
      const auto pair = learner.next();
      if (!pair) break;  // the text has no more pairs: the vocabulary stays smaller
      const TokenId left = left_of(*pair), right = right_of(*pair);
      std::string spelled = vocabulary.spelled(left) + vocabulary.spelled(right);
      // Merges never make the same bytes twice (text/merge_learner.h), but a special token may be written as bytes are spelled.
      if (vocabulary.find_spelled(spelled))
        fail("the special token '{}' is how tokenizer.json spells bytes of the text; choose another", spelled);
      const auto merged = static_cast<TokenId>(vocabulary.size());
      std::string bytes = vocabulary.bytes(left) + vocabulary.bytes(right);
      vocabulary.add(merged, std::move(spelled), std::move(bytes));
      merges.push_back({left, right, merged});
      learner.merge(merged);
      if (report) report({vocabulary.size(), options.vocab_size});
    }
    return merges;
  }

  TokenizerConfig config(std::int64_t vocab_size) const {
    TokenizerConfig config;
    if (!options.bos_token.empty()) config.set("bos_token", options.bos_token);
    if (!options.eos_token.empty()) config.set("eos_token", options.eos_token);
    if (!options.pad_token.empty()) config.set("pad_token", options.pad_token);
    if (special.find(user_marker) && special.find(assistant_marker) && !options.eos_token.empty()) {
      config.set("chat_template", chat_template);
    }
    const std::int64_t multiple = options.model_vocab_multiple;
    if (multiple > 1) config.set_model_vocab_size((vocab_size + multiple - 1) / multiple * multiple);
    return config;
  }

  BpeTrainerOptions options;
  AddedTokens special;  // with ids from 0
  std::unique_ptr<PreTokenizer> pre_tokenizer;
  std::unique_ptr<WordCounter> counter;
  Statistics statistics;
};

BpeTrainer::BpeTrainer(BpeTrainerOptions options) {
  const std::vector<std::string>& special = options.special_tokens;
  for (const std::string& role : {options.bos_token, options.eos_token, options.pad_token}) {
    require(role.empty() || std::find(special.begin(), special.end(), role) != special.end(),
            "'{}' is to begin, end or pad sequences, but is not among the special tokens", role);
  }
  const std::int64_t least = 256 + static_cast<std::int64_t>(special.size());
  require(options.vocab_size >= least, "a vocabulary of {} tokens is too small: 256 bytes and {} special tokens need {}",
          options.vocab_size, special.size(), least);
  require(options.vocab_size <= Vocabulary::largest_id + 1, "a vocabulary of {} tokens is too large; {} are possible", options.vocab_size,
          Vocabulary::largest_id + 1);
  require(options.max_token_bytes == 0 || options.max_token_bytes >= 2, "tokens of at most {} bytes leave nothing to merge; 2 is the least",
          options.max_token_bytes);
  require(options.model_vocab_multiple >= 1 && options.model_vocab_multiple <= Vocabulary::largest_id,
          "a vocabulary cannot be rounded up to a multiple of {}", options.model_vocab_multiple);
  state_ = std::make_unique<State>(std::move(options));
}

BpeTrainer::~BpeTrainer() = default;

void BpeTrainer::add(std::string_view text) { state_->counter->add(text); }

Tokenizer BpeTrainer::train(const std::function<void(const Progress&)>& report) const {
  State& state = *state_;
  TokenizerParts parts;
  for (const AddedToken& token : state.special.all()) parts.vocabulary.add(token.id, token.content, token.content);
  std::array<TokenId, 256> byte_ids{};
  for (const std::uint8_t byte : bytes_in_spelling_order()) {
    byte_ids[byte] = static_cast<TokenId>(parts.vocabulary.size());
    parts.vocabulary.add(byte_ids[byte], std::string(spelling(byte)), std::string(1, static_cast<char>(byte)));
  }

  const BpeTrainerOptions& options = state.options;
  MergeLearner learner([&](const VisitWord& visit) { state.counter->for_each_word(visit); }, byte_ids,
                       {options.min_frequency, options.max_token_bytes, options.memory_bytes, options.scratch_directory});
  require(learner.words() > 0, "there is no text to train a tokenizer on");
  state.statistics = {learner.words(), state.counter->runs_written(), learner.bytes(), learner.in_file()};
  parts.merges = state.learn(learner, parts.vocabulary, report);

  TokenizerConfig config = state.config(parts.vocabulary.size());
  parts.added = state.special;
  parts.pre_tokenizer = options.pre_tokenizer;
  parts.decoder = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", true}};
  return Tokenizer(std::make_unique<Tokenizer::State>(std::move(parts), std::move(config), "BpeTrainer"));
}

BpeTrainer::Statistics BpeTrainer::statistics() const { return state_->statistics; }

}  // namespace fathom::text

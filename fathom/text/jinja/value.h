// Values of a template, with Python's rules: what is true, what is equal, what has a length. Values never change, except namespaces
// and iterators (which are spent by reading them).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "fathom/text/jinja/budget.h"
#include "fathom/text/jinja/marked_text.h"

namespace fathom::text::jinja {

class Value;
struct Sequence;
struct Dict;
struct Iterator;
struct Namespace;
struct Loop;
struct Macro;
struct Function;

struct None {};
// What a name or an attribute that does not exist gives. It prints as nothing; most other uses of it are errors, saying `what`.
struct Undefined {
  std::shared_ptr<const std::string> what;
};

class Value {
 public:
  Value() : data_(None{}) {}
  Value(None) : data_(None{}) {}
  Value(bool value) : data_(value) {}
  Value(std::int64_t value) : data_(value) {}
  Value(double value) : data_(value) {}
  Value(MarkedText text) : data_(std::make_shared<const MarkedText>(std::move(text))) {}
  Value(std::shared_ptr<const Sequence> sequence) : data_(std::move(sequence)) {}
  Value(std::shared_ptr<const Dict> dict) : data_(std::move(dict)) {}
  Value(std::shared_ptr<Iterator> iterator) : data_(std::move(iterator)) {}
  Value(std::shared_ptr<Namespace> space) : data_(std::move(space)) {}
  Value(std::shared_ptr<Loop> loop) : data_(std::move(loop)) {}
  Value(const Macro* macro) : data_(macro) {}
  Value(const Function* function) : data_(function) {}
  static Value undefined(std::string what) {
    Value value;
    value.data_ = Undefined{std::make_shared<const std::string>(std::move(what))};
    return value;
  }
  static Value text(std::string_view bytes) { return MarkedText(std::string(bytes)); }

  template <typename T>
  bool is() const {
    return std::holds_alternative<T>(data_);
  }
  bool is_undefined() const { return is<Undefined>(); }
  bool is_none() const { return is<None>(); }
  bool is_boolean() const { return is<bool>(); }
  bool is_number() const { return is<bool>() || is<std::int64_t>() || is<double>(); }
  bool is_integer() const { return is<bool>() || is<std::int64_t>(); }  // to Python, True is the integer 1

  bool boolean() const { return std::get<bool>(data_); }
  std::int64_t integer() const { return is_boolean() ? static_cast<std::int64_t>(boolean()) : std::get<std::int64_t>(data_); }
  double real() const { return is<double>() ? std::get<double>(data_) : static_cast<double>(integer()); }
  const MarkedText* as_text() const { return held<const MarkedText>(); }
  const Sequence* as_sequence() const { return held<const Sequence>(); }
  const Dict* as_dict() const { return held<const Dict>(); }
  Iterator* as_iterator() const { return held<Iterator>(); }
  Namespace* as_namespace() const { return held<Namespace>(); }
  Loop* as_loop() const { return held<Loop>(); }
  const Macro* as_macro() const { return is<const Macro*>() ? std::get<const Macro*>(data_) : nullptr; }
  const Function* as_function() const { return is<const Function*>() ? std::get<const Function*>(data_) : nullptr; }
  const std::string& undefined_message() const { return *std::get<Undefined>(data_).what; }

 private:
  template <typename T>
  T* held() const {
    const auto* pointer = std::get_if<std::shared_ptr<T>>(&data_);
    return pointer == nullptr ? nullptr : pointer->get();
  }
  std::variant<Undefined, None, bool, std::int64_t, double, std::shared_ptr<const MarkedText>, std::shared_ptr<const Sequence>,
               std::shared_ptr<const Dict>, std::shared_ptr<Iterator>, std::shared_ptr<Namespace>, std::shared_ptr<Loop>, const Macro*,
               const Function*>
      data_;
};

enum class SequenceKind { list, tuple, range, keys, values, items };

struct Sequence {
  SequenceKind kind = SequenceKind::list;
  std::vector<Value> items;
  int depth = 1;  // 1 + the deepest item
  bool is_view() const { return kind == SequenceKind::keys || kind == SequenceKind::values || kind == SequenceKind::items; }
};

// Entries in the order they were added.
struct Dict {
  std::vector<std::pair<Value, Value>> entries;
  int depth = 1;

  const Value* find(std::string_view key) const;
  // Throws Error for a key that Python cannot hash (a list).
  const Value* find(const Value& key) const;
  // Adds, or replaces the value of an equal key. Throws as find().
  void set(const Value& key, Value value);

 private:
  std::optional<std::size_t> index_of(const Value& key) const;
  std::unordered_map<std::string, std::size_t> by_text_;  // string keys
};

// What `map`, `select` and their kind return: read once.
struct Iterator {
  std::vector<Value> items;
  std::size_t next = 0;
};

struct Namespace {
  std::unordered_map<std::string, Value> attributes;
};

// A function of the environment (range, …), as a value.
struct Function {
  std::string_view name;
};

Value make_sequence(SequenceKind kind, std::vector<Value> items, Budget& budget);
Value make_list(std::vector<Value> items, Budget& budget);
Value make_tuple(std::vector<Value> items, Budget& budget);
Value make_dict(Dict dict, Budget& budget);
// Throws Error when `value` may not lie in a list, a dictionary or a namespace: namespaces, loops, macros and functions live in names
// only, so that nothing can contain itself.
void check_storable(const Value& value);

// What messages call its type: "str", "dict", "undefined".
std::string type_name(const Value& value);
// Throws Error with the reason when `value` is undefined.
void require_defined(const Value& value);

bool truthy(const Value& value);
// Python's ==.
bool equal(const Value& left, const Value& right, Budget& budget);
// nullopt: it has none.
std::optional<std::size_t> length_of(const Value& value, Budget& budget);
// The items that a for loop visits: of a string its characters, of a dictionary its keys. Throws Error when it has none.
std::vector<Value> iterate(const Value& value, Budget& budget);

}  // namespace fathom::text::jinja

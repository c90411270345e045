#include "fathom/text/jinja/value.h"

#include <algorithm>

#include "fathom/text/jinja/unicode.h"

namespace fathom::text::jinja {
namespace {

int depth_of(const Value& value) {
  if (const Sequence* sequence = value.as_sequence()) return sequence->depth;
  if (const Dict* dict = value.as_dict()) return dict->depth;
  return 0;
}

void check_hashable(const Value& key) {
  const Sequence* sequence = key.as_sequence();
  require(key.as_dict() == nullptr && (sequence == nullptr || sequence->kind == SequenceKind::tuple),
          "a {} cannot be a key of a dictionary", type_name(key));
  if (sequence != nullptr)
    for (const Value& item : sequence->items) check_hashable(item);
}

// Keys are compared without a budget: keys other than strings come from the template's own literals.
bool same_key(const Value& left, const Value& right) {
  Budget budget{Limits{}};
  return equal(left, right, budget);
}

bool equal_numbers(const Value& left, const Value& right) {
  if (left.is_integer() && right.is_integer()) return left.integer() == right.integer();
  const auto exact = [](const Value& value) -> long double {
    if (value.is_integer()) return static_cast<long double>(value.integer());
    return value.real();
  };
  return exact(left) == exact(right);
}

}  // namespace

const Value* Dict::find(std::string_view key) const {
  const auto found = by_text_.find(std::string(key));
  return found == by_text_.end() ? nullptr : &entries[found->second].second;
}

std::optional<std::size_t> Dict::index_of(const Value& key) const {
  if (const MarkedText* text = key.as_text()) {
    const auto found = by_text_.find(text->bytes());
    return found == by_text_.end() ? std::nullopt : std::optional(found->second);
  }
  check_hashable(key);
  if (by_text_.size() == entries.size()) return std::nullopt;
  for (std::size_t i = 0; i < entries.size(); ++i)
    if (entries[i].first.as_text() == nullptr && same_key(entries[i].first, key)) return i;
  return std::nullopt;
}

const Value* Dict::find(const Value& key) const {
  const auto index = index_of(key);
  return index ? &entries[*index].second : nullptr;
}

void Dict::set(const Value& key, Value value) {
  depth = std::max({depth, 1 + depth_of(key), 1 + depth_of(value)});
  if (const auto index = index_of(key)) {
    entries[*index].second = std::move(value);
    return;
  }
  if (const MarkedText* text = key.as_text()) by_text_.emplace(text->bytes(), entries.size());
  entries.emplace_back(key, std::move(value));
}

Value make_sequence(SequenceKind kind, std::vector<Value> items, Budget& budget) {
  budget.items(items.size());
  auto sequence = std::make_shared<Sequence>();
  sequence->kind = kind;
  for (const Value& item : items) {
    check_storable(item);
    sequence->depth = std::max(sequence->depth, 1 + depth_of(item));
  }
  budget.value_depth(sequence->depth);
  sequence->items = std::move(items);
  return std::shared_ptr<const Sequence>(std::move(sequence));
}

Value make_list(std::vector<Value> items, Budget& budget) { return make_sequence(SequenceKind::list, std::move(items), budget); }
Value make_tuple(std::vector<Value> items, Budget& budget) { return make_sequence(SequenceKind::tuple, std::move(items), budget); }

Value make_dict(Dict dict, Budget& budget) {
  budget.items(dict.entries.size());
  budget.value_depth(dict.depth);
  for (const auto& [key, value] : dict.entries) check_storable(value);
  return std::make_shared<const Dict>(std::move(dict));
}

void check_storable(const Value& value) {
  const bool storable = value.as_namespace() == nullptr && value.as_loop() == nullptr && value.as_macro() == nullptr &&
                        value.as_function() == nullptr && value.as_iterator() == nullptr;
  require(storable, "a {} in a list, a dictionary or a namespace is not supported; give it a name", type_name(value));
}

std::string type_name(const Value& value) {
  if (value.is_undefined()) return "undefined";
  if (value.is_none()) return "None";
  if (value.is_boolean()) return "bool";
  if (value.is_integer()) return "int";
  if (value.is_number()) return "float";
  if (value.as_text() != nullptr) return "str";
  if (value.as_dict() != nullptr) return "dict";
  if (value.as_iterator() != nullptr) return "generator";
  if (value.as_namespace() != nullptr) return "namespace";
  if (value.as_loop() != nullptr) return "loop";
  if (value.as_macro() != nullptr) return "macro";
  if (value.as_function() != nullptr) return "function";
  switch (value.as_sequence()->kind) {
    case SequenceKind::list: return "list";
    case SequenceKind::tuple: return "tuple";
    case SequenceKind::range: return "range";
    case SequenceKind::keys: return "dict_keys";
    case SequenceKind::values: return "dict_values";
    case SequenceKind::items: return "dict_items";
  }
  return "object";
}

void require_defined(const Value& value) {
  if (value.is_undefined()) fail("{}", value.undefined_message());
}

bool truthy(const Value& value) {
  if (value.is_undefined() || value.is_none()) return false;
  if (value.is_integer()) return value.integer() != 0;
  if (value.is_number()) return value.real() != 0;
  if (const MarkedText* text = value.as_text()) return !text->empty();
  if (const Sequence* sequence = value.as_sequence()) return !sequence->items.empty();
  if (const Dict* dict = value.as_dict()) return !dict->entries.empty();
  return true;
}

bool equal(const Value& left, const Value& right, Budget& budget) {
  budget.step();
  if (left.is_number() && right.is_number()) return equal_numbers(left, right);
  if (left.is_undefined() || right.is_undefined()) return left.is_undefined() && right.is_undefined();
  if (left.is_none() || right.is_none()) return left.is_none() && right.is_none();
  if (left.as_text() != nullptr && right.as_text() != nullptr) {
    budget.step(left.as_text()->size() / 64);
    return left.as_text()->bytes() == right.as_text()->bytes();
  }
  const Sequence *a = left.as_sequence(), *b = right.as_sequence();
  if (a != nullptr && b != nullptr) {
    if (a == b) return true;
    require(!a->is_view() && !b->is_view(), "views of dictionaries (keys(), values(), items()) cannot be compared; make lists of them");
    if (a->kind != b->kind || a->items.size() != b->items.size()) return false;
    for (std::size_t i = 0; i < a->items.size(); ++i)
      if (!equal(a->items[i], b->items[i], budget)) return false;
    return true;
  }
  const Dict *c = left.as_dict(), *d = right.as_dict();
  if (c != nullptr && d != nullptr) {
    if (c->entries.size() != d->entries.size()) return false;
    for (const auto& [key, value] : c->entries) {
      const Value* other = d->find(key);
      if (other == nullptr || !equal(value, *other, budget)) return false;
    }
    return true;
  }
  if (left.as_iterator() != nullptr) return left.as_iterator() == right.as_iterator();
  if (left.as_namespace() != nullptr) return left.as_namespace() == right.as_namespace();
  if (left.as_loop() != nullptr) return left.as_loop() == right.as_loop();
  if (left.as_macro() != nullptr) return left.as_macro() == right.as_macro();
  if (left.as_function() != nullptr) return left.as_function() == right.as_function();
  return false;
}

std::optional<std::size_t> length_of(const Value& value, Budget& budget) {
  if (value.is_undefined()) return 0;
  if (const MarkedText* text = value.as_text()) {
    budget.step(text->size() / 64);
    return character_count(text->bytes());
  }
  if (const Sequence* sequence = value.as_sequence()) return sequence->items.size();
  if (const Dict* dict = value.as_dict()) return dict->entries.size();
  return std::nullopt;
}

std::vector<Value> iterate(const Value& value, Budget& budget) {
  std::vector<Value> items;
  if (value.is_undefined()) return items;
  if (const Sequence* sequence = value.as_sequence()) {
    items = sequence->items;
  } else if (const Dict* dict = value.as_dict()) {
    items.reserve(dict->entries.size());
    for (const auto& [key, entry] : dict->entries) items.push_back(key);
  } else if (const MarkedText* text = value.as_text()) {
    budget.items(text->size());
    for (std::size_t at = 0; at < text->size();) {
      const std::size_t end = at + step_length(std::string_view(text->bytes()).substr(at));
      items.emplace_back(text->slice(at, end));
      at = end;
    }
  } else if (Iterator* iterator = value.as_iterator()) {
    items.assign(iterator->items.begin() + static_cast<std::ptrdiff_t>(iterator->next), iterator->items.end());
    iterator->next = iterator->items.size();
  } else {
    fail("a {} cannot be iterated over", type_name(value));
  }
  budget.step(items.size());
  return items;
}

}  // namespace fathom::text::jinja

// The journal of a run that can be killed: one JSON object a line, each flushed to disk before the run goes on. A line says what is
// durable in the other files; what they hold beyond it belongs to the moment of the kill and is written again. Private to the room.
#pragma once

#include <filesystem>
#include <functional>

#include "fathom/base/json.h"

namespace fathom::data {

class Journal {
 public:
  // Calls `visit` with every line that is there, in order; cuts off an unfinished last one. Throws Error: unreadable, a damaged line
  // before the last.
  Journal(const std::filesystem::path& path, const std::function<void(const Json& entry)>& visit);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  bool empty() const { return entries_ == 0; }
  // On disk when it returns. Throws Error when the disk is full; the entry is then not part of the journal.
  void append(const OrderedJson& entry);

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  std::int64_t entries_ = 0;
  std::int64_t size_ = 0;  // bytes of whole lines
};

}  // namespace fathom::data

#include "fathom/data/prepare/run_state.h"

#include <algorithm>
#include <utility>

#include "fathom/base/progress.h"

namespace fathom::data {

MemoryShares MemoryShares::of(std::int64_t memory_bytes) {
  constexpr std::int64_t mebibyte = 1 << 20;
  MemoryShares shares;
  shares.chunk = std::clamp<std::int64_t>(memory_bytes / 64, 64 << 10, 8 * mebibyte);
  shares.duplicates = std::max(memory_bytes / 4, mebibyte);
  shares.lines = std::max(memory_bytes / 8, mebibyte);
  shares.bucket = std::max<std::int64_t>(memory_bytes / 8, 64 << 10);
  shares.spill = std::clamp<std::int64_t>(memory_bytes / 16, 64 << 10, 64 * mebibyte);
  return shares;
}

std::string Throughput::of(std::int64_t bytes) const {
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  const double rate = seconds > 0 ? static_cast<double>(bytes - before_) / seconds / 1e6 : 0;
  return fmt::format("{} at {:.1f} MB/s", format_bytes(static_cast<double>(bytes)), rate);
}

void PrepareRun::record(const char* kind, OrderedJson entry) {
  OrderedJson line = {{"kind", kind}};
  line.update(entry);
  line["report"] = report.take_state();
  journal->append(line);
}

void restore_entry(const Json& entry, const std::string& origin, RunState& state, PrepareReport& report) {
  const auto kind = json_get<std::string>(entry, "kind", origin);
  if (kind == "text") {
    state.signatures.push_back(json_get<std::int64_t>(entry, "signatures", origin));
    state.position.file = json_get<std::int64_t>(entry, "file", origin);
    state.position.ordinal = json_get<std::int64_t>(entry, "ordinal", origin);
    state.position.documents = json_get<std::int64_t>(entry, "documents", origin);
    state.line_documents = json_get<std::int64_t>(entry, "line_documents", origin);
  } else if (kind == "selected") {
    state.selected = true;
  } else if (kind == "tokens") {
    state.token_chunks = json_get<std::int64_t>(entry, "chunks", origin);
  } else if (kind == "shard") {
    state.shards[json_get<std::string>(entry, "split", origin)].push_back(shard_entry(json_get<Json>(entry, "shard", origin), origin));
  }
  if (entry.contains("report")) report.restore(entry["report"], origin);
}

}  // namespace fathom::data

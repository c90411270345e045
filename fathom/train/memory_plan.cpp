#include "fathom/train/memory_plan.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <string_view>

#include "fathom/base/progress.h"

namespace fathom::train {
namespace {

// Logits that the fused loss holds at once (ops/projection_chunks.h): a chunk of them, but at least 128 rows.
double loss_chunk_bytes(const MemoryRequest& request) {
  const double chunk = request.cuda ? 512.0 * 1024 * 1024 : 4.0 * 1024 * 1024;
  const double vocab = static_cast<double>(request.vocab_size);
  const double all = vocab * static_cast<double>(request.sequence_length * request.rows) * 4.0;
  return std::min(all, std::max(chunk, 128.0 * vocab * 4.0));
}

// The value of "Key:   123 kB" in a file of /proc, in bytes; 0 when absent.
double proc_value(const char* file, std::string_view key) {
  std::ifstream stream(file);
  std::string name;
  double kilobytes = 0;
  std::string rest;
  while (stream >> name) {
    if (name == key && stream >> kilobytes) return kilobytes * 1024.0;
    std::getline(stream, rest);
  }
  return 0;
}

// A control group's limit minus its use, or infinity without one.
double control_group_room() {
  double limit = 0, used = 0;
  std::ifstream limit_file("/sys/fs/cgroup/memory.max"), used_file("/sys/fs/cgroup/memory.current");
  if (!(limit_file >> limit) || !(used_file >> used)) return std::numeric_limits<double>::infinity();  // "max", or another layout
  // The page cache counts as used but yields.
  double cache = 0;
  std::ifstream statistics("/sys/fs/cgroup/memory.stat");
  std::string name;
  double value = 0;
  while (statistics >> name >> value)
    if (name == "inactive_file" || name == "active_file") cache += value;
  return std::max(0.0, limit - used + cache);
}

double cuda_memory() {
  // The CUDA runtime is in the process when libtorch brought it; its header need not be there when fathom is built.
  using MemoryInfo = int (*)(std::size_t*, std::size_t*);
  const auto memory_info = reinterpret_cast<MemoryInfo>(dlsym(RTLD_DEFAULT, "cudaMemGetInfo"));
  std::size_t available = 0, total = 0;
  if (memory_info == nullptr || memory_info(&available, &total) != 0) return 0;
  return static_cast<double>(available);
}

}  // namespace

double available_memory(bool cuda) {
  if (cuda) return cuda_memory();
  const double room = std::min(proc_value("/proc/meminfo", "MemAvailable:"), control_group_room());
  return std::isfinite(room) ? room : 0;
}

double resident_memory() { return proc_value("/proc/self/status", "VmRSS:"); }
double peak_resident_memory() { return proc_value("/proc/self/status", "VmHWM:"); }

MemoryPlan plan_memory(const ModelCost& cost, const MemoryRequest& request) {
  MemoryPlan plan;
  const double count = static_cast<double>(cost.parameters);
  plan.parameters = 4.0 * count;
  plan.gradients = 4.0 * count;
  plan.optimizer = 8.0 * count;
  plan.casts = request.bf16 ? 2.0 * count : 0.0;
  plan.rows = request.rows;
  const double value_bytes = request.bf16 ? 2.0 : 4.0;
  const double length = static_cast<double>(request.sequence_length);
  plan.activations_per_row = cost.saved_values * value_bytes * length;
  plan.activations = plan.activations_per_row * static_cast<double>(request.rows);
  const double hidden_gradients = 2.0 * static_cast<double>(request.hidden_size) * value_bytes * length;
  const double logits = loss_chunk_bytes(request);
  plan.loss = logits + hidden_gradients * static_cast<double>(request.rows);
  plan.program = request.cuda ? 0.0 : resident_memory();
  plan.available = available_memory(request.cuda) + plan.program;
  const double fixed = plan.total() - plan.activations - plan.loss + logits;
  const double per_row = plan.activations_per_row + hidden_gradients;
  if (plan.available > fixed && per_row > 0) plan.rows_that_fit = static_cast<std::int64_t>((plan.available - fixed) / per_row);
  return plan;
}

std::string MemoryPlan::table() const {
  std::string text = "Memory on paper\n";
  const auto line = [&](const char* what, double bytes) {
    if (bytes > 0) text += fmt::format("  {:<44} {:>10}\n", what, format_bytes(bytes));
  };
  line("parameters (fp32)", parameters);
  line("gradients (fp32)", gradients);
  line("AdamW moments (fp32)", optimizer);
  line("bf16 copies of the weights", casts);
  line("activations of a micro-batch", activations);
  line("loss (a chunk of logits, hidden gradients)", loss);
  line("the program itself", program);
  line("sum", total());
  if (available > 0) {
    line("free on this device", available);
    text += fmt::format("  {} a row; a micro-batch has {} rows, {} would fit\n", format_bytes(activations_per_row), rows, rows_that_fit);
  }
  return text;
}

OrderedJson MemoryPlan::to_json() const {
  return {{"parameters", parameters},
          {"gradients", gradients},
          {"optimizer", optimizer},
          {"casts", casts},
          {"activations", activations},
          {"loss", loss},
          {"program", program},
          {"total", total()},
          {"available", available},
          {"rows", rows},
          {"rows_that_fit", rows_that_fit}};
}

}  // namespace fathom::train

#include <algorithm>
#include <set>
#include <string_view>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/model/safetensors.h"
#include "fathom/model/tensor_dtypes.h"

namespace fathom::model {

void write_tensors(const std::filesystem::path& path, const std::vector<TensorToWrite>& tensors,
                   const std::map<std::string, std::string>& metadata) {
  // Wide types first: every tensor then starts at a multiple of its element size.
  std::vector<std::pair<const TensorToWrite*, TensorDtype>> order;
  std::set<std::string_view> names;
  for (const TensorToWrite& entry : tensors) {
    require(entry.tensor.defined(), "cannot write {}: tensor '{}' is undefined", path.string(), entry.name);
    require(names.insert(entry.name).second && entry.name != "__metadata__", "cannot write {}: the name '{}' is given twice or reserved",
            path.string(), entry.name);
    const auto dtype = find_dtype(entry.dtype);
    require(dtype.has_value(), "cannot write {}: tensor '{}' has dtype {}, which safetensors files of fathom do not hold", path.string(),
            entry.name, at::toString(entry.dtype));
    order.emplace_back(&entry, *dtype);
  }
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.second.bytes > b.second.bytes; });

  OrderedJson header = OrderedJson::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::uint64_t offset = 0;
  for (const auto& [entry, dtype] : order) {
    const std::uint64_t end = offset + static_cast<std::uint64_t>(entry->tensor.numel()) * dtype.bytes;
    header[entry->name] = {{"dtype", dtype.name}, {"shape", entry->tensor.sizes().vec()}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');  // the data begins at a multiple of 8

  AtomicFile file(path);
  char length[8];
  for (std::size_t i = 0; i < 8; ++i) length[i] = static_cast<char>(text.size() >> (8 * i) & 0xff);
  file.write({length, 8});
  file.write(text);
  for (const auto& [entry, dtype] : order) {
    const at::Tensor data = entry->tensor.detach().to(at::kCPU, dtype.scalar_type).contiguous();
    if (data.numel() > 0) file.write(data.data_ptr(), data.nbytes());
  }
  file.commit();
}

void write_safetensors(const std::filesystem::path& path, const std::vector<std::pair<std::string, at::Tensor>>& tensors,
                       const std::map<std::string, std::string>& metadata) {
  std::vector<TensorToWrite> entries;
  for (const auto& [name, tensor] : tensors) entries.push_back({name, tensor, tensor.defined() ? tensor.scalar_type() : at::kFloat});
  write_tensors(path, entries, metadata);
}

}  // namespace fathom::model

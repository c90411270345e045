#include "fathom/model/safetensors.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/json.h"
#include "fathom/model/tensor_dtypes.h"

namespace fathom::model {
namespace {

// The reference implementation refuses larger headers too; a real one is a few MB at most.
constexpr std::uint64_t max_header_bytes = 100'000'000;
constexpr const char* metadata_key = "__metadata__";

// A private mapping of a whole file: pages are read on demand, and writing to a tensor would change a copy of the page only.
class Mapping {
 public:
  explicit Mapping(const std::filesystem::path& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    require(descriptor >= 0, "cannot open {}: {}", path.string(), std::strerror(errno));
    struct stat status = {};
    const bool regular = ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
    if (regular && status.st_size > 0) {
      size_ = static_cast<std::uint64_t>(status.st_size);
      data_ = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE, descriptor, 0);
    }
    const int reason = errno;
    ::close(descriptor);
    require(regular, "{} is not a file that can be mapped; a safetensors file is needed", path.string());
    require(size_ == 0 || data_ != MAP_FAILED, "cannot map {} into memory: {}", path.string(), std::strerror(reason));
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() {
    if (size_ > 0) ::munmap(data_, size_);
  }
  char* data() const { return static_cast<char*>(data_); }
  std::uint64_t size() const { return size_; }

 private:
  void* data_ = nullptr;
  std::uint64_t size_ = 0;
};

struct Entry {
  TensorDtype dtype;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0, end = 0;  // bytes, from the end of the header
};

// Throws Error when a name stands twice: nlohmann would silently keep the last.
Json parse_header(std::string_view text, const std::string& origin) {
  std::set<std::string> seen;
  const Json::parser_callback_t refuse_duplicates = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::key && depth == 1) {
      const auto& name = parsed.get_ref<const std::string&>();
      require(seen.insert(name).second, "{}: the header names the tensor '{}' twice; the file is damaged or hostile", origin, name);
    }
    return true;
  };
  try {
    return Json::parse(text, refuse_duplicates);
  } catch (const Json::exception& error) {
    fail("{}: the header is not JSON ({}); the file is damaged or no safetensors file", origin, error.what());
  }
}

std::uint64_t header_integer(const Json& value, const std::string& origin, const std::string& name, const char* what) {
  require(value.is_number_unsigned(), "{}: tensor '{}': {} holds {}, but only integers from 0 are allowed", origin, name, what,
          value.dump(-1, ' ', true, Json::error_handler_t::replace).substr(0, 40));
  return value.get<std::uint64_t>();
}

Entry parse_entry(const Json& value, const std::string& origin, const std::string& name, std::uint64_t data_bytes) {
  require(value.is_object(), "{}: tensor '{}' is described by {} instead of an object", origin, name, value.type_name());
  Entry entry;
  const std::string here = fmt::format("{}: tensor '{}'", origin, name);
  const auto dtype_name = json_get<std::string>(value, "dtype", here);
  const std::optional<TensorDtype> dtype = find_dtype(dtype_name);
  require(dtype.has_value(), "{}: tensor '{}' has dtype '{}', which fathom does not know; known are {}", origin, name, dtype_name,
          known_dtypes());
  entry.dtype = *dtype;

  const auto shape = value.find("shape");
  require(shape != value.end() && shape->is_array(), "{}: tensor '{}' has no 'shape' list", origin, name);
  std::uint64_t bytes = dtype->bytes;
  for (const Json& dimension : *shape) {
    const std::uint64_t size = header_integer(dimension, origin, name, "its shape");
    // Checked after each factor, so that the product cannot wrap around; zero dimensions leave room for any other.
    require(size <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) &&
                (size == 0 || bytes <= (std::uint64_t{1} << 60) / size),
            "{}: the shape of tensor '{}' is too large to be real (dimension {})", origin, name, size);
    bytes *= size;
    entry.shape.push_back(static_cast<std::int64_t>(size));
  }

  const auto offsets = value.find("data_offsets");
  require(offsets != value.end() && offsets->is_array() && offsets->size() == 2, "{}: tensor '{}' needs 'data_offsets' of two integers",
          origin, name);
  entry.begin = header_integer((*offsets)[0], origin, name, "data_offsets");
  entry.end = header_integer((*offsets)[1], origin, name, "data_offsets");
  require(entry.begin <= entry.end && entry.end <= data_bytes,
          "{}: tensor '{}' lies at bytes {} to {} of {} bytes of data; the file is truncated or its header is wrong", origin, name,
          entry.begin, entry.end, data_bytes);
  require(entry.end - entry.begin == bytes, "{}: tensor '{}' of dtype {} and shape {} needs {} bytes, but its offsets give {}", origin,
          name, dtype_name, shape->dump(), bytes, entry.end - entry.begin);
  return entry;
}

}  // namespace

struct SafetensorsFile::State {
  std::string origin;
  std::shared_ptr<Mapping> mapping;
  std::uint64_t data_start = 0;
  std::map<std::string, Entry> entries;
  std::map<std::string, std::string> metadata;

  const Entry& find(const std::string& name) const {
    const auto found = entries.find(name);
    require(found != entries.end(), "{}: there is no tensor '{}'", origin, name);
    return found->second;
  }

  // Every byte of the data belongs to exactly one tensor.
  void check_layout(std::uint64_t data_bytes) const {
    std::vector<std::pair<const std::string*, const Entry*>> order;
    for (const auto& [name, entry] : entries) order.emplace_back(&name, &entry);
    std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
      return std::pair(a.second->begin, a.second->end) < std::pair(b.second->begin, b.second->end);
    });
    std::uint64_t position = 0;
    for (const auto& [name, entry] : order) {
      require(entry->begin >= position, "{}: tensor '{}' overlaps another one (bytes {} to {}); the header is wrong", origin, *name,
              entry->begin, entry->end);
      require(entry->begin == position, "{}: {} bytes before tensor '{}' belong to no tensor; the header is wrong", origin,
              entry->begin - position, *name);
      position = entry->end;
    }
    require(position == data_bytes, "{}: the last {} bytes belong to no tensor; the header is wrong or the file was appended to", origin,
            data_bytes - position);
  }
};

SafetensorsFile::SafetensorsFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
SafetensorsFile::SafetensorsFile(SafetensorsFile&&) noexcept = default;
SafetensorsFile& SafetensorsFile::operator=(SafetensorsFile&&) noexcept = default;
SafetensorsFile::~SafetensorsFile() = default;

SafetensorsFile SafetensorsFile::open(const std::filesystem::path& path) {
  auto state = std::make_unique<State>();
  state->origin = path.string();
  state->mapping = std::make_shared<Mapping>(path);
  const std::uint64_t size = state->mapping->size();
  const std::string& origin = state->origin;
  require(size >= 8, "{}: {} bytes are too few for a safetensors file (8 bytes of header length come first)", origin, size);

  std::uint64_t length = 0;
  for (int i = 7; i >= 0; --i) length = length << 8 | static_cast<unsigned char>(state->mapping->data()[i]);
  require(length <= max_header_bytes, "{}: a header of {} bytes is announced, at most {} are allowed; this is no safetensors file", origin,
          length, max_header_bytes);
  require(length <= size - 8, "{}: a header of {} bytes is announced, but the file has {} bytes; it is truncated or no safetensors file",
          origin, length, size);
  state->data_start = 8 + length;

  const Json header = parse_header({state->mapping->data() + 8, length}, origin);
  require(header.is_object(), "{}: the header is a JSON {} instead of an object", origin, header.type_name());
  for (const auto& [name, value] : header.items()) {
    if (name == metadata_key) {
      require(value.is_object(), "{}: {} is not an object", origin, metadata_key);
      for (const auto& [key, text] : value.items()) {
        require(text.is_string(), "{}: {} holds something other than strings (key '{}')", origin, metadata_key, key);
        state->metadata[key] = text.get<std::string>();
      }
    } else {
      state->entries[name] = parse_entry(value, origin, name, size - state->data_start);
    }
  }
  state->check_layout(size - state->data_start);
  return SafetensorsFile(std::move(state));
}

std::vector<std::string> SafetensorsFile::names() const {
  std::vector<std::string> names;
  for (const auto& [name, entry] : state_->entries) names.push_back(name);
  return names;
}

bool SafetensorsFile::contains(const std::string& name) const { return state_->entries.contains(name); }

at::Tensor SafetensorsFile::tensor(const std::string& name) const {
  const Entry& entry = state_->find(name);
  const at::TensorOptions options = at::TensorOptions().dtype(entry.dtype.scalar_type);
  if (entry.begin == entry.end) return at::empty(entry.shape, options);
  char* data = state_->mapping->data() + state_->data_start + entry.begin;
  if (reinterpret_cast<std::uintptr_t>(data) % entry.dtype.bytes != 0) {
    at::Tensor aligned = at::empty(entry.shape, options);
    std::memcpy(aligned.data_ptr(), data, entry.end - entry.begin);
    return aligned;
  }
  // The tensor keeps the mapping alive.
  return at::from_blob(data, entry.shape, [mapping = state_->mapping](void*) {}, options);
}

std::string SafetensorsFile::dtype_name(const std::string& name) const { return std::string(state_->find(name).dtype.name); }

std::vector<std::int64_t> SafetensorsFile::shape(const std::string& name) const { return state_->find(name).shape; }

const std::map<std::string, std::string>& SafetensorsFile::metadata() const { return state_->metadata; }

}  // namespace fathom::model

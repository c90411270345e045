#include "fathom/cli/model_library.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>

#include "fathom/base/error.h"

namespace fathom::cli {
namespace {

void* open_library() {
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe");
  // Beside the program in a build tree, under lib/ when installed.
  const std::filesystem::path places[] = {program.parent_path() / FATHOM_MODEL_LIBRARY,
                                          program.parent_path() / FATHOM_MODEL_LIBRARY_INSTALLED};
  // Between parallel loops libgomp's threads spin for up to 15 ms by default; when another program wants the cores, every one of
  // thousands of loops a second then costs that long. 1000 turns (50 microseconds) bridge the gaps within a training or decoding
  // step. libgomp reads the variable when it is loaded, which the library below brings about; who has set it knows better.
  if (std::getenv("OMP_WAIT_POLICY") == nullptr) ::setenv("GOMP_SPINCOUNT", "1000", 0);
  for (const auto& place : places) {
    if (!std::filesystem::exists(place)) continue;
    void* handle = dlopen(place.c_str(), RTLD_NOW | RTLD_GLOBAL);
    if (handle == nullptr) fail("cannot load the model library: {}", dlerror());
    return handle;
  }
  fail("the model library {} is neither at {} nor at {}; install fathom again", FATHOM_MODEL_LIBRARY, places[0].string(),
       places[1].string());
}

}  // namespace

void* model_library_symbol(const char* name) {
  static void* const library = open_library();
  void* symbol = dlsym(library, name);
  require(symbol != nullptr, "{} is not this program's model library (no symbol {}); install fathom again", FATHOM_MODEL_LIBRARY, name);
  return symbol;
}

}  // namespace fathom::cli

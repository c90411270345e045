// The library with everything that needs libtorch, opened when it is first asked for.
#pragma once

namespace fathom::cli {

// The address of a symbol it exports. Throws Error when the library is missing or of another version.
void* model_library_symbol(const char* name);

}  // namespace fathom::cli

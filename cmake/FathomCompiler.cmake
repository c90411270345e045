# Language level, warnings, sanitizers, compiler cache.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release)
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # A precompiled header is cached only when ccache may ignore its defines and time macros.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE_PROGRAM})
endif()

# Warnings are errors for what we write; library headers are system headers.
add_library(fathom_warnings INTERFACE)
target_compile_options(fathom_warnings INTERFACE -Wall -Wextra -Wpedantic -Werror -Wno-unused-parameter)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
  # GCC 12 and 13 warn falsely where strings are joined (its bug 105651) and, inlining libtorch 2.11, where vectors are copied.
  target_compile_options(fathom_warnings INTERFACE -Wno-restrict -Wno-array-bounds)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 13)
  target_compile_options(fathom_warnings INTERFACE -Wno-stringop-overflow)   # the same inlined copies
endif()

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND FATHOM_SANITIZE)
  # Instrumented code is what GCC 13 warns falsely about most.
  target_compile_options(fathom_warnings INTERFACE -Wno-maybe-uninitialized -Wno-stringop-overread)
endif()

# An installed program finds libtorch where it was linked, also outside the system's directories.
set(CMAKE_INSTALL_RPATH_USE_LINK_PATH ON)

if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # libtorch 1.13 holds vectors of types it has yet to complete. Clang refuses that where vector is constexpr, which libstdc++ 11's is not.
  set(libstdcxx_11 /usr/lib/gcc/${CMAKE_CXX_LIBRARY_ARCHITECTURE}/11)
  if(EXISTS ${libstdcxx_11})
    add_compile_options(--gcc-install-dir=${libstdcxx_11})
  endif()
  # libstdc++ 12's own stable_sort uses what it deprecates, and clang says so where it is instantiated.
  target_compile_options(fathom_warnings INTERFACE -Wno-deprecated-declarations)
endif()

if(FATHOM_BUILD_FUZZERS)
  # Every library reports the branches it takes to the fuzzer.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(FATHOM_SANITIZE)
  add_compile_options(-fsanitize=${FATHOM_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${FATHOM_SANITIZE})
endif()

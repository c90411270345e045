# Everything fathom builds on; docs/architecture.md gives the reason for each.
#
# Two readers: the build, and the installed package (FathomConfig.cmake.in), which is why the targets made here are imported
# ones with the same names in both. In the package, a missing library makes find_package(fathom) say so instead of stopping.

macro(fathom_find_package)
  if(FATHOM_IN_PACKAGE)
    find_dependency(${ARGV})
  else()
    find_package(${ARGV} REQUIRED)
  endif()
endmacro()

# fathom_find_module(PREFIX NAME): PkgConfig::PREFIX from the pkg-config file NAME.pc.
macro(fathom_find_module prefix name)
  if(FATHOM_IN_PACKAGE)
    pkg_check_modules(${prefix} QUIET IMPORTED_TARGET ${name})
    if(NOT ${prefix}_FOUND)
      set(${CMAKE_FIND_PACKAGE_NAME}_FOUND FALSE)
      set(${CMAKE_FIND_PACKAGE_NAME}_NOT_FOUND_MESSAGE "the library ${name} (pkg-config) is not installed")
      return()
    endif()
  else()
    pkg_check_modules(${prefix} REQUIRED IMPORTED_TARGET ${name})
  endif()
endmacro()

fathom_find_package(PkgConfig)
fathom_find_package(Threads)
fathom_find_package(fmt)
fathom_find_package(spdlog)
fathom_find_package(nlohmann_json)
fathom_find_package(tomlplusplus)
fathom_find_package(ZLIB)
fathom_find_package(LibLZMA)
fathom_find_package(ICU COMPONENTS uc i18n)
fathom_find_module(ZSTD libzstd)
fathom_find_module(PCRE2 libpcre2-8)
fathom_find_module(GUMBO gumbo)
fathom_find_module(HWY libhwy)
fathom_find_module(SIMDJSON simdjson)
fathom_find_module(SQLITE sqlite3)
fathom_find_module(HTTPLIB cpp-httplib)
fathom_find_module(EXPAT expat)

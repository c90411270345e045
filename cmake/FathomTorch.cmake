# What rooms that hold tensors build on: libtorch, OpenMP, OpenBLAS. Read after FathomDependencies, by the build and by
# the installed package alike.

fathom_find_package(Torch)
# at::parallel_for is a template in a header: without OpenMP in our own flags it silently runs on one thread. That is what
# fuzzing wants (clang's OpenMP is another runtime than the one under libtorch), and nothing else.
set(fathom_openmp)
if(NOT FATHOM_BUILD_FUZZERS)
  fathom_find_package(OpenMP COMPONENTS CXX)
  set(fathom_openmp OpenMP::OpenMP_CXX)
endif()

# OpenBLAS has a pkg-config file only where the system chose one of its builds (Debian: an alternative); unpacked packages
# have the library in a folder named after its threads.
pkg_check_modules(OPENBLAS QUIET openblas)
find_path(FATHOM_OPENBLAS_INCLUDE cblas.h HINTS ${OPENBLAS_INCLUDE_DIRS}
          PATH_SUFFIXES openblas-pthread openblas-openmp openblas-serial openblas
                        ${CMAKE_LIBRARY_ARCHITECTURE}/openblas-pthread ${CMAKE_LIBRARY_ARCHITECTURE}/openblas-openmp)
find_library(FATHOM_OPENBLAS_LIBRARY openblas HINTS ${OPENBLAS_LIBRARY_DIRS}
             PATH_SUFFIXES openblas-pthread openblas-openmp openblas-serial)
mark_as_advanced(FATHOM_OPENBLAS_INCLUDE FATHOM_OPENBLAS_LIBRARY)
if(NOT FATHOM_OPENBLAS_INCLUDE OR NOT FATHOM_OPENBLAS_LIBRARY)
  set(message "OpenBLAS is not installed (cblas.h and libopenblas; Debian: libopenblas-dev)")
  if(FATHOM_IN_PACKAGE)
    set(${CMAKE_FIND_PACKAGE_NAME}_FOUND FALSE)
    set(${CMAKE_FIND_PACKAGE_NAME}_NOT_FOUND_MESSAGE "${message}")
    return()
  endif()
  message(FATAL_ERROR "${message}")
endif()

# Headers of imported targets are system headers: their warnings are not ours.
if(NOT TARGET fathom::openblas)
  add_library(fathom::openblas INTERFACE IMPORTED)
  set_target_properties(fathom::openblas PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${FATHOM_OPENBLAS_INCLUDE}"
                                                    INTERFACE_LINK_LIBRARIES "${FATHOM_OPENBLAS_LIBRARY}")
endif()
if(NOT TARGET fathom::torch)
  add_library(fathom::torch INTERFACE IMPORTED)
  separate_arguments(fathom_torch_flags UNIX_COMMAND "${TORCH_CXX_FLAGS}")
  if(Torch_VERSION VERSION_GREATER_EQUAL 2)
    # PyTorch's builds export parts of another libstdc++ (std::filesystem among them): ours has to be found before them.
    set(fathom_standard_library stdc++)
  endif()
  set_target_properties(fathom::torch PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${TORCH_INCLUDE_DIRS}"
                                                 INTERFACE_LINK_LIBRARIES "${fathom_standard_library};${TORCH_LIBRARIES};${fathom_openmp}"
                                                 INTERFACE_COMPILE_OPTIONS "${fathom_torch_flags}")
endif()

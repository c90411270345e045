# What `cmake --install` puts where: the program, the library of its model commands, the rooms as static libraries with their
# headers, the recipes, and the CMake package that find_package(fathom) reads.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/fathom)

install(TARGETS fathom_program RUNTIME)
# The program looks for it at ../lib/fathom (fathom/cli/main.cpp).
if(FATHOM_TORCH)
  install(TARGETS fathom_commands LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/fathom)
endif()

# Headers of the rooms; those of kernels and of the command line are nobody else's business.
install(DIRECTORY ${PROJECT_SOURCE_DIR}/fathom DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN "*.h"
        PATTERN "fathom/cli" EXCLUDE PATTERN "fathom/ops/cpu" EXCLUDE PATTERN "torch_pch.h" EXCLUDE)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/recipes/ DESTINATION ${CMAKE_INSTALL_DATADIR}/fathom/recipes)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

install(EXPORT fathom-light-rooms NAMESPACE fathom:: DESTINATION ${package_dir})
if(FATHOM_TORCH)
  install(EXPORT fathom-torch-rooms NAMESPACE fathom:: DESTINATION ${package_dir})
endif()
get_property(FATHOM_LIGHT_ROOMS GLOBAL PROPERTY FATHOM_LIGHT_ROOMS)
get_property(FATHOM_TORCH_ROOMS GLOBAL PROPERTY FATHOM_TORCH_ROOMS)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/FathomConfig.cmake.in ${PROJECT_BINARY_DIR}/fathom-config.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/fathom-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/fathom-config.cmake ${PROJECT_BINARY_DIR}/fathom-config-version.cmake
              ${PROJECT_SOURCE_DIR}/cmake/FathomDependencies.cmake ${PROJECT_SOURCE_DIR}/cmake/FathomTorch.cmake
        DESTINATION ${package_dir})

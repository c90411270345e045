# fathom_room(NAME [TORCH] [ROOMS room...] [LIBRARIES target...])
# One static library fathom::NAME from fathom/NAME/**/*.cpp. TORCH rooms share one precompiled header.
set(FATHOM_ROOMS "" CACHE INTERNAL "")

add_library(fathom_torch_pch OBJECT ${PROJECT_SOURCE_DIR}/fathom/ops/torch_pch.cpp)
target_link_libraries(fathom_torch_pch PRIVATE fathom_torch fathom_warnings)
target_include_directories(fathom_torch_pch PRIVATE ${PROJECT_SOURCE_DIR})
target_precompile_headers(fathom_torch_pch PRIVATE ${PROJECT_SOURCE_DIR}/fathom/ops/torch_pch.h)

# Gives a target that includes torch headers the shared precompiled header.
function(fathom_use_torch target)
  target_link_libraries(${target} PUBLIC fathom_torch)
  target_precompile_headers(${target} REUSE_FROM fathom_torch_pch)
endfunction()

function(fathom_room name)
  cmake_parse_arguments(ROOM "TORCH" "" "ROOMS;LIBRARIES" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/fathom/${name}/*.cpp)
  list(REMOVE_ITEM sources ${PROJECT_SOURCE_DIR}/fathom/ops/torch_pch.cpp)
  set(target fathom_${name})
  add_library(${target} STATIC ${sources})
  add_library(fathom::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
                                              $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  list(TRANSFORM ROOM_ROOMS PREPEND fathom_)
  target_link_libraries(${target} PUBLIC ${ROOM_ROOMS} ${ROOM_LIBRARIES} Threads::Threads
                                  PRIVATE $<BUILD_INTERFACE:fathom_warnings>)
  if(ROOM_TORCH)
    fathom_use_torch(${target})
  endif()
  set(FATHOM_ROOMS ${FATHOM_ROOMS} ${target} CACHE INTERNAL "")
endfunction()

# fathom_test(NAME [TORCH] ROOMS room... [LABELS label...])
# One test program from tests/NAME/*_test.cpp. Torch programs are one ctest entry each (a start costs over 1 s).
function(fathom_test name)
  cmake_parse_arguments(TEST "TORCH" "" "ROOMS;LABELS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*_test.cpp)
  if(NOT sources)
    return()
  endif()
  set(target ${name}_test)
  add_executable(${target} ${sources})
  list(TRANSFORM TEST_ROOMS PREPEND fathom::)
  target_link_libraries(${target} PRIVATE ${TEST_ROOMS} fathom_warnings GTest::gtest GTest::gmock GTest::gtest_main)
  target_compile_definitions(${target} PRIVATE FATHOM_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  if(TEST_TORCH)
    fathom_use_torch(${target})
  endif()
  add_test(NAME ${name} COMMAND ${target})
  set_tests_properties(${name} PROPERTIES LABELS "${TEST_LABELS}" TIMEOUT 900
                       ENVIRONMENT "FATHOM_PROGRAM=$<TARGET_FILE:fathom_program>")
endfunction()

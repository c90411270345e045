# Installs the build into an empty prefix, builds examples/generate against it as a user would, and runs what came out.
#   cmake -DBUILD_DIR=… -DSOURCE_DIR=… -DWORK_DIR=… -DTINY_MODEL=… -DPREFIX_PATH=… -DGENERATOR=… -DCXX=… -DCC=… -DLAUNCHER=…
#         -P install_test.cmake
# PREFIX_PATH: where the libraries below fathom are, with ':' between places.
set(prefix ${WORK_DIR}/prefix)
set(example ${WORK_DIR}/example)
set(model ${WORK_DIR}/model)
file(REMOVE_RECURSE ${prefix} ${model} ${example}/CMakeCache.txt)
file(MAKE_DIRECTORY ${WORK_DIR})

# run(NAME command...): fails the test with the command's output; sets output.
function(run what)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE out ERROR_VARIABLE err)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${what} failed (${status}):\n${out}\n${err}")
  endif()
  set(output "${out}" PARENT_SCOPE)
  set(errors "${err}" PARENT_SCOPE)
  message(STATUS "${what}: done")
endfunction()
function(expect what text pattern)
  if(NOT text MATCHES "${pattern}")
    message(FATAL_ERROR "${what}: expected /${pattern}/ in:\n${text}")
  endif()
endfunction()

run("install" ${CMAKE_COMMAND} --install ${BUILD_DIR} --prefix ${prefix})
if(NOT EXISTS ${prefix}/bin/fathom OR NOT EXISTS ${prefix}/include/fathom/text/tokenizer.h OR NOT EXISTS ${prefix}/share/fathom/recipes)
  message(FATAL_ERROR "the program, the headers or the recipes are missing under ${prefix}")
endif()
# Nothing of the source tree may be needed any more.
file(GLOB_RECURSE package_files ${prefix}/lib*/*.cmake)
foreach(file IN LISTS package_files)
  file(STRINGS ${file} leaks REGEX "${SOURCE_DIR}/")
  if(leaks)
    message(FATAL_ERROR "${file} refers to the source tree: ${leaks}")
  endif()
endforeach()

set(ENV{CMAKE_PREFIX_PATH} "${prefix}:${PREFIX_PATH}")
run("configure the example" ${CMAKE_COMMAND} -S ${SOURCE_DIR}/examples/generate -B ${example} -G ${GENERATOR}
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER=${CXX} -DCMAKE_C_COMPILER=${CC} -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER})
run("build the example" ${CMAKE_COMMAND} --build ${example} -j 2)

run("make a model" ${TINY_MODEL} ${model})
execute_process(COMMAND ${CMAKE_COMMAND} -E echo "the water is 12 fathoms deep" COMMAND ${example}/count_tokens ${model}
                RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE errors)
expect("count_tokens" "${status} ${output} ${errors}" "^0 29 bytes, [0-9]+ tokens")
run("generate" ${example}/generate ${model} "the water is" 8)
expect("generate" "${errors}" "[1-8] new tokens from [0-9]+ of the prompt")

run("the installed program" ${prefix}/bin/fathom --version)
expect("fathom --version" "${output}" "^fathom [0-9]+\\.")
# A command of the model library: found beside the installed program, not in the build tree.
run("the installed model library" ${prefix}/bin/fathom generate --model ${model} --prompt-ids 5,7,9 --max-new-tokens 4 --temperature 0
    --ignore-eos --json)
expect("fathom generate --json" "${output}" "\"ids\": *\\[")

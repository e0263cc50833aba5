# SPDX-License-Identifier: MIT
# What a build can be asked for, and the flags that follow from it.
option(MMINIT_TESTS "Build the tests (needs cmocka)" ON)
option(MMINIT_BENCH "Build the benchmarks (needs Google Benchmark)" OFF)
option(MMINIT_WERROR "Warnings are errors" OFF)
option(MMINIT_FUZZ "Build the fuzz targets for libFuzzer (needs clang)" OFF)
option(MMINIT_COVERAGE "Count which lines run, for gcov" OFF)
set(MMINIT_SANITIZE "" CACHE STRING "Sanitizers for everything, as -fsanitize takes them")
set(MMINIT_TEST_FLAVOURS "plain;checked" CACHE STRING
    "Libraries that every test is linked with and run on: plain, checked or both")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

set(c_warnings -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes)
add_compile_options(-Wall -Wextra -Wpedantic "$<$<COMPILE_LANGUAGE:C>:${c_warnings}>")
if(MMINIT_WERROR)
  add_compile_options(-Werror)
endif()
if(MMINIT_SANITIZE)
  add_compile_options(-fsanitize=${MMINIT_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${MMINIT_SANITIZE})
endif()
if(MMINIT_COVERAGE)
  add_compile_options(--coverage -fprofile-update=atomic)
  add_link_options(--coverage)
endif()

# SPDX-License-Identifier: MIT
# 64-bit ARM, with Debian's cross compiler.
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(debian_architecture arm64)
include(${CMAKE_CURRENT_LIST_DIR}/debian.cmake)

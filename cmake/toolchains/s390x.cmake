# SPDX-License-Identifier: MIT
# IBM Z, which is big-endian, with Debian's cross compiler.
set(CMAKE_SYSTEM_PROCESSOR s390x)
set(debian_architecture s390x)
include(${CMAKE_CURRENT_LIST_DIR}/debian.cmake)

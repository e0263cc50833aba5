#!/bin/bash
# SPDX-License-Identifier: MIT
# The share of the lines of src/ that the suite has run, file by file: after it ran on the preset
# `coverage`, which `./test coverage` sees to.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
gcovr --root . --filter src/ --gcov-ignore-parse-errors --exclude-throw-branches \
	--exclude-unreachable-branches --txt build/coverage/coverage.txt build/coverage
cat build/coverage/coverage.txt

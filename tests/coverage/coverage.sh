#!/bin/bash
# SPDX-License-Identifier: MIT
# The share of the lines of src/ that the suite has run, after it ran on the preset `coverage`, which
# `./test coverage` sees to; judged by judge.pl.
#
# The plain and the checked library are compiled from the same lines, some of them under #ifdef, and
# gcovr refuses a function that begins at two of them: each is counted by itself.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."
build=$PWD/build/coverage
for flavour in "" _checked; do
	objects=$build/src/CMakeFiles
	gcovr --root . --filter src/ --gcov-ignore-parse-errors --json "$build/lines$flavour.json" \
		"$objects/mminit_core$flavour.dir" "$objects/mminit_hosted$flavour.dir" \
		"$objects/mminit_tool$flavour.dir"
done
perl tests/coverage/judge.pl tests/coverage/gaps.txt CONTRIBUTING.md "$build"/lines{,_checked}.json

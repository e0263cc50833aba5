#!/bin/bash
# SPDX-License-Identifier: MIT
# labels: numa
# On machines of several nodes, workers run on their node's CPUs and each node's memmap lies where it
# was asked for; the platform's own tests pass there, too.
set -euo pipefail
tests=()
for program in "${MMINIT_BINARY_DIR:?}"/tests/test_platform_*; do
	[ ! -x "$program" ] || tests+=(--test "$program")
done
[ ${#tests[@]} -gt 0 ] || {
	echo "no tests of the platform in $MMINIT_BINARY_DIR/tests"
	exit 1
}
exec "${MMINIT_SOURCE_DIR:?}/tests/numa/vm.sh" "${tests[@]}"

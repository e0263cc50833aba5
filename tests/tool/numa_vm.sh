#!/bin/bash
# SPDX-License-Identifier: MIT
# labels: numa
# On machines of several nodes, workers run on their node's CPUs and each node's memmap lies where it
# was asked for; the platform's own tests pass there, too.  MMINIT_NUMA_GUESTS: only these guests of
# tests/numa/vm.sh, such as "ring".
set -euo pipefail
tests=()
for program in "${MMINIT_BINARY_DIR:?}"/tests/test_platform_*; do
	[ ! -x "$program" ] || tests+=(--test "$program")
done
[ ${#tests[@]} -gt 0 ] || {
	echo "no tests of the platform in $MMINIT_BINARY_DIR/tests"
	exit 1
}
# shellcheck disable=SC2086 # a list of words
exec "${MMINIT_SOURCE_DIR:?}/tests/numa/vm.sh" "${tests[@]}" ${MMINIT_NUMA_GUESTS-}

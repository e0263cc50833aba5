#!/bin/bash
# SPDX-License-Identifier: MIT
# release only: 4 GiB of struct pages; the other boots run under the sanitizers.
# native only: 4 GiB of struct pages take long under emulation.
# The largest captured boot, 256 GiB of page frames, through the whole matrix: on the checked core invariants 1 to 11 hold.
source "$(dirname "$0")/checks.bash"
source "$(dirname "$0")/matrix.bash"

available_kib=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)
if [ "$available_kib" -lt $((6 << 20)) ]; then
	echo "skipped: a memmap of 4 GiB, and what is beside it, needs 6 GiB of memory"
	exit 77
fi
run_matrix "$MMINIT_CHECKED" "1 2 3 4 5 6 7 8 9 10 11" "$MMINIT_SOURCE_DIR/tests/linux/big-256g.log"
finish

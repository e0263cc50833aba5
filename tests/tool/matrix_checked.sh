#!/bin/bash
# SPDX-License-Identifier: MIT
# native only: hundreds of boots take long under emulation; other tests boot there.
# Every captured boot but the largest runs, with 1 and 2 threads, all batches, chunks of 1 and 3
# sections and by Linux's rule, and on the checked core invariants 1 to 11 hold.
source "$(dirname "$0")/checks.bash"
source "$(dirname "$0")/matrix.bash"

[ "$(captured_boots | wc -l)" = 20 ] || fail "expected twenty captured boots"
run_matrix "$MMINIT_CHECKED" "1 2 3 4 5 6 7 8 9 10 11" $(matrix_files)
finish

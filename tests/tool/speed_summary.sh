#!/bin/bash
# SPDX-License-Identifier: MIT
# labels: bench
# Shows what mminit tune finds on this host, in the bench suite's report.
set -euo pipefail
if [ ! -x "$(dirname "$MMINIT")/bench/mminit_pairs" ]; then
	echo "skipped: a build without benchmarks, so not one for speed"
	exit 77
fi
"$MMINIT" tune 1n:16G --rounds 12 | sed 's/^/report: /'

#!/bin/bash
# SPDX-License-Identifier: MIT
# The machines of tests/shapes are planned as their goldens say, to the letter; tests/shapes/plans.md
# has the arithmetic.  The plan's own figures are held against another computation by
# plan_arithmetic.sh.
source "$(dirname "$0")/checks.bash"
cd "$MMINIT_SOURCE_DIR" || exit 1

nr_goldens=0
for golden in tests/shapes/*.golden; do
	nr_goldens=$((nr_goldens + 1))
	machine=${golden%.golden}
	how=()
	case $machine in
	*.synthetic | *.xml) how=(--topology) ;;
	esac
	for libxml in 1 0; do # hwloc reads XML by itself where its plugins are not installed
		HWLOC_LIBXML=$libxml "$MMINIT" plan "${how[@]}" "$machine" 2>/dev/null | sed 1d |
			diff "$golden" - >"$work_dir/diff" ||
			fail "$machine, HWLOC_LIBXML=$libxml: $(head -n 10 "$work_dir/diff")"
		case $machine in *.xml) ;; *) break ;; esac
	done
done
[ "$nr_goldens" = 19 ] || fail "expected nineteen goldens, found $nr_goldens"
finish

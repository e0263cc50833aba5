#!/bin/bash
# SPDX-License-Identifier: MIT
# native only: verifying takes long under emulation; test_linux_order.c judges the same orders there.
# Algorithms by name: on whole sections each is right; on a machine where two ranges meet inside a
# block verification names the PFN that the audit names, for the kernel that the audit names.
source "$(dirname "$0")/checks.bash"
cd "$MMINIT_SOURCE_DIR" || exit 1
machine=tests/audit/two-flags.log

for strategy in mminit linux-6.1 linux-6.12 linux-7.x; do
	run_tool run 2n:1G --strategy "$strategy" --json
	[ "$code" = 0 ] || fail "$strategy on whole sections: exit code $code: $err"
	grep -q -- "--strategy $strategy" <<<"$(jq -r .reproduce "$work_dir/out")" || fail "$strategy: not in the command that does it again"
done

# broken STRATEGY: the invariants that are broken, and the first PFN of invariant 3.
broken() {
	run_tool verify "$machine" --strategy "$1" --threads 1 --chunk linux --batch block --json
	jq -r '.verdict.invariants[] | select(.judgement == "broken") | "\(.number) \(.first.pfn)"' "$work_dir/out"
}
foretold=$("$MMINIT" audit "$machine" --linux 7.x --csv | awk -F, '$1 == "mid-block-free" { print $4; exit }')
[ -n "$foretold" ] || fail "7.x: the audit foretells no mid-block free"
broken linux-7.x >"$work_dir/broken"
[ "$code" = 4 ] || fail "linux-7.x: exit code $code, expected 4: $err"
grep -qx "3 $foretold" "$work_dir/broken" || fail "linux-7.x: expected invariant 3 at $foretold, got: $(cat "$work_dir/broken")"
grep -q '^2 ' "$work_dir/broken" || fail "linux-7.x: expected invariant 2 to be broken"
broken linux-6.1 >"$work_dir/broken"
! grep -q '^[23] ' "$work_dir/broken" || fail "linux-6.1: $(cat "$work_dir/broken")"
grep -q '^9 ' "$work_dir/broken" || fail "linux-6.1: expected the mistyped pageblock to break invariant 9"

expect "a strategy that is none" 2 'expected mminit, linux-6\.1, linux-6\.12 or linux-7\.x' run 1n:1G --strategy linux
finish

# SPDX-License-Identifier: MIT
# What the scripts around the tool share.  Sourced by bash.
#   $MMINIT, $MMINIT_CHECKED   the two binaries
#   $MMINIT_SOURCE_DIR         the tree
#   $MMINIT_SANITIZE           sanitizers that they were built with; empty: none
set -uo pipefail
: "${MMINIT:?}" "${MMINIT_CHECKED:?}" "${MMINIT_SOURCE_DIR:?}"
export LC_ALL=C
unset NO_COLOR
work_dir=$(mktemp -d)
trap 'rm -rf "$work_dir"' EXIT
nr_failed=0

fail() {
	echo "FAILED: $*"
	nr_failed=$((nr_failed + 1))
}

# The script's last word: its exit code.
finish() {
	[ "$nr_failed" = 0 ] && exit 0
	echo "failed: $nr_failed"
	exit 1
}

# run_tool [ARGUMENT]...: leaves the exit code in $code and what was printed in $out and $err.
# Whoever runs for four minutes, or $MMINIT_PATIENCE seconds, hangs.
run_tool() {
	timeout "${MMINIT_PATIENCE:-240}" "$MMINIT" "$@" >"$work_dir/out" 2>"$work_dir/err"
	code=$?
	out=$(cat "$work_dir/out")
	err=$(cat "$work_dir/err")
}

# expect NAME CODE PATTERN [ARGUMENT]...: runs the tool, which is to end with CODE and to say on
# stderr what the extended regular expression PATTERN matches; on failure nothing is on stdout.
expect() {
	local name=$1 want=$2 pattern=$3
	shift 3
	run_tool "$@"
	[ "$code" = "$want" ] || fail "$name: exit code $code, expected $want: $err"
	grep -Eq -- "$pattern" <<<"$err" || fail "$name: expected '$pattern' on stderr, got: $err"
	[ "$want" = 0 ] || [ -z "$out" ] || fail "$name: something on stdout in spite of the failure"
}

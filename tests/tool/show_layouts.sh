#!/bin/bash
# SPDX-License-Identifier: MIT
# native only: what it looks at is held against the native tool's by same_everywhere.sh.
# `show` prints the kernel's own layouts: held against the dumps of the captured boots line by line,
# without the figures that change with use, and with those that do not.
source "$(dirname "$0")/checks.bash"
boots=$MMINIT_SOURCE_DIR/tests/linux

# Not the boots whose dumps show memory added after initialisation.
names=$(ls "$boots" | sed -n 's/\.log$//p' | grep -v -e hotplug -e big-256g)

# The dump PATH of the first step of a captured boot.
captured() {
	tr -d '\r' <"$boots/$1.log" | awk -v path="$2" '/^==STEP/ { step++ } /^==/ { on = 0 }
		step == 1 && $1 == "==FILE" && $2 == path { on = 1; next } on'
}

# same WHAT THEIRS OURS: the two texts are one.
same() {
	diff <(echo "$2") <(echo "$3") >"$work_dir/diff" || fail "$1: $(head -n 20 "$work_dir/diff")"
}


blank_columns() {
	sed -E 's/( +[0-9]+)+ *$//; s/ +/ /g' <<<"$1"
}

# Zones, and the width of every line.
check_buddyinfo() {
	local theirs ours
	theirs=$(captured "$1" proc/buddyinfo)
	ours=$("$MMINIT" show "$boots/$1.log" --as buddyinfo) || fail "$1: buddyinfo: exit code $?"
	same "$1: buddyinfo: zones" "$(blank_columns "$theirs")" "$(blank_columns "$ours")"
	same "$1: buddyinfo: widths" "$(awk '{ print length }' <<<"$theirs")" "$(awk '{ print length }' <<<"$ours")"
	awk '{ for (i = 5; i <= NF; i++) sum += $i * 2 ^ (i - 5) } END { print sum }' <<<"$ours" >"$work_dir/free"
}

# All lines but the statistics of use; spans and presence of every zone are exactly the kernel's.
check_zoneinfo() {
	local theirs ours use='per-node stats|^ +(workingset_|numa_|pg|nr_([^f]|f[^r]|free_cma|free_pages_blocks))|^Page block'
	theirs=$(captured "$1" proc/zoneinfo | grep -Ev "$use")
	ours=$("$MMINIT" show "$boots/$1.log" --as zoneinfo) || fail "$1: zoneinfo: exit code $?"
	local layout='s/[0-9]+/#/g; s/(#, )+#/#/; s/ +/ /g'
	same "$1: zoneinfo: lines" \
		"$(sed -E "s/^(Node|    cpu:|  start_pfn)/&/; $layout" <<<"$theirs")" \
		"$(sed -E "$layout" <<<"$ours")"
	local fixed='^Node|spanned|present|start_pfn|boost|cpu:'
	same "$1: zoneinfo: figures" "$(grep -E "$fixed" <<<"$theirs")" "$(grep -E "$fixed" <<<"$ours")"
	same "$1: free pages of buddyinfo and zoneinfo" "$(cat "$work_dir/free")" \
		"$(awk '$1 == "nr_free_pages" { sum += $2 } END { print sum }' <<<"$ours")"
}

# Headings and rows; and in every zone as many pageblocks as the kernel counts, of whatever type.
check_pagetypeinfo() {
	local theirs ours
	theirs=$(captured "$1" proc/pagetypeinfo)
	ours=$("$MMINIT" show "$boots/$1.log" --as pagetypeinfo) || fail "$1: pagetypeinfo: exit code $?"
	same "$1: pagetypeinfo: headings" "$(grep -v '^Node' <<<"$theirs")" "$(grep -v '^Node' <<<"$ours")"
	same "$1: pagetypeinfo: rows" \
		"$(sed -nE 's/^(Node.*(type +[A-Z][A-Za-z]+|zone +[A-Z][A-Za-z0-9]+)) .*/\1/p' <<<"$theirs")" \
		"$(sed -nE 's/^(Node.*(type +[A-Z][A-Za-z]+|zone +[A-Z][A-Za-z0-9]+)) .*/\1/p' <<<"$ours")"
	local blocks='/^Node/ && !/type/ { for (i = 5; i <= NF; i++) sum += $i; print $2, $4, sum; sum = 0 }'
	same "$1: pagetypeinfo: pageblocks" "$(awk "$blocks" <<<"$theirs")" "$(awk "$blocks" <<<"$ours")"
}

# The fallback orders of the first build.
check_zonelists() {
	local theirs ours
	theirs=$(tr -d "\r" <"$boots/$1.log" | sed "/Built .* zonelists/q" | grep -o "Fallback order for Node.*")
	ours=$("$MMINIT" show "$boots/$1.log" --as zonelists) || fail "$1: zonelists: exit code $?"
	same "$1: fallback orders" "$theirs" "$(grep "^Fallback" <<<"$ours")"
}

for name in $names; do
	check_zonelists "$name"
	check_buddyinfo "$name"
	check_zoneinfo "$name"
	check_pagetypeinfo "$name"
done
[ "$(wc -w <<<"$names")" = 17 ] || fail "expected seventeen boots, not: $names"
finish

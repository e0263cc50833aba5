#!/bin/bash
# SPDX-License-Identifier: MIT
# The README is true: its C is examples/embed.c, every command of its session runs, and what the
# session prints looks as it stands there (times and speeds are this machine's).
source "$(dirname "$0")/checks.bash"
cd "$MMINIT_SOURCE_DIR" || exit 1

# The lines between ```WORD and ```, of all such blocks.
blocks() {
	awk -v start="\`\`\`$1" '$0 == "```" { on = 0 } on; $0 == start { on = 1 }' README.md
}

diff <(blocks c) <(sed '1,/\*\/$/{/^\/\* SPDX/d; /^\/\*$/,/\*\/$/d}' examples/embed.c) || fail "the C of README.md is not that of examples/embed.c"

# Figures and spaces differ from machine to machine, and so do the lines on what the host offers and on
# what could be judged there; the other words do not.
words() {
	sed -E 's/[0-9]+(\.[0-9]+)?( [um]?s| [KMGT]iB)?/#/g; s/0x[0-9a-f#]+/#/g; s/host #: .*/host/; s/ +/ /g' |
		grep -v -e ^memmap -e ^threads -e ^peak -e ^verify
}

nr_commands=0
while read -r command; do
	nr_commands=$((nr_commands + 1))
	out=$(eval "${command/#.\/run/\$MMINIT}" 2>&1)
	code=$?
	[ "$code" = 0 ] || [ "$code" = 4 ] || fail "$command: exit code $code: $out"
	shown=$(blocks console | awk -v command="\$ $command" '/^\$ / { on = $0 == command; next } on' |
		sed '/^$/d; /^\.\.\.$/q')
	# What is left out of the README begins at "...".
	nr_lines=$(grep -vc '^\.\.\.$' <<<"$shown")
	diff <(grep -v '^\.\.\.$' <<<"$shown" | words) <(sed '/^$/d' <<<"$out" | head -n "$nr_lines" | words) ||
		fail "$command: does not print what README.md shows"
done < <(blocks console | sed -n 's/^\$ //p')
[ "$nr_commands" -ge 3 ] || fail "expected a session of three commands at least, found $nr_commands"
finish

#!/bin/bash
# SPDX-License-Identifier: MIT
# release only: what a session prints is the same under sanitizers, and takes long there.
# native only: manual pages are made by the native tool.
# The manual: every command has a page, every page names the options that the command has, and its
# examples run.
source "$(dirname "$0")/checks.bash"
source "$(dirname "$0")/sessions.bash"
cd "$MMINIT_SOURCE_DIR" || exit 1

commands=$("$MMINIT" help | sed -nE 's/^  mminit ([a-z]+) .*/\1/p')
for command in $commands; do
	[ -e "man/mminit-$command.1.scd" ] || fail "mminit $command has no page in man/"
	grep -qx "@OPTIONS $command@" "man/mminit-$command.1.scd" ||
		fail "man/mminit-$command.1.scd: expected a line @OPTIONS $command@"
done

make_stage
for page in man/*.scd; do
	check_sessions "$page"
	[ "$nr_commands" -ge 1 ] || fail "$page: expected an example"
done

# What is built of them: options of the tool, and nothing left that was to be replaced.
for command in $commands; do
	built=$MMINIT_BINARY_DIR/man/mminit-$command.1.gz
	if [ ! -e "$built" ]; then
		command -v scdoc >/dev/null && fail "$built: expected it to be built"
		continue
	fi
	text=$(zcat "$built" | sed 's/\\-/-/g')
	grep -Eq '@[A-Z]+( [a-z]+)?@' <<<"$text" && fail "$built: something is not replaced"
	for option in $("$MMINIT" help "$command" | grep -oE '^  (-.,|   ) --[a-z-]+' | grep -oE -- '--.*'); do
		grep -qF -- "\fB$option\f" <<<"$text" || fail "$built: does not name $option"
	done
done
finish

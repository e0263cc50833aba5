#!/bin/bash
# SPDX-License-Identifier: MIT
# release only: what a session prints is the same under sanitizers, and takes long there.
# native only: what a session prints is of the native build.
# README.md and docs/ are true: the C of the README is examples/embed.c, every command of a session
# runs and ends as the page says, and what it prints looks as it stands there (times and speeds are
# this machine's).
source "$(dirname "$0")/checks.bash"
source "$(dirname "$0")/sessions.bash"
cd "$MMINIT_SOURCE_DIR" || exit 1

# The example, without its top comments.
example_code() {
	awk '!body && /^(\/\*| \*)/ { next } { body = 1; print }' examples/embed.c
}

diff <(awk '/^```/ { on = $0 == "```c"; next } on' README.md) <(example_code) ||
	fail "the C of README.md is not that of examples/embed.c"

make_stage
for page in README.md docs/*.md; do
	check_sessions "$page"
	[ "$page" != README.md ] || [ "$nr_commands" -ge 3 ] ||
		fail "expected a session of three commands at least in README.md, found $nr_commands"
done
finish

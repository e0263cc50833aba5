# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the scripts that boot virtual machines share.  Sourced by bash.

say() {
	echo "$(basename "$0"): $*" >&2
}

fail() {
	say "$@"
	exit 1
}

# skip REASON...: this machine cannot do it.
skip() {
	say "skipped: $*"
	exit 77
}

# need COMMAND PACKAGE: skips when the command is not there.
need() {
	command -v "$1" >/dev/null || skip "no $1 (Debian package $2)"
}

# need_file FILE PACKAGE
need_file() {
	[ -r "$1" ] || skip "no $1 (Debian package $2)"
}

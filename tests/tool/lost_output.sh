#!/bin/bash
# SPDX-License-Identifier: MIT
# Nothing that a command writes is lost in silence.  Every command of `mminit help`: a full disk, a
# reader that goes away; every option that writes a file: a full disk, a folder that is not there, a
# limit in the middle of it.  Then it ends with 1 and says what it could not write, and why; no part
# of a file is left.
source "$(dirname "$0")/checks.bash"
source "$(dirname "$0")/writers.bash"
cd "$work_dir" || exit 1
nothing_left="No space left on device"

"$MMINIT" run 64M --json >one.json && "$MMINIT" run 64M --json >other.json || fail "run"
"$MMINIT" import 64M >one.machine || fail "import"
"$MMINIT" completion bash >/dev/null || fail "completion"

# How each command is made to print something at once.
declare -A arguments=(
	[run]="64M"
	[plan]="64n:64G --verbose"
	[show]="64M --as json"
	[audit]="64M"
	[verify]="4M --schedules 10"
	[tune]="64M --rounds 6"
	[predict]="2n:4G,cpus=8 --one-thread 1s --best 100ms"
	[stress]="64M --operations 100"
	[replay]="$MMINIT_SOURCE_DIR/tests/linux/holes.log"
	[report]="one.json"
	[compare]="one.json other.json"
	[import]="64M"
	[help]="run"
	[completion]="bash"
	[version]=""
)

# lost NAME WHAT WHY: the last command ended with $code, and err says what was lost and why, in a line.
lost() {
	[ "$code" = 1 ] || fail "$1: exit code $code, expected 1: $(cat err)"
	[ "$(grep -c 'cannot write' err)" = 1 ] && grep -q "^mminit: $2: cannot write: $3\$" err ||
		fail "$1: expected '$2: cannot write: $3', got: $(cat err)"
}

full_disk() {
	timeout 60 "$MMINIT" "$@" >/dev/full 2>err
	code=$?
	lost "$* >/dev/full" "standard output" "$nothing_left"
}

# What fits into the pipe is printed before the reader goes; that is no failure.  Sanitizers have
# something of their own to say.
closed_pipe() {
	{ timeout 60 "$MMINIT" "$@" 2>err; echo $? >code; } | head -n 1 >/dev/null
	code=$(cat code)
	[ "$code" = 0 ] && [ -n "${MMINIT_SANITIZE-}" -o ! -s err ] || lost "$* | head -n 1" "standard output" "Broken pipe"
}

# Whoever was to read is gone before anything is written.
no_reader() {
	rm -f gone && mkfifo gone && exec 3<>gone 4>gone 3>&-
	timeout 60 "$MMINIT" "$@" >&4 2>err
	code=$?
	exec 4>&-
	lost "$* to nobody" "standard output" "Broken pipe"
}

# unwritable COMMAND OPTION ARGUMENT...
unwritable() {
	local command=$1 option=$2
	shift 2
	timeout 60 "$MMINIT" "$command" "$@" "$option" /dev/full >out 2>err
	code=$?
	lost "$command $option /dev/full" /dev/full "$nothing_left"
	timeout 60 "$MMINIT" "$command" "$@" "$option" none/file >out 2>err
	code=$?
	lost "$command $option none/file" none/file "No such file or directory"
	# The limit is for files; what is printed goes through pipes.
	{ (ulimit -f 0; timeout 60 "$MMINIT" "$command" "$@" "$option" part 2>&1 >&3; echo "code $?") |
		cat >err; } 3>&1 | cat >out
	code=$(sed -n 's/^code //p' err)
	lost "$command $option under a limit" part "File too large"
	[ ! -e part ] || fail "$command $option: part of a file is left: $(wc -c <part) bytes"
	rm -f part
	timeout 60 "$MMINIT" "$command" "$@" "$option" whole >out 2>err
	[ -s whole ] || fail "$command $option: no file: $(cat err)"
	rm -f whole
}

commands=$("$MMINIT" help | sed -n 's/^  mminit \([a-z]*\) .*/\1/p')
[ -n "$commands" ] || fail "no commands in: $("$MMINIT" help)"
for command in $commands help completion version; do
	if [ -z "${arguments[$command]+given}" ]; then
		fail "$command: a command that is not tried here"
		continue
	fi
	full_disk $command ${arguments[$command]}
	closed_pipe $command ${arguments[$command]}
	no_reader $command ${arguments[$command]}
	# The three about the program itself have no help of their own, and no options.
	"$MMINIT" help $command >help 2>err || continue
	for option in $(sed -n 's/^ .* --\([a-z-]*\) .* on stdout$/--\1/p' help); do
		full_disk $command ${arguments[$command]} $option
	done
done
each_writer unwritable
full_disk help
full_disk --version
expect "a file and a document on one stream" 2 '^mminit: --save-schedule -: expected a file' verify 4M --save-schedule - --json
finish

# SPDX-License-Identifier: MIT
# Runs the sessions that pages show: lines "$ COMMAND" between fences, each with what it prints, or
# part of it, below.  Sourced after checks.bash.
#
#   $ mminit plan boot.log               has to end with 0
#   $ mminit run ... # ends with 4       has to end with 4
#   ...                                  in the output: the rest is left out
#
# They run in a folder of their own, one after another, where a reader of the page would be: mminit and
# ./run are there, boot.log is a machine's log, dmesg and numactl answer as on that machine.

stage=$work_dir/stage
stage_log=$MMINIT_SOURCE_DIR/tests/linux/two-nodes-8g.log

# stand_in NAME FILE: a command that prints the file.
stand_in() {
	printf '#!/bin/sh\nexec cat %q\n' "$2" >"$stage/bin/$1"
	chmod +x "$stage/bin/$1"
}

make_stage() {
	rm -rf "$stage"
	mkdir -p "$stage/bin"
	ln -s "$MMINIT" "$stage/bin/mminit"
	ln -s "$MMINIT" "$stage/run"
	ln -s "$MMINIT_SOURCE_DIR/tests" "$stage/tests"
	ln -s "$MMINIT_SOURCE_DIR/docs" "$stage/docs"
	cp "$stage_log" "$stage/boot.log"
	printf 'node distances:\nnode   0   1 \n  0:  10  20 \n  1:  20  10 \n' >"$stage/bin/distances"
	stand_in dmesg "$stage_log"
	stand_in numactl "$stage/bin/distances"
}

# session_blocks FILE: all lines of its sessions (```console in Markdown, ``` in scdoc).
session_blocks() {
	awk '/^```/ { on = !on && (/^```console$/ || (/^```$/ && FILENAME ~ /\.scd$/)); next } on' "$1"
}

# Figures, and words that go with what this host is, differ from machine to machine; the others do not.
session_words() {
	sed -E 's/[0-9]+(\.[0-9]+)?( [um]?s| [KMGT]iB)?/#/g; s/0x[0-9a-f#]+/#/g; s/host #: .*/host/; s/ +/ /g; /^ ?$/d' |
		grep -v -e ^memmap -e ^threads -e ^nodes -e ^stolen -e ^peak -e ^verify -e "^mminit: all nodes"
}

# check_command FILE COMMAND SHOWN: runs it on the stage and holds what it prints against SHOWN.
check_command() {
	local want=0 out code shown
	[[ $2 =~ '# ends with '([0-9]+)$ ]] && want=${BASH_REMATCH[1]}
	out=$(cd "$stage" && PATH=$stage/bin:$PATH timeout 120 bash -o pipefail -c "$2" \
		2>"$work_dir/err" </dev/null)
	code=$?
	[ "$code" = "$want" ] ||
		fail "$1: $2: exit code $code, expected $want: $out $(cat "$work_dir/err")"
	shown=$(sed '/^\.\.\.$/,$d' <<<"$3" | session_words)
	[ -n "$shown" ] || return
	diff <(echo "$shown") <(session_words <<<"$out" | head -n "$(wc -l <<<"$shown")") ||
		fail "$1: $2: does not print what is shown"
}

# check_sessions FILE: runs all of its commands; leaves their number in $nr_commands.
check_sessions() {
	local line command="" shown=""
	nr_commands=0
	while IFS= read -r line; do
		if [[ $line != '$ '* ]]; then
			shown+=$line$'\n'
			continue
		fi
		[ -z "$command" ] || check_command "$1" "$command" "$shown"
		command=${line#\$ } shown=""
		nr_commands=$((nr_commands + 1))
	done < <(session_blocks "$1")
	[ -z "$command" ] || check_command "$1" "$command" "$shown"
	echo "${1##*/}: commands: $nr_commands"
}

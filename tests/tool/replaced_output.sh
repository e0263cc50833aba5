#!/bin/bash
# SPDX-License-Identifier: MIT
# native only: names, links and permissions of files are no matter of the processor.
# A file that a command writes stands there whole or not at all, and until then the older one of that
# name does: after a failure and after a ^C at any moment, with nothing beside it.  It keeps its
# permissions; a link goes on pointing to it; what is no regular file is written as it is.
source "$(dirname "$0")/checks.bash"
source "$(dirname "$0")/writers.bash"
cd "$work_dir" || exit 1
umask 022

# A shell whose root has to ask for permission, as everybody has; nothing for others.
humbly=()
[ "$(id -u)" != 0 ] || humbly=(setpriv "--bounding-set=-dac_override,-dac_read_search,-fowner,-chown")

# fresh_place: an empty folder, place, whose writer may say what it likes.
fresh_place() {
	[ ! -e place ] || chmod -R u+w place
	rm -rf place out err
	mkdir place
}

# write_file COMMAND OPTION FILE ARGUMENT...: leaves its exit code in $code.
write_file() {
	local command=$1 option=$2 file=$3
	shift 3
	timeout 60 "$MMINIT" "$command" "$@" "$option" "$file" >out 2>err
	code=$?
}

# only NAME WHAT...: in the place is that and nothing else.
only() {
	local name=$1
	shift
	[ "$(ls -A place | sort | tr '\n' ' ')" = "$* " ] ||
		fail "$name: expected $* there, got: $(ls -A place | tr '\n' ' ')"
}

# is_new NAME FILE: an output, from its first byte to its last.
is_new() {
	[ -s "$2" ] && ! grep -q '^old' "$2" && [ -z "$(tail -c 1 "$2")" ] ||
		fail "$1: no new file: $(cat err; head -c 100 "$2")"
}

# is_old NAME FILE
is_old() {
	[ "$(cat "$2")" = "old" ] || fail "$1: the old file is lost: $(head -c 100 "$2")"
}

stays_when_it_fails() {
	local command=$1 option=$2 name="$1 $2"
	shift 2
	fresh_place
	echo old >place/file
	# The limit is for files; what is printed goes through pipes.
	{ (ulimit -f 0; timeout 60 "$MMINIT" "$command" "$@" "$option" place/file 2>&1 >&3) | cat >err; } 3>&1 |
		cat >out
	grep -q "^mminit: place/file: cannot write: File too large\$" err || fail "$name: under a limit: $(cat err)"
	is_old "$name, under a limit" place/file
	only "$name, under a limit" file
	write_file "$command" "$option" place/file "$@" --no-such-option
	[ "$code" = 2 ] || fail "$name: exit code $code, expected 2"
	is_old "$name, a wrong option" place/file
	write_file "$command" "$option" place/file none.such
	[ "$code" != 0 ] || fail "$name: a machine that is not there: exit code 0"
	is_old "$name, a file that is not there" place/file
	only "$name, a failure" file
}

# Who has the old one open, or another name of it, keeps the old one, whole.
is_replaced() {
	local command=$1 option=$2 name="$1 $2"
	shift 2
	fresh_place
	write_file "$command" "$option" place/file "$@"
	is_new "$name" place/file
	[ "$(stat -c %a place/file)" = 644 ] || fail "$name: a new file has mode $(stat -c %a place/file)"
	fresh_place
	echo old >place/file
	ln place/file place/kept
	chmod 604 place/file
	write_file "$command" "$option" place/file "$@"
	is_new "$name, replaced" place/file
	is_old "$name, by its other name" place/kept
	[ "$(stat -c %a place/file)" = 604 ] || fail "$name: mode 604 became $(stat -c %a place/file)"
	only "$name, replaced" file kept
}

follows_links() {
	local command=$1 option=$2 name="$1 $2"
	shift 2
	fresh_place
	mkdir place/apart
	echo old >place/apart/file
	ln -s apart/second place/first
	ln -s file place/apart/second
	write_file "$command" "$option" place/first "$@"
	[ -L place/first ] && [ -L place/apart/second ] || fail "$name: a link is replaced"
	is_new "$name, through two links" place/apart/file
	rm place/apart/file
	write_file "$command" "$option" place/first "$@"
	[ -L place/first ] && [ -L place/apart/second ] || fail "$name: a link to nothing is replaced"
	is_new "$name, through links to nothing" place/apart/file
	only "$name, through links" apart first
	[ "$(ls -A place/apart | wc -l)" = 2 ] || fail "$name: something beside it: $(ls -A place/apart)"
}

# What others opened is theirs: a pipe, or standard output by another name.
keeps_what_is_open() {
	local command=$1 option=$2 name="$1 $2"
	shift 2
	fresh_place
	mkfifo place/pipe
	timeout 60 cat place/pipe >place/read &
	write_file "$command" "$option" place/pipe "$@"
	wait
	is_new "$name, a pipe" place/read
	[ -p place/pipe ] || fail "$name: the pipe is gone"
	echo first >place/file
	ln -s /proc/self/fd/1 place/link
	timeout 60 "$MMINIT" "$command" "$@" --quiet "$option" place/link >>place/file 2>err
	is_new "$name, standard output by another name" place/file
	[ "$(head -n 1 place/file)" = first ] || fail "$name: standard output begins anew"
	[ -L place/link ] || fail "$name: the name of standard output is gone"
	{ (ulimit -f 0; timeout 60 "$MMINIT" "$command" "$@" --quiet "$option" place/link >place/file 2>&3); } 3>&1 |
		cat >err
	grep -q "cannot write: File too large\$" err || fail "$name: standard output, under a limit: $(cat err)"
	[ -L place/link ] || fail "$name: the name of standard output is gone after a failure"
}

# A folder in which nothing can be made: a file that is there is written where it stands.
asks_for_permission() {
	local command=$1 option=$2 name="$1 $2"
	shift 2
	fresh_place
	echo old >place/file
	echo old >place/locked
	chmod 444 place/locked
	"${humbly[@]}" timeout 60 "$MMINIT" "$command" "$@" "$option" place/locked >out 2>err
	[ $? = 1 ] && grep -q "^mminit: place/locked: cannot write: Permission denied\$" err ||
		fail "$name, a file not to be written: $(cat err)"
	is_old "$name, a file not to be written" place/locked
	chmod 555 place
	"${humbly[@]}" timeout 60 "$MMINIT" "$command" "$@" "$option" place/file >out 2>err
	is_new "$name, a folder not to be written" place/file
	"${humbly[@]}" timeout 60 "$MMINIT" "$command" "$@" "$option" place/another >out 2>err
	[ $? = 1 ] && grep -q "^mminit: place/another: cannot write: Permission denied\$" err ||
		fail "$name, a new file in a folder not to be written: $(cat err)"
	only "$name, a folder not to be written" file locked
}

refuses_at_once() {
	local command=$1 option=$2 name="$1 $2" file
	shift 2
	fresh_place
	for file in place place/new/ place/none/file ""; do
		write_file "$command" "$option" "$file" "$@"
		[ "$code" = 1 ] || fail "$name '$file': exit code $code, expected 1"
		grep -Eq "^mminit: $file: cannot write: (Is a directory|No such file or directory)\$" err ||
			fail "$name '$file': $(cat err)"
	done
	[ -z "$(ls -A place)" ] || fail "$name: left $(ls -A place)"
}

# ^C, and what else terminals and service managers end programs by, before each call that changes a
# file or a name.
survives_signals() {
	local command=$1 option=$2 name="$1 $2" signal call
	shift 2
	for signal in INT TERM HUP; do
		for call in write rename; do
			fresh_place
			echo old >place/file
			MMINIT_RAISE="$signal $call" LD_PRELOAD=$PWD/raiser.so \
				timeout 60 "$MMINIT" "$command" "$@" "$option" place/file >out 2>err
			grep -qx raised err || fail "$name: no $signal before $call: $(cat err)"
			is_new "$name, $signal before $call" place/file
			only "$name, $signal before $call" file
		done
	done
}

each_writer stays_when_it_fails
each_writer is_replaced
each_writer follows_links
each_writer keeps_what_is_open
if "${humbly[@]}" true; then
	each_writer asks_for_permission
else
	echo "report: not tried: root cannot give up its permissions here"
fi
each_writer refuses_at_once
# Sanitizers want to be the first library.
if [ -z "${MMINIT_SANITIZE-}" ]; then
	"${CC:-cc}" -std=c11 -O2 -Wall -shared -fPIC "$MMINIT_SOURCE_DIR/tests/tool/raise_signal.c" -o raiser.so ||
		fail "cannot build what raises signals"
	# What the shell says of children that a signal ended is no news.
	each_writer survives_signals 2>/dev/null
fi
finish

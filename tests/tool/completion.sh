#!/bin/bash
# SPDX-License-Identifier: MIT
# release only: a hundred starts of the tool, which take long under sanitizers.
# native only: the words are the same, and a hundred starts take long under emulation.
# Completion offers what the tool takes: every command, every option of a command and no other, words
# that are accepted, all words that the tool says it expects, and files where a file is wanted.
source "$(dirname "$0")/checks.bash"
source "$(dirname "$0")/offered.bash"

# same NAME EXPECTED GOT
same() {
	diff <(printf '%s\n' "$2" | sed '/^$/d') <(printf '%s\n' "$3" | sed '/^$/d') || fail "$1"
}

nr_checked=0
[ "$(wc -l <<<"$commands")" -ge 8 ] || fail "expected eight commands at least in the help"
same "commands" "$(printf '%s\n' $commands help version completion | sort)" "$(offered '')"
same "help" "$(sort <<<"$commands")" "$(offered help '')"

# check_choices COMMAND OPTION
check_choices() {
	local choices word expected
	choices=$(offered "$1" "$2" '')
	same "$1 $2=" "$choices" "$(offered "$1" "$2" = '')"
	for word in $choices; do
		"$MMINIT" "$1" "$2" "$word" --help >/dev/null || fail "$1 $2 $word: offered, not accepted"
		nr_checked=$((nr_checked + 1))
	done
	# A refusal that names single words names all that completion offers.
	expected=$("$MMINIT" "$1" "$2" '?' --help 2>&1 >/dev/null | sed -n 's/.*: expected //p')
	[[ $expected =~ ^[a-z0-9-]+(, [a-z0-9-]+)*" or "[a-z0-9-]+$ ]] || return
	same "$1 $2: what is expected" \
		"$(sed -E 's/, | or /\n/g' <<<"$expected" | sort)" "$choices"
}

for command in $commands; do
	same "$command: options" "$(options_of "$command" | sed 's/ .*//' | sort -u)" \
		"$(offered "$command" --)"
	same "$command: files" "$(ls)" "$(offered "$command" '')"
	while read -r option argument; do
		case $argument in
		*FILE*) same "$command $option" here/boot.log "$(offered "$command" "$option" here/)" ;;
		?*) check_choices "$command" "$option" ;;
		esac
	done < <(options_of "$command")
done
[ "$nr_checked" -ge 50 ] || fail "expected 50 words at least to be offered after options, not $nr_checked"

run_tool completion tcsh
[ "$code" = 2 ] || fail "a shell that is not known: exit code $code"
finish

#!/bin/bash
# SPDX-License-Identifier: MIT
# release only: what the scripts say is no matter of sanitizers, nor are the shells that read them.
# native only: the words are the same.
# zsh offers what bash does, which tests/tool/completion.sh holds against the tool: commands, options,
# and what an option takes, after a space and after "=".
source "$(dirname "$0")/checks.bash"
if ! command -v zsh >/dev/null; then
	echo "skipped: no zsh"
	exit 77
fi
here=$(readlink -f "$(dirname "$0")")
source "$here/offered.bash"
mkdir scripts && "$MMINIT" completion zsh >scripts/_mminit || fail "completion zsh"

# ask LINE WORD...: LINE is to have in zsh what the last of the WORDs has in bash.
lines=()
ask() {
	lines+=("$1")
	shift
	{ offered "$@" | sed 's,^here/,,'; echo --; } >>expected
}

ask "mminit " ''
ask "mminit help " help ''
ask "mminit completion " completion ''
for command in $commands; do
	ask "mminit $command --" "$command" --
	while read -r option argument; do
		[ -n "$argument" ] || continue
		word=''
		[[ $argument != *FILE* ]] || word=here/
		ask "mminit $command $option $word" "$command" "$option" "$word"
		ask "mminit $command $option=$word" "$command" "$option" = "$word"
	done < <(options_of "$command")
done
ask "mminit import -o here/" import --output here/
ask "mminit import -ohere/" import --output here/
ask "mminit show --as zone" show --as zone
ask "mminit show --as none" show --as none
ask "mminit run here/" run here/
ask "mminit run --json here/" run here/

printf '%s\n' "${lines[@]}" | timeout 300 zsh -f "$here/complete.zsh" scripts/_mminit >got || fail "zsh: $?"
[ "$(grep -cx -- -- got)" = "${#lines[@]}" ] || fail "expected ${#lines[@]} answers, got: $(cat got)"
# What stands between one "--" and the next, sorted.
answer() {
	awk -v n="$1" '$0 == "--" { i++; next } i == n' "$2" | sort -u
}
[ "${#lines[@]}" -ge 100 ] || fail "expected a hundred lines at least, not ${#lines[@]}"
for i in "${!lines[@]}"; do
	diff <(answer "$i" expected) <(answer "$i" got) >differs ||
		fail "'${lines[i]}': $(cat differs)"
done
finish

# SPDX-License-Identifier: MIT
# What completion offers in bash, in a folder with one file.  Sourced by bash, after checks.bash.
cd "$work_dir" || exit 1
mkdir here && touch here/boot.log
source <("$MMINIT" completion bash)

# offered WORD...: what completes the last of the words after "mminit", sorted, a word a line.
offered() {
	COMP_WORDS=(mminit "$@")
	COMP_CWORD=$#
	_mminit
	printf '%s\n' "${COMPREPLY[@]}" | sed '/^$/d' | sort
}

# The options of a command's help: "--name" or "--name ARGUMENT" a line.
options_of() {
	"$MMINIT" help "$1" | sed -nE '/^Options:/,$s/^  (-.,|   ) (--[a-z-]+)( [A-Z][^ ]*)?( .*)?$/\2\3/p'
}

commands=$("$MMINIT" help | sed -nE 's/^  mminit ([a-z]+) .*/\1/p')

#!/usr/bin/env zsh
# SPDX-License-Identifier: MIT
# What zsh completes: reads command lines, prints for each of them the words that are offered at its
# end, a word a line, and then a line "--".
#
#   zsh -f complete.zsh SCRIPT <LINES
#
# SCRIPT is the completion script.  Completion works in interactive shells only: one is started at a
# terminal of its own, which completes all lines as soon as it could be typed at.
emulate -R zsh
zmodload zsh/zpty || exit 1
export completion_script=${1:a} completion_work=$(mktemp -d) TERM=dumb
[[ -d $completion_work ]] || exit 1
cat >$completion_work/lines

cat >$completion_work/.zshrc <<-'END'
	autoload -Uz compinit && compinit -D -u
	source $completion_script

	# Offers what it is told to, and notes it.
	compadd() {
		local -a noted
		# With one of these it fills an array and offers nothing.
		if [[ -z ${(M)@[1,(i)(-|--)]:#-[a-zA-Z]#[OAD]*} ]]; then
			builtin compadd -O noted "$@"
			print -rl -- $noted >>$completion_work/noted
		fi
		builtin compadd "$@"
	}

	offer() {
		_main_complete
		compstate[insert]= compstate[list]=
	}
	zle -C offer complete-word offer

	zle-line-init() {
		local line
		for line in "${(@f)$(<$completion_work/lines)}"; do
			: >$completion_work/noted
			BUFFER=$line
			CURSOR=$#BUFFER
			zle offer
			sed '/^$/d' $completion_work/noted
			print -r -- --
		done >>$completion_work/offered
		exit
	}
	zle -N zle-line-init
END

export ZDOTDIR=$completion_work
zpty terminal "zsh -d -i"
while zpty -r terminal output; do
	said+=$output
done
zpty -d terminal
if ! cat $completion_work/offered; then
	print -r -- "nothing was offered: $said" >&2
	rm -rf $completion_work
	exit 1
fi
rm -rf $completion_work

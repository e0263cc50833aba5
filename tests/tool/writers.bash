# SPDX-License-Identifier: MIT
# The options that write a file, for scripts that try them all.  Sourced by bash, after checks.bash.

# What stands before the option so that it writes a file; one.json is there.
declare -A writers=(
	[run --trace]="64M"
	[stress --trace]="64M --operations 100"
	[verify --save-schedule]="4M+4M,start=4G --inject torn-pageblock --seed 1"
	[import --output]="64M"
	[report --output]="one.json"
)

# each_writer FUNCTION: calls FUNCTION COMMAND OPTION ARGUMENT... for every option whose words in the
# help say that it writes a file.
each_writer() {
	local command option met=0
	[ -e one.json ] || "$MMINIT" run 64M --json >one.json || fail "run"
	for command in $("$MMINIT" help | sed -n 's/^  mminit \([a-z]*\) .*/\1/p'); do
		for option in $("$MMINIT" help "$command" |
			sed -n 's/^ .* --\([a-z-]*\) FILE .*write.*/--\1/p'); do
			if [ -z "${writers[$command $option]+given}" ]; then
				fail "$command $option: writes a file and is not tried here"
				continue
			fi
			met=$((met + 1))
			"$1" "$command" "$option" ${writers[$command $option]}
		done
	done
	[ "$met" = "${#writers[@]}" ] || fail "met $met in the help, expected all of ${!writers[*]}"
}

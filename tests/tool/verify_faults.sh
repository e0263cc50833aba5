#!/bin/bash
# SPDX-License-Identifier: MIT
# native only: hundreds of runs take long under emulation; same_everywhere.sh commits some faults there.
# Every fault that can be injected is seen by `verify`: it exits 4, breaks what it is said to break,
# and names the first PFN, its block, the chunk and the command that shows it again; which does.
source "$(dirname "$0")/checks.bash"
boot=$MMINIT_SOURCE_DIR/tests/linux/section-shared.log

"$MMINIT" verify --list-faults >"$work_dir/faults" || fail "--list-faults: exit code $?"
for needed in chunk-border early-free skip-range double-range wrong-zone; do
	grep -q "^$needed " "$work_dir/faults" || fail "$needed: not in the list of faults"
done

# in_some_schedules NAME NUMBER...: one of the invariants is seen broken, by a schedule that is short,
# is saved, shows it again, and is right without the fault.
in_some_schedules() {
	local fault=$1 schedule=$work_dir/schedule broken
	shift
	run_tool verify 4M+4M,start=4G,reserved=64K@4098M --inject "$fault" --save-schedule "$schedule"
	[ "$code" = 4 ] || { fail "$fault: exit code $code: $err"; return; }
	broken=$(sed -n 's/^broken *invariant \([0-9]*\):.*/\1/p' <<<"$out")
	[ -z "$broken" ] && grep -q '^broken *no end after' <<<"$out" && broken=never
	case " $* " in
	*" $broken "*) ;;
	*) fail "$fault: expected one of invariants $* to be broken, not $broken" ;;
	esac
	run_tool verify --schedule "$schedule"
	[ "$code" = 4 ] && grep -Eq "^broken *(invariant $broken:|no end after)" <<<"$out" ||
		fail "$fault: its schedule shows nothing: $code: $out"
	sed -i '/^fault /d' "$schedule"
	run_tool verify --schedule "$schedule"
	[ "$code" = 0 ] || fail "$fault: its schedule without it: $code: $out"
}

# fails NAME: whichever call of that kind fails, the failure is reported or made good, and nothing is
# left; and after the last of them there is none.
fails() {
	local n=0
	for ((; n < 200; n++)); do
		run_tool verify 2n:256M --inject "$1:$n"
		case $code in
		0) grep -q '^made good' <<<"$out" || fail "$1:$n: made good without a word: $out" ;;
		1 | 5) grep -q '^mminit: ' <<<"$err" || fail "$1:$n: no word: $err" ;;
		2) break ;;
		*) fail "$1:$n: exit code $code: $out $err" ;;
		esac
		grep -q 'left behind' <<<"$err" && fail "$1:$n: $err"
	done
	[ "$n" -gt 0 ] && [ "$n" -lt 200 ] || fail "$1: $n calls could fail"
}

# Of a hundred random changes most are caught, and the share is said; the same seed, the same share.
run_tool verify 4M+4M,start=4G --inject random:100 --seed 3
[ "$code" = 4 ] && caught=$(sed -n 's/^changes   100, .*: caught \([0-9]*\) .*/\1/p' <<<"$out") &&
	[ "${caught:-0}" -ge 50 ] || fail "random: $code: $out $err"
first=$out
run_tool verify 4M+4M,start=4G --inject random:100 --seed 3
[ "$out" = "$first" ] || fail "random: the same seed gives $out, and gave $first"

while read -r fault text; do
	[ "$fault" = random ] && continue
	case $text in
	*"; reported or made good")
		fails "$fault"
		continue ;;
	*", in some schedules")
		numbers=${text##*; breaks }
		in_some_schedules "$fault" ${numbers%, in*}
		continue ;;
	esac
	run_tool verify "$boot" --inject "$fault"
	[ "$code" = 4 ] || { fail "$fault: exit code $code: $err"; continue; }
	broken=$(sed -n 's/^verify.*BROKEN:\([0-9 ]*\).*/\1/p' <<<"$out")
	for number in ${text##*; breaks}; do
		case " $broken " in
		*" $number "*) ;;
		*) fail "$fault: expected invariant $number to be broken, not only: $broken" ;;
		esac
	done
	grep -Eq 'first at PFN 0x[0-9a-f]+, in the block at 0x[0-9a-f]+, (chunk|in no chunk)' <<<"$out" ||
		fail "$fault: no place is named: $out"
	again=$(sed -n 's/^again *//p' <<<"$out")
	timeout 60 $again >"$work_dir/again" 2>&1
	[ $? = 4 ] || fail "$fault: does not show again: $again: $(cat "$work_dir/again")"
done <"$work_dir/faults"

# Many borders leave no room for reserved memory in the part that is explored first.
run_tool verify 2n:6G,interleave=1156M,reserved=2M@6G,arch=arm64-4k --inject kept-lost
[ "$code" = 4 ] && grep -q '^broken *invariant 6:' <<<"$out" || fail "kept-lost behind borders: $code: $out $err"

# A schedule that is none is refused with its line.
printf 'mminit schedule 2\nprogram x\n' >"$work_dir/bad"
expect "a bad schedule" 3 "bad:2:1: \"program x\": expected" verify --schedule "$work_dir/bad"
printf 'mminit schedule 1\nprogram x\n' >"$work_dir/old"
expect "a schedule of an older version" 3 'old:1:1: "mminit schedule 1": expected "mminit schedule 2"' \
	verify --schedule "$work_dir/old"
expect "two faults" 2 "--inject: expected without --schedule" verify --schedule "$work_dir/bad" --inject peek

# What cannot strike says so at once, and why.
expect "no two zones" 2 'no place where it could strike: torn-pageblock$' \
	verify 64M,start=4G --inject torn-pageblock
expect "no pageblock of one zone" 2 'no place where it could strike: torn-pageblock$' \
	verify 2n:64M,start=4G,interleave=1M --inject torn-pageblock

# Where two zones can lose each other's updates, they do: beside much other memory of theirs, in a word
# that is larger than the sections of the explored part, and where half a pageblock is free.
for machine in "$MMINIT_SOURCE_DIR/tests/linux/arm64-two-nodes.log" 2n:2G 4n:512M,interleave=2M,start=4G; do
	run_tool verify "$machine" --inject torn-pageblock
	[ "$code" = 4 ] && grep -q '^broken *invariant [78]:' <<<"$out" ||
		fail "$machine, torn-pageblock: $code: $out $err"
done
expect "no step to spoil" 2 'no place where .*: algorithm linux-6.1 has no step' \
	verify 64M --inject double-range --strategy linux-6.1

# The same seed strikes the same place.
for i in 1 2; do
	run_tool verify "$boot" --inject free-lost --seed 11
	# Which worker came to it is up to the system.
	grep -o 'first at PFN 0x[0-9a-f]*' <<<"$out" >"$work_dir/place$i"
done
cmp -s "$work_dir/place1" "$work_dir/place2" || fail "seed 11 struck two places"
[ -s "$work_dir/place1" ] || fail "seed 11 struck no place"

# What the plain core sees from the end state, run says too.
run_tool run "$boot" --inject skip-range --quiet
[ "$code" = 4 ] && grep -q '^broken ' <<<"$out" || fail "run --inject: $code: $out $err"

# Without the checked binary beside it there is no verdict, and the message says so.
cp "$MMINIT" "$work_dir/mminit"
timeout 60 "$work_dir/mminit" verify "$boot" >"$work_dir/out" 2>"$work_dir/err"
[ $? = 1 ] && grep -q "$work_dir/mminit-checked: .*expected the checked core" "$work_dir/err" ||
	fail "no checked binary: $(cat "$work_dir/err")"
finish

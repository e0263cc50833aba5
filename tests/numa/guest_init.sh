#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
# /init of the guests that vm.sh starts: tells what nodes there are, runs the tests and mminit under
# every variant of /variants, prints what came of each, and powers off.
#
#   ==NODE nid cpus pages distances
#   ==TEST name exit-code             what it printed follows
#   ==RUN variant exit-code
#   ==JSON, ==STDERR, ==WITNESS       what that run printed, and what the witness saw
#   ==DONE
#
# A line of /variants: NAME|COMMAND IN FRONT|OPTIONS OF mminit run
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
# Kernel messages would fall into the middle of what is printed here.
dmesg -n 1

# The console holds back what is printed; a change of its settings waits until all is out.
drain() {
	stty -echo </dev/console
}

print_nodes() {
	local dir cpus pages distances
	for dir in /sys/devices/system/node/node[0-9]*; do
		cpus=$(cat "$dir/cpulist")
		pages=$(awk '/MemTotal/ {print $4 / 4}' "$dir/meminfo")
		distances=$(tr ' ' , <"$dir/distance")
		echo "==NODE ${dir##*/node} ${cpus:-none} $pages $distances"
	done
}

run_test() {
	local status=0
	"$1" >/tmp/out 2>&1 </dev/null || status=$?
	echo "==TEST ${1##*/} $status"
	cat /tmp/out
}

# run_variant NAME COMMAND OPTIONS
run_variant() {
	local status=0
	: >/tmp/witness
	# shellcheck disable=SC2086 # lists of words
	$2 env MMINIT_WITNESS=/tmp/witness LD_PRELOAD="$preload" mminit run $3 --json \
		>/tmp/json 2>/tmp/stderr </dev/null || status=$?
	echo "==RUN $1 $status"
	echo "==JSON"
	cat /tmp/json
	echo "==STDERR"
	cat /tmp/stderr
	echo "==WITNESS"
	cat /tmp/witness
}

preload=/lib/witness.so
export OMP_WAIT_POLICY=passive ASAN_OPTIONS=verify_asan_link_order=0
print_nodes
for test in /tests/*; do
	[ ! -x "$test" ] || run_test "$test"
done
while IFS='|' read -r name command options; do
	run_variant "$name" "$command" "$options"
done </variants
echo "==DONE"
drain
poweroff -f

#!/bin/bash
# SPDX-License-Identifier: MIT
# Every kind of file that describes a machine: what is read from it, and what is refused.
source "$(dirname "$0")/checks.bash"

# machine FILE: the ranges of memory and of reservations, nodes, CPUs and distances, without origin.
machine() {
	run_tool import "$1" --anonymize
	[ "$code" = 0 ] || fail "$1: exit code $code: $err"
	grep -E "^(memory|reserved|persistent|window|node|cpus|distance|memory-block) ?" <<<"$out"
}

# is NAME FILE LINE...: the machine has each of these lines; "! LINE": and not this one.
is() {
	local name=$1 file=$2 got line
	shift 2
	got=$(machine "$file")
	for line; do
		if [[ $line == "! "* ]]; then
			grep -qxF "${line#! }" <<<"$got" && fail "$name: \"${line#! }\" in: $got"
		else
			grep -qxF "$line" <<<"$got" || fail "$name: no \"$line\" in: $got"
		fi
	done
}

cat >"$work_dir/iomem" <<'END'
00000000-00000fff : Reserved
00001000-0009fbff : System RAM
00100000-7fffffff : System RAM
  01000000-01ffffff : Kernel code
100000000-17fffffff : System RAM
180000000-1bfffffff : Soft Reserved
END
is "/proc/iomem" "$work_dir/iomem" "memory 0x1000-0x9f000 node 0" "memory 0x100000000-0x180000000 node 0" \
	"reserved 0x1000000-0x2000000" "persistent 0x180000000-0x1c0000000"
printf '00000000-00000000 : System RAM\n  00000000-00000000 : Kernel code\n' >"$work_dir/hidden"
expect "an unprivileged copy of /proc/iomem" 3 'hidden:1:1: .*root' import "$work_dir/hidden"

cat >"$work_dir/zoneinfo" <<'END'
Node 0, zone      DMA
        spanned  4095
        present  3998
        managed  3840
  start_pfn:           1
Node 1, zone   Normal
        spanned  262144
        present  262144
        managed  250000
  start_pfn:           1048576
END
is "/proc/zoneinfo" "$work_dir/zoneinfo" "memory 0x1000-0xf9f000 node 0" \
	"memory 0x100000000-0x140000000 node 1"

printf '%s\n' /sys/firmware/memmap/0/end:0x9fbff /sys/firmware/memmap/0/start:0x0 \
	'/sys/firmware/memmap/0/type:System RAM' /sys/firmware/memmap/1/end:0xfffff \
	/sys/firmware/memmap/1/start:0xf0000 /sys/firmware/memmap/1/type:Reserved \
	/sys/firmware/memmap/2/end:0x3fffffff /sys/firmware/memmap/2/start:0x100000 \
	'/sys/firmware/memmap/2/type:System RAM' >"$work_dir/firmware"
is "/sys/firmware/memmap" "$work_dir/firmware" "memory 0x1000-0x9f000 node 0" \
	"memory 0x100000-0x40000000 node 0"
printf '/sys/firmware/memmap/0/start:0x0\nmemmap/x\n' >"$work_dir/firmware"
expect "a broken line of the firmware's table" 3 'firmware:2:[0-9]*: .*memmap/0/start' import "$work_dir/firmware"

printf '   0: 0x0000000000001000..0x000000000009efff\n   1: 0x0000000000100000..0x000000003fffffff\n' \
	>"$work_dir/memblock"
is "memblock in debugfs" "$work_dir/memblock" "memory 0x1000-0x9f000 node 0" \
	"memory 0x100000-0x40000000 node 0"
printf '   0: 0x1000..0x9efff\n   1: 0x100000\n' >"$work_dir/memblock"
expect "half a range of memblock" 3 'memblock:2:[0-9]*: .*0x1000..0x9efff' import "$work_dir/memblock"

cat >"$work_dir/lsmem" <<'END'
{
   "memory": [
      {"range":"0x0000000000000000-0x000000003fffffff", "size":"1G", "state":"online", "removable":true, "block":"0-7", "node":0},
      {"range":"0x0000000100000000-0x000000013fffffff", "size":"1G", "state":"online", "removable":true, "block":"32-39", "node":1},
      {"range":"0x0000000140000000-0x000000017fffffff", "size":"1G", "state":"offline", "removable":null, "block":"40-47", "node":1}
   ]
}
END
is "lsmem --json" "$work_dir/lsmem" "memory 0x0-0x40000000 node 0" \
	"memory 0x100000000-0x140000000 node 1" "window 0x140000000-0x180000000 node 1" \
	"memory-block 0x8000000"
sed 's/"range":"0x0000000100000000-/"range":"/' "$work_dir/lsmem" >"$work_dir/lsmem2"
expect "a range of lsmem without its start" 3 'entry 1 of "memory"' import "$work_dir/lsmem2"
head -3 "$work_dir/lsmem" >"$work_dir/lsmem3"
expect "half of lsmem's output" 3 'lsmem3:[0-9]*: lsmem' import "$work_dir/lsmem3"

# A device tree, whole and cut.
if ! command -v dtc >/dev/null; then
	echo "dtc is not there: package device-tree-compiler"
	exit 77
fi
dtc -q -I dts -O dtb -o "$work_dir/tree.dtb" "$MMINIT_SOURCE_DIR/tests/input/virt-two-nodes.dts"
is "a device tree" "$work_dir/tree.dtb" "memory 0x40000000-0x80000000 node 0" \
	"memory 0x80000000-0xc0000000 node 1" "memory 0x100000000-0x120000000 node 1" \
	"reserved 0x40000000-0x40010000" "reserved 0x50000000-0x50200000" "cpus 0-0 node 0" \
	"cpus 1-2 node 1" "distance 10 32" "distance 32 10"
head -c 300 "$work_dir/tree.dtb" >"$work_dir/cut.dtb"
expect "half a device tree" 3 'cut.dtb: .*damaged' import "$work_dir/cut.dtb"

# The tree, changed by a sed script: whole as a tree, and something in it is not to be believed.
changed_tree() {
	sed "$1" "$MMINIT_SOURCE_DIR/tests/input/virt-two-nodes.dts" |
		dtc -q -f -I dts -O dtb -o "$work_dir/changed.dtb" - 2>/dev/null
}
# no_tree NAME SCRIPT PATTERN
no_tree() {
	changed_tree "$2"
	expect "a device tree: $1" 3 "changed.dtb: device tree: $3 expected" import "$work_dir/changed.dtb"
}
no_tree "node 1024" 's/numa-node-id = <1>/numa-node-id = <1024>/' \
	'/memory@80000000: numa-node-id, a number below 1024,'
no_tree "a node of two cells" 's/numa-node-id = <1>/numa-node-id = <0 1>/' \
	'/memory@80000000: numa-node-id, a number below 1024,'
no_tree "addresses of three cells" '5,7s/#address-cells = <2>/#address-cells = <3>/' \
	'/: #address-cells and #size-cells of 1 or 2'
no_tree "half a range" 's/ 0x0 0x20000000>/ 0x0>/' '/memory@80000000: whole ranges in "reg"'
no_tree "a range past the end" 's/<0x1 0x0 0x0 0x20000000>/<0xffffffff 0xf0000000 0x0 0x20000000>/' \
	'/memory@80000000: ranges below 2\^64'
no_tree "a reservation past the end" 's/^.memreserve. .*/\/memreserve\/ 0xffffffffffff0000 0x20000;/' \
	'/: reservations below 2\^64'
no_tree "half a distance" 's/<1 1 10>/<1 1>/' '/distance-map: distance-matrix of whole triples'
no_tree "distance 255" 's/<0 1 32>/<0 1 255>/' '/distance-map: nodes below 1024 and distances below 255'
no_tree "distances of node 1024" 's/<0 1 32>/<0 1024 32>/' \
	'/distance-map: nodes below 1024 and distances below 255'
no_tree "no memory" 's/device_type = "memory"/device_type = "storage"/' \
	'/: a node with device_type "memory" and "reg"'
changed_tree 's/device_type = "cpu"/device_type = "core"/; s/^.*memory@80000000.*/&\n\t\thotpluggable;/'
is "a device tree without CPUs" "$work_dir/changed.dtb" "cpus 0-0 node 0" \
	"memory 0x80000000-0xc0000000 node 1 hotplug"
run_tool plan "$work_dir/changed.dtb" --json
[[ $out$err == *"CPUs unknown: one assumed on node 0"* ]] || fail "no word of the CPU: $out $err"
changed_tree '/distance-map/,/};/d'
is "a device tree without distances" "$work_dir/changed.dtb" "cpus 0-0 node 0" "! distance 10 32"

# What import writes is read again as the same machine, by every command; comments are allowed.
origin='del(.machine.name, .machine.format, .machine.sources, .machine.notes)'
for file in "$MMINIT_SOURCE_DIR"/tests/linux/{hotplug-movable,arm64-two-nodes,ppc64el-two-nodes,fake-nodes,v72-kernelcore}.log \
	"$MMINIT_SOURCE_DIR"/tests/shapes/*.log "$MMINIT_SOURCE_DIR"/tests/shapes/*.shape; do
	run_tool import "$file" -o "$work_dir/copy.machine"
	[ "$code" = 0 ] || fail "import $file: $code: $err"
	sed -i '3i\\n   # a comment\n' "$work_dir/copy.machine"
	diff <("$MMINIT" show "$file" --as json 2>/dev/null | jq -S "$origin") \
		<("$MMINIT" show "$work_dir/copy.machine" --as json 2>/dev/null | jq -S "$origin") >/dev/null ||
		fail "$file: its copy is another machine"
done
run_tool import "$MMINIT_SOURCE_DIR/tests/linux/holes.log"
grep -q '^# from .*holes.log: boot log' <<<"$out" || fail "import does not say where from: $out"
run_tool import "$MMINIT_SOURCE_DIR/tests/linux/holes.log" --anonymize
grep -q 'holes\|#' <<<"$out" && fail "--anonymize leaves where it was read: $out"

# Each thing that can be wrong in such a file is refused where it stands.
while IFS='|' read -r place expected line; do
	printf 'mminit-machine 1\narch x86_64\nmemory 0x0-0x40000000 node 0\n%s\n' "$line" >"$work_dir/bad.machine"
	expect "$line" 3 "bad.machine:$place: .*$expected" import "$work_dir/bad.machine"
done <<'END'
4:19|an end above the start|memory 0x50000000-0x4ffff000 node 0
4:30|"node" and its number|memory 0x50000000-0x50010000 nod 0
4:21|the end of the line|reserved 0x0-0x1000 x
4:1|arch, linux, zone|memry 0x0-0x1000
4:6|x86_64, arm64-4k|arch arm
4:7|4.13, 5.16|linux 2.6
4:6|the CPU that follows|cpus 2-3 node 0
4:10|CPUs of the lines before|siblings 0-1
4:10|a line "distances"|distance 10 20
4:14|"p", or "%"|kernelcore 12
4:6|DMA, DMA32|zone Dma end 0x1000
END
printf 'mminit-machine 2\n' >"$work_dir/bad.machine"
expect "another version" 3 'bad.machine:1:16: .*version 1' import "$work_dir/bad.machine"

# Distances of numactl -H beside another file; nodes that it leaves out keep theirs.
cat >"$work_dir/numactl" <<'END'
available: 2 nodes (0-1)
node 0 cpus: 0 1
node 0 size: 64215 MB
node 1 cpus: 2 3
node 1 size: 64507 MB
node distances:
node   0   1
  0:  10  31
  1:  31  10
END
run_tool import 3n:1G --distances "$work_dir/numactl" --anonymize
grep -qx 'distance 10 31 20' <<<"$out" && grep -qx 'distance 20 20 10' <<<"$out" ||
	fail "distances of numactl: $out"
sed -i 's/^node   0   1/node   0   7/' "$work_dir/numactl"
expect "distances of a node that is not there" 3 'numactl:7:[0-9]*: .*nodes of the machine' \
	import 2n:1G --distances "$work_dir/numactl"
finish

#!/bin/bash
# SPDX-License-Identifier: MIT
# native only: what threads do at their own pace under emulation is no other processor's.
# mminit stress --hotplug from outside: scripts from a file and from standard input, random steps
# that a seed repeats, what is counted, and what is refused at which place.
source "$(dirname "$0")/checks.bash"
cd "$work_dir" || exit 1

# Blocks of 128 MiB: 8 to 15 are ZONE_MOVABLE; 64 to 71 can be added.
machine=2G,movablecore=1G,hotplug=1G@8G/0
cat >steps <<'STEPS'
# what a captured boot does, and what can be added
offline:12-13; online_movable:12-13
add:64-67
online_movable:64-65	# twice as much
online_kernel:64	# it is online: refused
offline:64-65; remove:64-67
rebuild
again:2
STEPS

# counts FILE: "word:done/busy/no_memory/refused" of every word that came to something.
counts() {
	python3 - "$1" <<'PYTHON'
import json, sys
d = json.load(open(sys.argv[1]))
assert d["good"] and d["broken"] is None, d["broken"]
h = d["hotplug"]
print(h["steps"], " ".join(f'{w}:{c["done"]}/{c["busy"]}/{c["no_memory"]}/{c["refused"]}'
                           for w, c in h["blocks"].items() if any(c.values())))
PYTHON
}

# Who allocates keeps to block 0, and is not in the way.
apart="--gfp dma --orders 0-3"
expected="script online_kernel:0/0/0/3 online_movable:12/0/0/0 offline:12/0/0/0 add:12/0/0/0 remove:12/0/0/0 rebuild:3/0/0/0"
for program in "$MMINIT" "$MMINIT_CHECKED"; do
	"$program" stress $machine $apart --threads 3 --operations 20000 --hotplug steps --json >out ||
		fail "script: exit $?"
	[ "$(counts out)" = "$expected" ] || fail "script: $(counts out)"
done
"$MMINIT" stress $machine $apart --operations 1000 --hotplug - --json <steps >out ||
	fail "stdin: exit $?"
[ "$(counts out)" = "$expected" ] || fail "stdin: $(counts out)"

# What came of each block, the first time, in sysfs's words.
printf 'offline:12\nonline_kernel:13; offline:0\nadd:64; remove:64; rebuild; again:3\n' >steps
"$MMINIT" stress $machine $apart --operations 1000 --hotplug steps --verbose >out || fail "verbose: $?"
diff - <(grep '^step ' out) <<'STEPS' || fail "verbose: the steps differ"
step       offline memory12: ok; offline, Movable Normal
step       online_kernel memory13: failed, memory block 13 is online already; online, Movable
step       offline memory0: failed, memory block 0: not all of it is memory of one zone; online, none
step       add memory64: ok; offline, Normal Movable
step       remove memory64: ok
step       rebuild: ok
STEPS
"$MMINIT" stress $machine $apart --operations 1000 --hotplug steps --verbose --quiet >out
[ ! -s out ] || fail "quiet: $(head -1 out)"

# What no node's window holds, and no node's memory was, is said to be so.
printf 'add:63-64; add:1099511627775; add:63/1\n' >steps
"$MMINIT" stress $machine $apart --operations 1000 --hotplug steps --verbose >out || fail "nowhere: $?"
diff - <(grep '^step ' out) <<'STEPS' || fail "nowhere: the steps differ"
step       add memory63: failed, memory block 63: in no hotplug window, nor memory at boot
step       add memory64: ok; offline, Normal Movable
step       add memory1099511627775: failed, memory block 1099511627775: in no hotplug window, nor memory at boot
step       add memory63: failed, node 1: the machine has none
STEPS

# A block of boot memory comes back to the node that it was of, without being told.
"$MMINIT" stress 2n:1G $apart --operations 1000 --json \
	--hotplug <(echo 'offline:12; remove:12; add:12; online:12; offline:12; remove:12; add:12/0') \
	>out || fail "boot memory: exit $?"
[ "$(counts out)" = "script online:1/0/0/0 offline:2/0/0/0 add:1/0/0/1 remove:2/0/0/0" ] ||
	fail "boot memory: $(counts out)"

# what_came GFP CONDITION: two seconds under pressure, in which four blocks go and come all the time;
# of `busy` and `done` (blocks that were to go offline) and `moved` (pages) CONDITION must hold.
what_came() {
	"$MMINIT" stress 1G --gfp "$1" --pattern random --orders 0-3 --threads 2 --seconds 2 \
		--hotplug <(echo 'offline:4-7; online:4-7; again:1000000') --json >out ||
		fail "$1: exit $?"
	python3 - out "$2" <<'PYTHON' || fail "$1: expected $2: $(grep -A40 '"hotplug"' out)"
import json, sys
h = json.load(open(sys.argv[1]))["hotplug"]
offline = h["blocks"]["offline"]
assert eval(sys.argv[2], {"busy": offline["busy"], "done": offline["done"], "moved": h["moved_pages"]})
PYTHON
}
what_came kernel "busy > 0 and moved == 0"
what_came movable "done > 0 and moved > 0"

# Random steps are the same for the same seed, where nothing that is allocated is in their way.
random() {
	"$MMINIT" stress $machine $apart --operations 1000 --hotplug random --steps 40 \
		--seed "$1" --json >out || fail "random: exit $?"
	counts out
}
first=$(random 1)
case $first in random\ *add:*) ;; *) fail "random: $first" ;; esac
[ "$first" = "$(random 1)" ] || fail "a seed does not repeat the steps"
[ "$first" != "$(random 2)" ] || fail "the seed does not matter"

# Without it there is nothing to say.
"$MMINIT" stress 256M --operations 10 --json >out
grep -q '"hotplug": null' out || fail "hotplug is not null: $(cat out)"

printf 'offline:1\nonlin:1\n' >bad
expect "a bad word" 3 'bad:2:1: "onlin:1": online, online_kernel' stress 256M --hotplug bad
truncate -s 257M large
expect "a large file" 3 '^large: larger than 256 MiB: expected a smaller file' stress 256M --hotplug large
rm large
expect "no such file" 3 'no-such-file' stress 256M --hotplug no-such-file
expect "beside workers" 2 '--hotplug: expected --init before' \
	stress 256M --init beside --hotplug random
expect "two from standard input" 2 '--hotplug -: expected a file' stress - --hotplug -
expect "no steps" 2 '--steps 0: expected a number' stress 256M --hotplug random --steps 0
expect "steps of a script" 2 '--steps: expected --hotplug random' stress 256M --hotplug steps --steps 5
expect "steps of nothing" 2 '--steps: expected --hotplug random' stress 256M --steps 5
finish

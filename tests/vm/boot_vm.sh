#!/bin/bash
# SPDX-License-Identifier: MIT
# Boots a virtual machine of QEMU and writes what its serial console prints to a file.  The guest
# must print "==DONE" and power off; everything else is an error, with the end of the log.
#
#   boot_vm.sh KERNEL INITRD APPEND LOG [QEMU OPTION]...
#
# MMINIT_VM_TIMEOUT: seconds that a guest may take, default 600 (all is emulated).
set -euo pipefail
source "$(dirname "$(readlink -f "$0")")/common.sh"
[ $# -ge 4 ] || fail "usage: boot_vm.sh KERNEL INITRD APPEND LOG [QEMU OPTION]..."
kernel=$1
initrd=$2
append=$3
log=$4
shift 4
timeout_s=${MMINIT_VM_TIMEOUT:-600}
need qemu-system-x86_64 qemu-system-x86

give_up() {
	say "$*; the end of its console:"
	tail -n 20 "$log" >&2
	exit 1
}

# -cpu max has 5-level paging, as the kernel expects of a big machine; options may say otherwise.
status=0
timeout -k 10 "$timeout_s" qemu-system-x86_64 -accel tcg -cpu max "$@" \
	-kernel "$kernel" -initrd "$initrd" -append "$append" \
	-nic none -display none -monitor none -serial "file:$log.raw" -no-reboot </dev/null >&2 ||
	status=$?
# A serial line ends its lines with CR LF.
tr -d '\r' <"$log.raw" >"$log"
rm -f "$log.raw"
case $status in
0) ;;
124 | 137) give_up "the guest did not end within $timeout_s seconds" ;;
*) give_up "the emulator failed (exit $status)" ;;
esac
grep -qx '==DONE' "$log" || give_up "the guest ended before it was done"

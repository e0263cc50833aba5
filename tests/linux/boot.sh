#!/bin/bash
# SPDX-License-Identifier: MIT
# Boots a real Linux kernel on an emulated machine, prints what it says of its memory (the format of
# the captured boots beside this script) and holds mminit against it: `mminit replay`.
#
#   boot.sh [OPTION]... SHAPE                    a machine of the shape grammar
#   boot.sh [OPTION]... --qemu 'OPTIONS'         a machine as options of qemu-system-x86_64
#
#   --append 'PARAMETERS'   more parameters of the kernel
#   --emulator 'OPTIONS'    more options of the emulator
#   --steps STEPS           states to write to memory blocks, as in guest_init.sh
#   --kernel PACKAGE|FILE   a Debian kernel package or an image; default: Debian's current kernel
#   --log FILE              keep the log there
#   --log-only              print the log, do not replay it
#
# Of a shape, nodes, sizes, CPUs, distances and holes are what `mminit show --as qemu` makes of them;
# reservations, persistent and movable memory become kernel parameters here.
# MMINIT names the tool, default: mminit.
# The exit code is that of the replay; 77: this machine cannot boot guests.
set -euo pipefail
linux_dir=$(dirname "$(readlink -f "$0")")
vm_dir=$linux_dir/../vm
source "$vm_dir/common.sh"
mminit=${MMINIT:-mminit}

usage() {
	sed -n '/^#   boot.sh/,/^# The exit/p' "$0" | sed 's/^# \{0,1\}//' >&2
	exit 2
}

shape='' qemu='' append='' emulator='' steps='' kernel='' log='' log_only=no
while [ $# -gt 0 ]; do
	case $1 in
	--qemu | --append | --emulator | --steps | --kernel | --log)
		[ $# -ge 2 ] || usage
		declare "${1#--}=$2"
		shift
		;;
	--log-only) log_only=yes ;;
	-*) usage ;;
	*)
		[ -z "$shape" ] || usage
		shape=$1
		;;
	esac
	shift
done
if [ -n "$shape" ]; then
	[ -z "$qemu" ] || usage
else
	[ -n "$qemu" ] || usage
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# memmap_parameter SIZE@ADDRESS SIGN: the kernel's memmap=, which tells by the sign what a range is.
memmap_parameter() {
	echo " memmap=${1%@*}$2${1#*@}"
}

# split_shape: takes out of $shape what the kernel is told by parameters, and into $parameters.
split_shape() {
	local word words machine=''
	IFS=, read -r -a words <<<"$shape"
	for word in "${words[@]}"; do
		case $word in
		reserved=*@*) parameters+=$(memmap_parameter "${word#*=}" '$') ;;
		persistent=*@*) parameters+=$(memmap_parameter "${word#*=}" '!') ;;
		kernelcore=* | movablecore=*) parameters+=" $word" ;;
		*) machine+=,$word ;;
		esac
	done
	shape=${machine#,}
}

make_initrd() {
	"${CC:-cc}" -std=c11 -O2 -Wall -D_GNU_SOURCE -static "$vm_dir/page_frames.c" \
		-o "$scratch/page_frames"
	"$vm_dir/make_initrd.sh" "$scratch/initrd" "$linux_dir/guest_init.sh" \
		"$scratch/page_frames=bin/page_frames"
}

# kernel_image: the image in $kernel, or that of the package it names.
kernel_image() {
	if [ -f "$kernel" ]; then
		echo "$kernel"
	else
		"$vm_dir/fetch_kernel.sh" ${kernel:+"$kernel"}
	fi
}

# split_options OPTIONS: its words, without quotes, into $options; those of -append into $parameters.
# Guests touch little of their memory: none of it has to be there before.
split_options() {
	local text words i
	text=$(xargs printf '%s\n' <<<"$1")
	mapfile -t words <<<"$text"
	for ((i = 0; i < ${#words[@]}; i++)); do
		case ${words[i]} in
		-append) parameters+=" ${words[++i]}" ;;
		memory-backend-ram,*) options+=("${words[i]},reserve=off") ;;
		*) options+=("${words[i]}") ;;
		esac
	done
}

name=${shape:-qemu} parameters='' options=()
if [ -n "$shape" ]; then
	split_shape
	qemu=$("$mminit" show "$shape" --as qemu)
fi
split_options "$qemu $emulator"
append="console=ttyS0 panic=-1 no_timer_check memblock=debug nokaslr$parameters${append:+ $append}"
append+=${steps:+ mminit.steps=$steps}
image=$(kernel_image)
make_initrd
"$vm_dir/boot_vm.sh" "$image" "$scratch/initrd" "$append" "$scratch/console" "${options[@]}"

{
	printf '==SHAPE %s\n==QEMU %s\n==APPEND %s\n' "$name" "${options[*]}" "$append"
	cat "$scratch/console"
} >"$scratch/log"
[ -z "$log" ] || cp "$scratch/log" "$log"
if [ "$log_only" = yes ]; then
	cat "$scratch/log"
else
	"$mminit" replay "$scratch/log"
fi

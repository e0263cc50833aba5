#!/bin/bash
# SPDX-License-Identifier: MIT
# Makes an initrd: a static busybox, an init script, and whatever else a guest is to have.
#
#   make_initrd.sh OUT INIT [FILE=PATH_IN_GUEST]...
#
# A program that is linked dynamically brings its libraries along, at the paths it looks for them.
set -euo pipefail
source "$(dirname "$(readlink -f "$0")")/common.sh"
[ $# -ge 2 ] || fail "usage: make_initrd.sh OUT INIT [FILE=PATH_IN_GUEST]..."
out=$1
init=$2
shift 2
need_file /bin/busybox busybox-static
need cpio cpio

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

# shared_libraries PROGRAM: what it is linked with, and the loader; nothing when it is static.
shared_libraries() {
	local listing
	listing=$(ldd "$1" 2>/dev/null) || return 0
	if grep -q 'not found' <<<"$listing"; then
		fail "$1: $(grep 'not found' <<<"$listing")"
	fi
	sed -n -E 's/^.*=> (\/[^ ]+) .*$/\1/p; s/^[[:space:]]*(\/[^ ]+) \(.*$/\1/p' <<<"$listing"
}

# add FILE PATH
add() {
	[ -r "$1" ] || fail "$1: cannot be read"
	install -D "$1" "$root/$2"
}

mkdir -p "$root"/{bin,dev,proc,sys,tmp}
add /bin/busybox bin/busybox
add "$init" init
for file in "$@"; do
	add "${file%%=*}" "${file#*=}"
	for library in $(shared_libraries "${file%%=*}"); do
		[ -e "$root/$library" ] || add "$library" "$library"
	done
done
(cd "$root" && find . -mindepth 1 | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0) | gzip -1 >"$out"

#!/bin/bash
# SPDX-License-Identifier: MIT
# Prints the path of a Debian kernel's image, fetching and unpacking its package when it is not yet
# there.  Nothing is installed.
#
#   fetch_kernel.sh [PACKAGE]     default: what linux-image-amd64 depends on
#
# MMINIT_VM_CACHE: where packages are kept, default ~/.cache/mminit/vm.
set -euo pipefail
source "$(dirname "$(readlink -f "$0")")/common.sh"
cache_dir=${MMINIT_VM_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/mminit/vm}

current_kernel() {
	apt-cache depends linux-image-amd64 | sed -n 's/^ *Depends: //p' | grep '^linux-image-' |
		head -n 1
}

# kernel_image DIR: the one image that an unpacked package holds.
kernel_image() {
	find "$1/boot" -name 'vmlinuz-*' 2>/dev/null | head -n 1
}

# fetch PACKAGE DIR: unpacks beside, then moves into place, so that a DIR is always whole.
fetch() {
	local package=$1 dir=$2
	scratch=$(mktemp -d "$dir.XXXXXX")
	trap 'rm -rf "$scratch"' EXIT
	say "fetching $package"
	(cd "$scratch" && apt-get -q download "$package" >log 2>&1) || {
		cat "$scratch/log" >&2
		skip "could not fetch the package $package"
	}
	dpkg-deb -x "$scratch/$package"_*.deb "$scratch/package"
	# Modules are most of a package, and guests load none.
	rm -rf "$scratch/package/lib"
	mv -T "$scratch/package" "$dir"
}

need apt-get apt
package=${1-}
[ -n "$package" ] || package=$(current_kernel)
[ -n "$package" ] || skip "apt knows no linux-image-amd64 (apt-get update)"
dir=$cache_dir/$package
mkdir -p "$cache_dir"
[ -d "$dir" ] || fetch "$package" "$dir"
image=$(kernel_image "$dir")
[ -n "$image" ] || fail "$dir holds no kernel image; remove it to fetch it again"
echo "$image"

#!/bin/bash
# SPDX-License-Identifier: MIT
# Prints the path of a Debian kernel's image, fetching and unpacking its package when it is not yet
# there.  Nothing is installed.
#
#   fetch_kernel.sh [PACKAGE]     default: what linux-image-amd64 depends on
#
# MMINIT_VM_CACHE: where packages are kept, default build/vm of this tree.
set -euo pipefail
vm_dir=$(dirname "$(readlink -f "$0")")
source "$vm_dir/common.sh"
cache_dir=${MMINIT_VM_CACHE:-$(readlink -f "$vm_dir/../..")/build/vm}

current_kernel() {
	apt-cache depends linux-image-amd64 | sed -n 's/^ *Depends: //p' | grep '^linux-image-' |
		head -n 1
}

# kernel_image DIR: the one image that an unpacked package holds.
kernel_image() {
	find "$1/boot" -name 'vmlinuz-*' 2>/dev/null | head -n 1
}

# The lists of packages may be older than the packages; only root can renew them.
download() {
	apt-get -q download "$1" && return
	if [ "$(id -u)" = 0 ]; then
		apt-get -q update
	else
		sudo -n apt-get -q update
	fi && apt-get -q download "$1"
}

# fetch PACKAGE DIR: unpacks beside, then moves into place, so that a DIR is always whole.
fetch() {
	local package=$1 dir=$2
	scratch=$(mktemp -d "$dir.XXXXXX")
	trap 'rm -rf "$scratch"' EXIT
	say "fetching $package"
	(cd "$scratch" && download "$package" >log 2>&1) || {
		cat "$scratch/log" >&2
		skip "could not fetch the package $package"
	}
	dpkg-deb -x "$scratch/$package"_*.deb "$scratch/package"
	# Modules are most of a package, and guests load none.
	rm -rf "$scratch/package/lib"
	# Another test may have been faster.
	mv -T "$scratch/package" "$dir" 2>/dev/null || [ -d "$dir" ]
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

#!/bin/bash
# SPDX-License-Identifier: MIT
# cmake/sysroot.sh ARCHITECTURE...: what programs for these Debian architectures are linked with and
# run on, unpacked into build/sysroot-ARCHITECTURE.
#
# Nothing is installed, and root is not needed: apt works on lists and a cache of its own there, with
# the sources of this machine, so neither foreign architectures are added to the machine nor do its
# packages have to stand at the same versions as theirs.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
source cmake/build.sh
list=cmake/packages-sysroot.txt

# apt_of ARCHITECTURE FOLDER ARGUMENTS...: apt-get for this architecture, with its state in FOLDER.
apt_of() {
	local architecture=$1 state=$2
	shift 2
	apt-get -q -o APT::Architecture="$architecture" -o APT::Architectures="$architecture" \
		-o Dir::State="$state" -o Dir::State::status="$state/status" -o Dir::Cache="$state" \
		-o APT::Sandbox::User="$(id -un)" -o Acquire::Languages=none "$@"
}

# fetch_packages ARCHITECTURE FOLDER: the packages, as files in FOLDER/apt.
fetch_packages() {
	local state=$2/apt
	mkdir -p "$state"/{lists,archives}/partial
	touch "$state/status"
	apt_of "$1" "$state" update &&
		(cd "$state" && apt_of "$1" "$state" download $(grep -v '^#' "$OLDPWD/$list"))
}

# unpack_packages FOLDER: with one /lib, as an installed system has it, and links that stay inside.
unpack_packages() {
	local package link
	mkdir -p "$1/usr/lib"
	ln -s usr/lib "$1/lib"
	for package in "$1"/apt/*.deb; do
		dpkg-deb -x "$package" "$1" || return
	done
	find "$1" -type l -lname '/*' | while read -r link; do
		ln -sfr "$1$(readlink "$link")" "$link" || return
	done
	rm -r "$1/apt"
}

# make_sysroot ARCHITECTURE: whole or not at all; again when the list has changed.
make_sysroot() {
	local dir=$PWD/build/sysroot-$1 log
	! cmp -s "$list" "$dir/packages.txt" || return 0
	say "fetching libraries ($1)"
	rm -rf "$dir" "$dir.new"
	mkdir -p "$dir.new"
	log=build/sysroot-$1.log
	if ! { fetch_packages "$1" "$dir.new" && unpack_packages "$dir.new"; } >"$log" 2>&1; then
		cat "$log" >&2
		fail "could not fetch the packages of $list for $1:" \
			"expected sources in /etc/apt that have this architecture, as deb.debian.org has"
	fi
	cp "$list" "$dir.new/packages.txt"
	mv "$dir.new" "$dir"
}

command -v apt-get >/dev/null ||
	fail "not a Debian system: the libraries of other processors come from Debian's packages"
for architecture; do
	make_sysroot "$architecture"
done

#!/bin/sh
# SPDX-License-Identifier: MIT
# Proves that what is installed is enough: a C and a C++ program outside of the tree find the shared
# library, the archive and the checked archive, by pkg-config and by CMake, boot a machine, and are
# linked with what they asked for.  The installed tree is moved first: nothing in it names the place
# where it was installed.
#
#   test_install.sh BUILD_DIR C_COMPILER CXX_COMPILER
set -eu
build_dir=$1
cc=$2
cxx=$3
outside=$(dirname "$0")/outside
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cmake --install "$build_dir" --prefix "$scratch/first" >"$scratch/log" || {
	cat "$scratch/log"
	exit 1
}
mv "$scratch/first" "$scratch/prefix"
libdir=$(dirname "$(find "$scratch/prefix" -name libmminit.so)")
export PKG_CONFIG_PATH="$libdir/pkgconfig"
export LD_LIBRARY_PATH="$libdir"

# expect PROGRAM WORDS shared|archive: it says these words, and asks for libmminit.so or does not.
expect() {
	said=$("$1")
	echo "$(basename "$(dirname "$1")")/$(basename "$1"): $said, $3"
	[ "$said" = "$2" ]
	if readelf -d "$1" | grep -q 'NEEDED.*\[libmminit\.so\.[0-9]*\]'; then
		[ "$3" = shared ]
	else
		[ "$3" = archive ]
	fi
}

# by_pkg_config COMPILER SOURCE
by_pkg_config() {
	dir=$scratch/pkg-config-$(basename "$2")
	mkdir "$dir"
	archive=$(pkg-config --static --libs mminit | sed 's/-lmminit/-l:libmminit.a/')
	# shellcheck disable=SC2046,SC2086 # lists of flags
	{
		"$1" "$2" $(pkg-config --cflags --libs mminit) -o "$dir/shared"
		"$1" "$2" $(pkg-config --cflags mminit) $archive -o "$dir/static"
		"$1" "$2" $(pkg-config --cflags --libs mminit_checked) -o "$dir/checked"
	}
	expect "$dir/shared" booted shared
	expect "$dir/static" booted archive
	expect "$dir/checked" "booted, checked" archive
}

# by_cmake LANGUAGE COMPILER SOURCE
by_cmake() {
	dir=$scratch/cmake-$(basename "$3")
	{
		cmake -S "$outside" -B "$dir" -DLANGUAGE="$1" -DCMAKE_"$1"_COMPILER="$2" \
			-DSOURCE="$3" -DCMAKE_PREFIX_PATH="$scratch/prefix"
		cmake --build "$dir"
	} >"$scratch/log" 2>&1 || {
		cat "$scratch/log"
		exit 1
	}
	expect "$dir/with_mminit" booted shared
	expect "$dir/with_mminit_static" booted archive
	expect "$dir/with_mminit_checked" "booted, checked" archive
}

outside=$(cd "$outside" && pwd)
by_pkg_config "$cc" "$outside/outside_c.c"
by_pkg_config "$cxx" "$outside/outside_cxx.cpp"
by_cmake C "$cc" "$outside/outside_c.c"
by_cmake CXX "$cxx" "$outside/outside_cxx.cpp"

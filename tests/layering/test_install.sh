#!/bin/sh
# SPDX-License-Identifier: MIT
# Proves that what is installed is enough: a program finds each library by pkg-config, needs no
# header of the source tree, and runs.
#
#   test_install.sh BUILD_DIR COMPILER
set -eu
build_dir=$1
compiler=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cmake --install "$build_dir" --prefix "$scratch/prefix" >"$scratch/log" || {
	cat "$scratch/log"
	exit 1
}
PKG_CONFIG_PATH=$(dirname "$(find "$scratch/prefix" -name mminit.pc)")
export PKG_CONFIG_PATH

cat >"$scratch/user.c" <<'PROGRAM'
#include <stdio.h>
#include <mminit/platform_native.h>

int main(void)
{
	struct mmi_platform *platform;
	struct mmi_error err;

	if (mmi_platform_native_create(NULL, &platform, &err) < 0)
		return 1;
#ifdef MMI_CHECKED
	puts("mminit_checked");
#else
	puts("mminit");
#endif
	mmi_platform_native_destroy(platform);
	return 0;
}
PROGRAM

for library in mminit mminit_checked; do
	# shellcheck disable=SC2046 # a list of flags
	"$compiler" "$scratch/user.c" $(pkg-config --define-variable=prefix="$scratch/prefix" \
		--cflags --libs "$library") -o "$scratch/user"
	said=$("$scratch/user")
	echo "linked with $library: $said"
	[ "$said" = "$library" ]
done

#!/bin/bash
# SPDX-License-Identifier: MIT
# labels: slow
# The NEON page store writes what the plain C one writes: cross-compiled for 64-bit ARM and run under
# user-mode emulation.
set -euo pipefail
compiler=aarch64-linux-gnu-gcc
emulator=$(command -v qemu-aarch64 || command -v qemu-aarch64-static || true)
if ! command -v $compiler >/dev/null || [ -z "$emulator" ]; then
	echo "skipped: needs gcc-aarch64-linux-gnu, libc6-dev-arm64-cross and qemu-user"
	exit 77
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cat >"$dir/main.c" <<'END'
#include <stdio.h>
#include <string.h>
#include "memmap/page_store.h"

#define NR_PAGES 300
static struct mmi_page pages[NR_PAGES] __attribute__((aligned(64))), expected[NR_PAGES];

/* The same pages by @store, at the same addresses: the list links are addresses. */
static void fill(enum mmi_store store, int prefetch, unsigned start, unsigned nr)
{
	memset(pages, 0x5a, sizeof(pages));
	mmi_page_store(store, prefetch)->fill(pages + start, pages + start + nr, 0x123456789abcdef0,
					      (int)(nr % 3) - 1);
}

int main(void)
{
	unsigned nr_compared = 0;

	for (unsigned start = 0; start < 5; start++)
		for (unsigned nr = 0; nr < 280; nr++)
			for (int prefetch = 0; prefetch < 2; prefetch++, nr_compared++) {
				fill(MMI_STORE_C, prefetch, start, nr);
				memcpy(expected, pages, sizeof(pages));
				fill(MMI_STORE_NEON, prefetch, start, nr);
				if (memcmp(expected, pages, sizeof(pages))) {
					printf("differ: %u pages from %u\n", nr, start);
					return 1;
				}
			}
	printf("%u fills compared, widest store: %s\n", nr_compared,
	       mmi_store_name(mmi_store_widest()));
	return mmi_store_widest() != MMI_STORE_NEON;
}
END
cd "$MMINIT_SOURCE_DIR"
$compiler -std=gnu11 -O2 -Wall -Wextra -Werror -static -Iinclude -Isrc -o "$dir/main" "$dir/main.c" \
	src/memmap/page_store.c src/memmap/page_store_neon.c src/memmap/page_store_x86.c
"$emulator" "$dir/main"

#!/bin/sh
# SPDX-License-Identifier: MIT
# Proves that objects link alone: nothing undefined but the four mem functions, no writable
# globals, no thread-locals.
#
#   test_freestanding.sh accept|accept-checked|reject OBJECT...
#
# "accept-checked" lets the checked core call its scheduler by name (include/mminit/platform.h).
# $LD, $NM and $OBJDUMP are the binutils of the objects' processor.
# "reject" is the proof of the proof: it succeeds when each of the three rules finds an offender.
set -eu
verdict=$1
shift
merged=$(mktemp)
trap 'rm -f "$merged"' EXIT
"$LD" -r -o "$merged" "$@"

allowed='memcpy|memset|memmove|memcmp|_GLOBAL_OFFSET_TABLE_'
[ "$verdict" = accept-checked ] && allowed="$allowed|mmi_checked_yield"
undefined=$("$NM" -u "$merged" | awk -v allowed="^($allowed)\$" '$2 !~ allowed { print $2 }')

# symbols_in SECTIONS: the objects that lie there.  Constant tables of pointers (.data.rel.ro) are
# read-only once they are loaded.
symbols_in() {
	"$OBJDUMP" -t "$merged" | awk -v sections="$1" '
		match($0, /[ \t](\.[a-z.]+|\*COM\*)[^\t ]*\t/) {
			section = substr($0, RSTART + 1, RLENGTH - 2)
			if (section ~ sections && section !~ /^\.data\.rel\.ro/ && $NF != section)
				print $NF
		}'
}
globals=$(symbols_in '^(\\.data|\\.bss|\\*COM\\*)')
thread_locals=$(symbols_in '^\\.t(data|bss)')

echo "undefined:" $undefined
echo "writable globals:" $globals
echo "thread-locals:" $thread_locals
if [ "$verdict" != reject ]; then
	[ -z "$undefined$globals$thread_locals" ]
else
	[ -n "$undefined" ] && [ -n "$globals" ] && [ -n "$thread_locals" ]
fi

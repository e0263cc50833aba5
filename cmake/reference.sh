#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes the library's reference with doxygen; fails at any warning.  A type, constant or member may be
# without a comment where its name says all; a function may not.
#
#   reference.sh DOXYGEN DOXYFILE OUTPUT_DIR
set -eu
rm -rf "$3"
mkdir -p "$3"
"$1" "$2"
if grep -vE '(\((variable|enumvalue|enumeration|macro definition)\) of|Compound) .*is not documented\.$' \
	"$3/warnings"; then
	echo "expected no such warnings"
	exit 1
fi
[ -s "$3/html/index.html" ]

#!/bin/bash
# SPDX-License-Identifier: MIT
# Proves a model by spin, over all of its states, and that each of its mutants is wrong: a mutant
# drops a barrier or a check of the real code, or puts two steps in the other order.
#
#   check.sh MODEL.pml MUTANT...       VARIANT=MACRO in front: a variant of the model, which is right
set -euo pipefail
if ! command -v spin >/dev/null; then
	echo "spin is not installed"
	exit 77
fi
folder=$(cd "$(dirname "$0")" && pwd)
model=$1
shift
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp "$folder"/*.pml "$scratch"
cd "$scratch"

# explore MACRO: spin's verdict on the model compiled with it; the search must not be cut short.
explore() {
	spin "-D$1" -a "$model" >spin.log || { cat spin.log; exit 1; }
	gcc -O0 -w -DSAFETY -DMEMLIM=2000 -o pan pan.c
	./pan -m100000 >verdict
	if grep -q 'max search depth too small\|out of memory\|Search not completed' verdict &&
		! grep -q 'errors: 1' verdict; then
		cat verdict
		exit 1
	fi
	grep 'errors:' verdict
}

for mutant in RIGHT "$@"; do
	case $mutant in
	RIGHT | VARIANT=*) expected='errors: 0' ;;
	*) expected='errors: 1' ;;
	esac
	echo "$model $mutant: $(explore "${mutant#VARIANT=}")"
	grep -q "$expected\$" verdict || {
		echo "expected $expected"
		cat verdict
		exit 1
	}
done

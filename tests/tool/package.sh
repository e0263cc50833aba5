#!/bin/bash
# SPDX-License-Identifier: MIT
# labels: package
# release only: packages are made of the release.
# The Debian packages: lintian finds nothing wrong, they depend on what they are linked with, install on
# this machine, work there for somebody who has nothing else, and leave nothing behind.  Needs root.
source "$(dirname "$0")/checks.bash"

skip() {
	echo "$*"
	exit 77
}
[ "$(id -u)" = 0 ] || skip "not root: cannot install packages"
for command in dpkg lintian zsh; do
	command -v "$command" >/dev/null || skip "no $command"
done
names=(libmminit1 libmminit-dev mminit)
dpkg-query -W "${names[@]}" 2>/dev/null | grep -q . && skip "mminit is installed here already"

cmake --build "$MMINIT_BINARY_DIR" --target package >"$work_dir/log" 2>&1 ||
	fail "cannot build packages: $(tail -20 "$work_dir/log")"
debs=()
for name in "${names[@]}"; do
	debs+=("$(ls -t "$MMINIT_BINARY_DIR/packages/${name}"_*.deb | head -n 1)")
done

# Not judged: the maintainer is who builds them, they are uploaded nowhere, and CPack calls ldconfig.
not_judged=bogus-mail-host,bogus-mail-host-in-debian-changelog,initial-upload-closes-no-bugs
not_judged+=,maintscript-calls-ldconfig
found=$(lintian --allow-root --fail-on none --suppress-tags "$not_judged" \
	"${debs[@]}" 2>/dev/null)
[ -z "$found" ] || fail "lintian: $found"
for deb in "${debs[0]}" "${debs[2]}"; do
	for library in libhwloc15 libjansson4 libgomp1 libc6; do
		dpkg-deb -f "$deb" Depends | grep -q "$library" || fail "$deb: does not depend on $library"
	done
done

# Folders that packages share come and go with other packages.
list_files() {
	find /usr /etc -xdev \( -name '*mminit*' -o -path '*/mminit/*' \) 2>/dev/null | sort
}

# As somebody who has nothing but the packages.
alone() {
	env -i PATH=/usr/bin:/bin HOME="$work_dir" "$@"
}

try_tool() {
	alone mminit plan 2n:1G >/dev/null || fail "mminit plan: exit code $?"
	alone mminit verify 1n:512M --threads 1 >/dev/null || fail "mminit verify: exit code $?"
	for page in 1/mminit 1/mminit-run 1/mminit-checked 5/mminit-shape; do
		[ -e "/usr/share/man/man${page%/*}/${page#*/}.${page%/*}.gz" ] || fail "no page $page"
	done
	alone bash -c '. /usr/share/bash-completion/completions/mminit
		COMP_WORDS=(mminit show --as zone) COMP_CWORD=3 && _mminit
		[ "${COMPREPLY[*]}" = "zoneinfo zonelists" ]' || fail "bash does not complete"
	alone zsh -c 'autoload -Uz compinit && compinit -D -u && [[ $_comps[mminit] == _mminit ]]' ||
		fail "zsh does not know the completion"
}

try_library() {
	local source=$MMINIT_SOURCE_DIR/examples/embed.c
	# shellcheck disable=SC2046 # a list of flags
	alone cc "$source" $(alone pkg-config --cflags --libs mminit) -o "$work_dir/embed" ||
		fail "cannot build with the installed library"
	alone "$work_dir/embed" >/dev/null || fail "what is built does not run"
	alone cmake -S "$MMINIT_SOURCE_DIR/tests/layering/outside" -B "$work_dir/outside" -DLANGUAGE=C \
		-DSOURCE="$MMINIT_SOURCE_DIR/tests/layering/outside/outside_c.c" >"$work_dir/log" 2>&1 &&
		alone cmake --build "$work_dir/outside" >>"$work_dir/log" 2>&1 ||
		fail "CMake: $(cat "$work_dir/log")"
}

before=$(list_files)
trap 'dpkg --purge "${names[@]}" >/dev/null 2>&1; rm -rf "$work_dir"' EXIT
if dpkg -i "${debs[@]}" >"$work_dir/log" 2>&1; then
	try_tool
	try_library
	[ -z "$(dpkg --audit)" ] || fail "dpkg --audit: $(dpkg --audit)"
	dpkg --verify "${names[@]}" | grep . && fail "installed files differ from the packages'"
	dpkg --purge "${names[@]}" >"$work_dir/log" 2>&1 || fail "cannot remove: $(cat "$work_dir/log")"
else
	fail "cannot install: $(cat "$work_dir/log")"
fi
diff <(echo "$before") <(echo "$(list_files)") || fail "something is left behind"
ldconfig -p | grep -q libmminit && fail "ldconfig still knows the library"
finish

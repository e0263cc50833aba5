# SPDX-License-Identifier: MIT
# What ./run and ./test share: install what is missing, build a preset quietly.  Sourced by bash,
# in the project's top folder.

say() {
	echo "mminit: $*" >&2
}

fail() {
	say "$@"
	exit 1
}

# missing_packages LIST...: prints the packages of these files that are not installed.
missing_packages() {
	local wanted installed package
	wanted=$(grep -h -v '^#' "$@")
	# dpkg-query fails when it does not know a package; what it does know is what counts.
	installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $wanted 2>/dev/null || true)
	for package in $wanted; do
		grep -qx "$package installed" <<<"$installed" || echo "$package"
	done
}

# as_root COMMAND...: as it is for root, else through sudo, which may ask at a terminal only.
as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif [ -t 0 ]; then
		sudo "$@"
	else
		sudo -n "$@"
	fi
}

apt() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@" </dev/null
}

# install_packages [LABEL]: what building and testing need, and what the tests of this label do.
install_packages() {
	local lists=(cmake/packages.txt) missing log
	[ ! -f "cmake/packages-${1-}.txt" ] || lists+=("cmake/packages-$1.txt")
	if ! command -v dpkg-query >/dev/null; then
		say "not a Debian system: expecting what ${lists[*]} name to be there"
		return
	fi
	missing=$(missing_packages "${lists[@]}")
	[ -n "$missing" ] || return 0
	say "installing" $missing
	# A password that sudo asks for here holds for the calls below.
	as_root true || fail "not root, and sudo does not help; as root:" \
		"apt-get install" $missing
	log=$(mktemp)
	# The package lists are only fetched when the ones that are there do not do.
	if ! apt install --no-install-recommends $missing >"$log" 2>&1 &&
		! { apt update && apt install --no-install-recommends $missing; } >"$log" 2>&1; then
		cat "$log" >&2
		rm -f "$log"
		fail "could not install" $missing
	fi
	rm -f "$log"
}

# quietly LOG COMMAND...: the command's output only when it fails.
quietly() {
	local log=$1
	shift
	"$@" >"$log" 2>&1 </dev/null && return
	cat "$log" >&2
	fail "failed: $*"
}

# build PRESET [TARGET]...: configures when it has to, then builds.
build() {
	local preset=$1 dir=build/$1
	shift
	mkdir -p "$dir"
	if [ ! -e "$dir/CMakeCache.txt" ] || [ CMakePresets.json -nt "$dir/CMakeCache.txt" ]; then
		quietly "$dir/configure.log" cmake --preset "$preset"
		touch "$dir/CMakeCache.txt"
	fi
	quietly "$dir/build.log" cmake --build "$dir" -j "$(nproc)" ${1+--target "$@"}
}

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Build the kernel of the native benchmark, once: User-Mode Linux without checkers, from Debian's
# source package. It lies in the cache under a name that follows from everything that went in.
#
# Usage: kernel.sh SERIES	prints the folder. There: `linux`, the program; the tree that modules
#				are built against; root/lib/modules; include/config/kernel.release
#
# It has what the kernel of the debug tests has, except the checkers and the clock that jumps. ip_vs
# is a module as Baton is: what is built in is called in a cheaper way.
set -eu -o pipefail

series=$1
top=$(cd "$(dirname "$0")/../../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/baton
archive=/usr/src/linux-source-$series.tar.xz
version=$(dpkg-query -W -f='${Version}' "linux-source-$series" 2>/dev/null) && [[ -r $archive ]] ||
	{ echo "kernel.sh: no linux-source-$series; run: make bench-native" >&2; exit 1; }

config() {
	sed -e '/^# What this kernel is for/,$d' -e '/TIME_TRAVEL/d' -e 's/-baton-debug/-baton-native/' \
		-e '/^CONFIG_IP_VS\(_[RW]\?RR\|_[W]\?LC\|_[SM]H\|_PE_SIP\)\?=/s/=y/=m/' "$top/tests/debug/config"
}

key=$({ cat "$0"; config; echo "$version"; gcc --version; } | sha256sum | cut -c1-16)
tree=$cache/native-$series-$key
if [[ ! -x $tree/linux ]]; then
	mkdir -p "$cache"
	exec {lock}>"$cache/native-$series.lock"
	flock "$lock"
fi
if [[ -x $tree/linux ]]; then
	echo "$tree"
	exit 0
fi

new=$cache/native-$series.new
log=$cache/native-$series.log
# Make of the one that may have called us is another affair.
unset MAKEFLAGS MFLAGS MAKELEVEL
make=(make -C "$new" ARCH=um)

# broken: what the log says of it
broken() { grep -n -B2 -A8 -E 'error:|Error ' "$log" | tail -n 40 >&2 || tail -n 20 "$log" >&2; exit 1; }

# prepare: the source, configured, with room for all registers of a processor with AMX; says KEY at last
prepare() {
	rm -rf "$new"
	mkdir -p "$new"
	tar -xf "$archive" -C "$new" --strip-components=1
	sed -i 's/DEFINE_LONGS(HOST_FP_SIZE, 2696)/DEFINE_LONGS(HOST_FP_SIZE, 12288)/' "$new/arch/x86/um/user-offsets.c"
	config >"$new/wanted"
	{ "${make[@]}" -s KCONFIG_ALLCONFIG="$new/wanted" allnoconfig; } >"$log" 2>&1 || broken
	if grep '^CONFIG_' "$new/wanted" | grep -vxFf "$new/.config" >&2; then
		echo "kernel.sh: Linux $series does not know or refuses these" >&2
		exit 1
	fi
	echo "$key" >"$new/key"
}

echo "-- building a kernel from linux-source-$series $version: once, 5 to 10 minutes; log: $log" >&2
[[ $(cat "$new/key" 2>/dev/null) == "$key" ]] || prepare

# Progress: one line for every 200 files
"${make[@]}" "-j$(nproc)" 2>&1 | tee -a "$log" |
	awk '$1 == "CC" && ++n % 200 == 0 { printf "   %d of about 900 files\n", n; fflush() }' >&2 || broken
"${make[@]}" -s modules_install INSTALL_MOD_PATH="$new/root" >>"$log" 2>&1 || broken

# What building a module does not look at goes.
(cd "$new" && rm -rf Documentation drivers fs sound samples tools vmlinux vmlinux.o)
find "$new" \( -name '*.o' -o -name '*.a' -o -name '.*.cmd' -o -name '*.c' \) -not -path "$new/scripts/*" -delete
find "$cache" -maxdepth 1 -name "native-$series-*" -exec rm -rf {} +
mv "$new" "$tree"
echo "$tree"

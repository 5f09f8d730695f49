#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Build the kernel of the debug tests, once: User-Mode Linux with checkers, from Debian's source
# package. It lies in the cache under a name that follows from everything that went in.
#
# Usage: kernel.sh SERIES	prints the folder. There: `linux`, the program; the tree that modules
#				are built against; root/lib/modules; include/config/kernel.release
#
# Four places of the source are changed. A processor with AMX has more registers than UML of these
# series makes room for, and refuses to hand out a part of them. Sleeping where one must not is
# found by counting, which works although UML is never preempted. Memory is refused to those alone
# who have the module on their stack (which UML reads well when there are frame pointers), also when
# it is the task's N-th piece that is to be refused. And while there is something to do the guest's
# clock runs at an eighth of the host's: else nothing would be done in time where the host is busy.
#
# A build that was interrupted goes on where it was.
set -eu -o pipefail

series=$1
here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/baton
archive=/usr/src/linux-source-$series.tar.xz
version=$(dpkg-query -W -f='${Version}' "linux-source-$series" 2>/dev/null) && [[ -r $archive ]] ||
	{ echo "kernel.sh: no linux-source-$series; run: make check-debug" >&2; exit 1; }

key=$({ cat "$0" "$here/config"; echo "$version"; gcc --version; } | sha256sum | cut -c1-16)
tree=$cache/debug-$series-$key
if [[ -x $tree/linux ]]; then
	echo "$tree"
	exit 0
fi

mkdir -p "$cache"
exec {lock}>"$cache/debug-$series.lock"
flock "$lock"
if [[ -x $tree/linux ]]; then
	echo "$tree"
	exit 0
fi

say() { printf -- '-- %s\n' "$*" >&2; }
new=$cache/debug-$series.new
log=$cache/debug-$series.log
make=(make -C "$new" ARCH=um)

# prepare: the source, changed and configured; says KEY at last
prepare() {
	local lost
	rm -rf "$new"
	mkdir -p "$new"
	tar -xf "$archive" -C "$new" --strip-components=1
	sed -i 's/DEFINE_LONGS(HOST_FP_SIZE, 2696)/DEFINE_LONGS(HOST_FP_SIZE, 12288)/' "$new/arch/x86/um/user-offsets.c"
	sed -i -e 's/select PREEMPT_COUNT if !ARCH_NO_PREEMPT/select PREEMPT_COUNT/' \
		-e '/^config DEBUG_ATOMIC_SLEEP/,/help/{/depends on !ARCH_NO_PREEMPT/d}' \
		-e '/^config FAULT_INJECTION_STACKTRACE_FILTER/,/help/{/depends on !X86_64/d}' "$new/lib/Kconfig.debug"
	sed -i 's/^\t\tif (fail_nth) {/\t\tif (fail_nth \&\& fail_stacktrace(attr)) {/' "$new/lib/fault-inject.c"
	sed -i -e 's/return os_timer_one_shot(delta);/return os_timer_one_shot(8 * delta);/' \
		-e 's/os_timer_one_shot(\(time_travel_timer_event.time - next\))/os_timer_one_shot(8 * (\1))/' \
		"$new/arch/um/kernel/time.c"
	{ "${make[@]}" -s KCONFIG_ALLCONFIG="$here/config" allnoconfig; } >"$log" 2>&1 ||
		{ tail -n 20 "$log" >&2; exit 1; }
	lost=$(grep '^CONFIG_' "$here/config" | grep -vxFf "$new/.config" || true)
	[[ -z $lost ]] || say "Linux $series does not know or refuses:" $lost
	echo "$key" >"$new/key"
}

say "building a kernel with checkers from linux-source-$series $version: once, about 10 minutes; log: $log"
[[ $(cat "$new/key" 2>/dev/null) == "$key" ]] || prepare

# Progress: one line for every 200 files
if ! "${make[@]}" "-j$(nproc)" 2>&1 | tee -a "$log" |
	awk '$1 == "CC" && ++n % 200 == 0 { printf "   %d of about 900 files\n", n; fflush() }' >&2; then
	grep -n -B2 -A8 -E 'error:|Error ' "$log" | tail -n 40 >&2
	exit 1
fi
"${make[@]}" -s modules_install INSTALL_MOD_PATH="$new/root" >>"$log" 2>&1 || { tail -n 20 "$log" >&2; exit 1; }

# What building a module does not look at goes.
(cd "$new" && rm -rf Documentation drivers fs sound samples tools vmlinux vmlinux.o)
find "$new" \( -name '*.o' -o -name '*.a' -o -name '.*.cmd' -o -name '*.c' \) -not -path "$new/scripts/*" -delete
find "$cache" -maxdepth 1 -name "debug-$series-*" -exec rm -rf {} +
mv "$new" "$tree"
echo "$tree"

# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Sourced: build a User-Mode Linux once, from Debian's source package. It lies in the cache under a
# name that follows from everything that went in. There: `linux`, the program; the tree that modules
# are built against; root/lib/modules; include/config/kernel.release
#
# A build that was interrupted goes on where it was.

# uml_say TEXT...: on the way
uml_say() { printf -- '-- %s\n' "$*" >&2; }

# uml_broken LOG: what it says of the reason, and the end
uml_broken() {
	grep -n -B2 -A8 -E 'error:|Error ' "$1" | tail -n 40 >&2 || tail -n 20 "$1" >&2
	exit 1
}

# uml_patch TREE: what every such kernel needs. A processor with AMX has more registers than UML of
# these series makes room for, and refuses to hand out a part of them.
uml_patch() {
	sed -i 's/DEFINE_LONGS(HOST_FP_SIZE, 2696)/DEFINE_LONGS(HOST_FP_SIZE, 12288)/' "$1/arch/x86/um/user-offsets.c"
}

# uml_prepare KEY: the source in $new, changed and configured; says KEY at last
uml_prepare() {
	local lost
	rm -rf "$new"
	mkdir -p "$new"
	tar -xf "$archive" -C "$new" --strip-components=1
	uml_patch "$new"
	[[ ! $patch ]] || "$patch" "$new"
	"$config" >"$new/wanted"
	"${make[@]}" -s KCONFIG_ALLCONFIG="$new/wanted" allnoconfig >"$log" 2>&1 || uml_broken "$log"
	lost=$(grep '^CONFIG_' "$new/wanted" | grep -vxFf "$new/.config" || true)
	if [[ $lost ]]; then
		uml_say "Linux $series does not know or refuses:" $lost
		exit 1
	fi
	echo "$1" >"$new/key"
}

# uml_make: the program and its modules, with a line for every 200 files
uml_make() {
	"${make[@]}" "-j$(nproc)" 2>&1 | tee -a "$log" |
		awk '$1 == "CC" && ++n % 200 == 0 { printf "   %d of about 900 files\n", n; fflush() }' >&2 || uml_broken "$log"
	"${make[@]}" -s modules_install INSTALL_MOD_PATH="$new/root" >>"$log" 2>&1 || uml_broken "$log"

	# What building a module does not look at goes.
	(cd "$new" && rm -rf Documentation drivers fs sound samples tools vmlinux vmlinux.o)
	find "$new" \( -name '*.o' -o -name '*.a' -o -name '.*.cmd' -o -name '*.c' \) -not -path "$new/scripts/*" -delete
}

# uml_kernel KIND SERIES CONFIG [PATCH]: prints the folder. CONFIG prints the configuration, PATCH
# changes the source in the folder that it is given
uml_kernel() {
	local kind=$1 series=$2 config=$3 patch=${4-} here version key tree new log lock archive make
	here=$(dirname "${BASH_SOURCE[0]}")
	local cache=${XDG_CACHE_HOME:-$HOME/.cache}/baton
	archive=/usr/src/linux-source-$series.tar.xz
	version=$(dpkg-query -W -f='${Version}' "linux-source-$series" 2>/dev/null) && [[ -r $archive ]] ||
		{ echo "kernel.sh: no linux-source-$series; run: make check-debug" >&2; exit 1; }

	key=$({ cat "$here/uml.sh" "$0"; "$config"; echo "$version"; gcc --version; } | sha256sum | cut -c1-16)
	tree=$cache/$kind-$series-$key
	if [[ ! -x $tree/linux ]]; then
		mkdir -p "$cache"
		exec {lock}>"$cache/$kind-$series.lock"
		flock "$lock"
	fi
	if [[ -x $tree/linux ]]; then
		echo "$tree"
		return
	fi

	new=$cache/$kind-$series.new
	log=$cache/$kind-$series.log
	# Make of the one that may have called us is another affair.
	unset MAKEFLAGS MFLAGS MAKELEVEL
	make=(make -C "$new" ARCH=um)
	uml_say "building a kernel ($kind) from linux-source-$series $version: once, about 10 minutes; log: $log"
	[[ $(cat "$new/key" 2>/dev/null) == "$key" ]] || uml_prepare "$key"
	uml_make
	find "$cache" -maxdepth 1 -name "$kind-$series-*" -exec rm -rf {} +
	mv "$new" "$tree"
	echo "$tree"
}

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The module passes the kernel's checkpatch.pl. Packages of kernel headers do not have it, so it
# is taken out of Debian's kernel source once and kept in the cache.
. "$(dirname "$0")/lib.sh"

package=linux-source-6.1
dir=${XDG_CACHE_HOME:-$HOME/.cache}/baton/checkpatch
if [[ ! -x $dir/checkpatch.pl ]]; then
	mkdir -p "$dir"
	tmp=$(mktemp -d "$dir/tmp.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	echo "checkpatch: fetching it from $package, once"
	(cd "$tmp" && apt-get -qq download "$package" >apt.log 2>&1) ||
		skip "cannot download $package: $(tail -n 1 "$tmp/apt.log")"
	dpkg-deb --fsys-tarfile "$tmp"/*.deb |
		tar -xO "./usr/src/$package.tar.xz" |
		tar -xJ -C "$tmp" --strip-components=2 "$package/scripts/checkpatch.pl" \
			"$package/scripts/spelling.txt" "$package/scripts/const_structs.checkpatch"
	mv "$tmp"/spelling.txt "$tmp"/const_structs.checkpatch "$dir/"
	mv "$tmp"/checkpatch.pl "$dir/"
fi

mapfile -t list < <(files 'kmod/*.[ch]')
# shellcheck disable=SC2317 # called by xargs
judge() { "$dir/checkpatch.pl" --no-tree --terse --no-summary --quiet "$@" 2>&1 | grep -E '^[^ ]+:[0-9]+:'; }
export -f judge
export dir
while read -r line; do
	say "$line"
done < <(printf '%s\n' "${list[@]}" | grep -v ^kmod/compat/ | xargs -r bash -c 'judge -f "$@"' sh
	# What the overlay for older kernels is made of is what checkpatch wants nowhere else.
	printf '%s\n' "${list[@]}" | grep ^kmod/compat/ |
		xargs -r bash -c 'judge --ignore LINUX_VERSION_CODE,CONSTANT_COMPARISON -f "$@"' sh)
verdict "${#list[@]} files"

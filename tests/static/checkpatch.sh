#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Print the path of a checkpatch.pl, taking it out of Debian's kernel source (headers packages do
# not have it) into the cache the first time.
set -eu

package=linux-source-6.1
dir=${XDG_CACHE_HOME:-$HOME/.cache}/baton/checkpatch
if [[ ! -x $dir/checkpatch.pl ]]; then
	mkdir -p "$dir"
	tmp=$(mktemp -d "$dir/tmp.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	echo "-- fetching checkpatch.pl out of $package (once)" >&2
	(cd "$tmp" && apt-get -qq download "$package" >apt.log 2>&1) || {
		tail -n 1 "$tmp/apt.log" >&2
		exit 1
	}
	dpkg-deb --fsys-tarfile "$tmp"/*.deb |
		tar -xO "./usr/src/$package.tar.xz" |
		tar -xJ -C "$tmp" --strip-components=2 "$package/scripts/checkpatch.pl" \
			"$package/scripts/spelling.txt" "$package/scripts/const_structs.checkpatch"
	mv "$tmp"/spelling.txt "$tmp"/const_structs.checkpatch "$dir/"
	mv "$tmp"/checkpatch.pl "$dir/"
fi
echo "$dir/checkpatch.pl"

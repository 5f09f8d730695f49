#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Build baton.ko for the kernel of the debug tests, with coverage and checks of undefined behaviour.
#
# Usage: module.sh TREE		TREE is what kernel.sh printed. Prints the kernel's release; the module
#				is $BUILD/debug/kmod/RELEASE/baton.ko, beside it `tree` says TREE;
#				RELEASE.bite/bite.ko has faults for the checkers to find
set -eu

tree=$1
release=$(cat "$tree/include/config/kernel.release")
dest=$(realpath -m "${BUILD:-build}/debug/kmod/$release")
log=$dest/log

# kbuild writes beside its sources: a tree of links. A source or a kernel that went takes it along.
if [[ $(cat "$dest/tree" 2>/dev/null) != "$tree" || -n $(find "$dest" -xtype l) ]]; then
	rm -rf "$dest" "$dest.bite"
fi
while read -r f; do
	mkdir -p "$dest/$(dirname "$f")"
	ln -sfn "$PWD/kmod/$f" "$dest/$f"
done < <(cd kmod && find . \( -name '*.[ch]' -o -name Kbuild \) -printf '%P\n')
echo "$tree" >"$dest/tree"

mkdir -p "$dest.bite"
cp -u tests/debug/bite/* "$dest.bite/"

# Make of the one that may have called us is another affair.
unset MAKEFLAGS MFLAGS MAKELEVEL
kbuild() { make -s -j"$(nproc)" -C "$tree" ARCH=um UBSAN_SANITIZE=y "$@" modules; }
if ! { kbuild M="$dest" GCOV_PROFILE=y && kbuild M="$dest.bite"; } >"$log" 2>&1; then
	tail -n 30 "$log" >&2
	exit 1
fi
grep -E 'warning:|error:' "$log" >&2 || true
echo "$release"

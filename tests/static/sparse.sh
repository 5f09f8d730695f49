#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The module under sparse (byte orders, address spaces, lock balance) and with
# the compiler's extra warnings, for the newest kernel whose headers are here.
. "$(dirname "$0")/lib.sh"

command -v sparse >/dev/null || skip 'sparse is not installed'
[[ -e kmod/Kbuild ]] || skip 'there is no kmod/Kbuild'
kver=$(find /lib/modules -mindepth 2 -maxdepth 2 -name build -printf '%h\n' | sed 's#.*/##' | sort -V | tail -n 1)
[[ -n $kver ]] || skip 'there are no kernel headers'
build=${BUILD:-build}/static
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# A folder of its own, so that a module that is already built is looked at again.
rm -rf "$build/kmod"
if ! make -s kmod BUILD="$build" KVER="$kver" C=2 CHECK='sparse -Wno-vla' KCFLAGS='-Wextra -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers' \
	>"$log" 2>&1; then
	tail -n 30 "$log"
	say "kmod/Kbuild:1: the module does not build"
fi
while read -r line; do
	say "${line#*"$build"/kmod/*/}"
done < <(grep -E '(warning|error):' "$log" | grep -F "$build/kmod/" | sort -u)
verdict "$(find kmod -name '*.c' | wc -l) files, kernel $kver"

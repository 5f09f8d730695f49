#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# User space builds without a warning with the second compiler too.
. "$(dirname "$0")/lib.sh"

command -v clang >/dev/null || skip 'clang is not installed'
build=${BUILD:-build}/static/clang
log=$(mktemp)
trap 'rm -f "$log"' EXIT
mapfile -t programs < <(make -pnq BUILD="$build" 2>/dev/null |
	sed -nE 's/^(PROGRAMS|TOOLS) :?= *//p' | tr ' ' '\n' | grep .)
((${#programs[@]})) || skip 'there are no programs'

# Built anew, or a warning would only be seen once.
rm -rf "$build"
if ! make -s -k BUILD="$build" CC=clang "${programs[@]/#/$build/bin/}" >"$log" 2>&1; then
	grep -E 'error|\*\*\*' "$log"
	say "Makefile:1: does not build with clang"
fi
while read -r line; do
	say "$line"
done < <(grep -E '(warning|error):' "$log" | sort -u)
verdict "${#programs[@]} programs"

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The module builds for each kernel without a warning from gcc, and sparse has nothing
# to say about it.
. "$(dirname "$0")/lib.sh"

command -v sparse >/dev/null || skip 'sparse is not installed'
[[ -e kmod/Kbuild ]] || skip 'there is no module'
tree=${BUILD:-build}/static
kernels=0
for dir in "${BUILD:-build}"/kmod/*/; do
	v=$(basename "$dir")
	kernels=$((kernels + 1))
	# Without a trace of the build before, or only what changed would be looked at.
	rm -rf "$tree/kmod/$v"
	log=$(make --no-print-directory BUILD="$tree" KVER="$v" C=2 KCFLAGS=-Werror kmod 2>&1) || wrong=$((wrong + 1))
	while read -r line; do
		say "${line#*/static/kmod/"$v"/}"
	done < <(grep -E '(warning|error|Error)' <<<"$log")
done
((kernels)) || skip 'it was built for no kernel'
verdict "$kernels kernels"

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# clang's analyser and the checks for probable bugs, over the daemons, the tool and the library.
# Left out are the checks that judge taste, and one that wants annex K functions.
. "$(dirname "$0")/lib.sh"

command -v clang-tidy >/dev/null || skip 'clang-tidy is not installed'
mapfile -t list < <(files 'ctl/*.c' 'syncd/*.c' 'ha/*.c')
checks='-*,clang-analyzer-core.*,clang-analyzer-unix.*,clang-analyzer-security.*,bugprone-*'
for taste in easily-swappable-parameters reserved-identifier assignment-in-if-condition narrowing-conversions \
	implicit-widening-of-multiplication-result branch-clone sizeof-expression macro-parentheses \
	suspicious-enum-usage; do
	checks+=,-bugprone-$taste
done
checks+=,-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling
read -ra flags <<<"$(pkg-config --cflags libnl-3.0 libnl-genl-3.0 libnl-route-3.0 json-c libsystemd) -std=gnu17 \
	-D_GNU_SOURCE -DBATON_RELEASE=\"check\" -I. -Ictl/lib -isystem kmod/uapi -I${BUILD:-build}"
while read -r line; do
	say "${line#"$PWD/"}"
done < <(printf '%s\n' "${list[@]}" |
	xargs -P 2 -I {} clang-tidy --quiet --checks="$checks" {} -- "${flags[@]}" 2>/dev/null |
	grep -E ': (warning|error):' | sort -u)
verdict "${#list[@]} files"

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# User space compiles without a warning, with gcc and with clang, optimised, because some
# warnings need the optimiser's knowledge.
. "$(dirname "$0")/lib.sh"

mapfile -t list < <(files 'ctl/*.c' 'syncd/*.c' 'ha/*.c' 'tests/loadgen/*.c' 'tests/kernel/*.c' 'tests/testbed/*.c')
read -ra flags <<<"$(pkg-config --cflags libnl-3.0 libnl-genl-3.0 libnl-route-3.0 json-c libsystemd) \
	-std=gnu17 -O2 -D_GNU_SOURCE -DBATON_RELEASE=\"check\" -D_FORTIFY_SOURCE=2 -fstack-protector-strong \
	-I. -Ictl/lib -isystem kmod/uapi -I${BUILD:-build} -Wall -Wextra -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wpointer-arith -Wvla -Wformat=2 -Wimplicit-fallthrough"
judged=0
# shellcheck disable=SC2317 # called by xargs
compile() {
	local cc=$1 f
	shift
	for f; do
		# shellcheck disable=SC2086 # words
		"$cc" $FLAGS -c -o /dev/null "$f" 2>&1
	done
}
export -f compile
export FLAGS="${flags[*]}"
for cc in gcc clang; do
	command -v "$cc" >/dev/null || continue
	judged=$((judged + 1))
	while read -r line; do
		say "$line ($cc)"
	done < <(printf '%s\n' "${list[@]}" | xargs -P 2 -n 6 bash -c 'compile "$@"' sh "$cc" |
		grep -E ': (warning|error|fatal error):')
done
((judged)) || skip 'no compiler'
verdict "${#list[@]} files, $judged compilers"

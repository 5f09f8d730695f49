#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Names with external linkage begin with baton_ (__baton_: the caller holds a lock),
# so that nothing collides with what it is linked with. And no program calls what
# has a better replacement.
. "$(dirname "$0")/lib.sh"

command -v nm >/dev/null || skip 'nm is not installed'
build=${BUILD:-build}
# Only what the tree still has: an object of a deleted source may lie about.
objects=()
while read -r f; do
	[[ -e $build/obj/${f%.c}.o ]] && objects+=("$build/obj/${f%.c}.o")
done < <(files 'ctl/*.c' 'syncd/*.c' 'ha/*.c' 'tests/loadgen/*.c')
for ko in "$build"/kmod/*/baton.ko; do
	[[ -e $ko ]] && objects+=("${ko%.ko}.o")
done
((${#objects[@]})) || skip 'nothing is built'

# init_module, cleanup_module and __this_module are the kernel's names for what every module has.
while read -r file name; do
	source=${file%:} source=${source#"$build/obj/"}
	say "${source%.o}.c:1: $name is visible to others, and does not begin with baton_"
done < <(nm -A -g --defined-only "${objects[@]}" 2>/dev/null | awk '{ print $1, $NF }' | sed 's/:[0-9a-f]* / /' |
	grep -vE ' (_*baton_|main$|init_module$|cleanup_module$|__this_module$|__(SCK|SCT|tracepoint|traceiter|bpf_trace|pfx)_)')

# Without a length, without an error, or through a shell.
while read -r file name; do
	source=${file%:} source=${source#"$build/obj/"}
	say "${source%.o}.c:1: calls $name"
done < <(nm -A -u "${objects[@]}" 2>/dev/null | awk '{ print $1, $NF }' |
	grep -E ' _*(gets|strcat|v?sprintf|tmpnam|mktemp|atoi|atol|alarm|s?rand|system|popen)(_chk)?$' |
	grep -v '/kmod/')
verdict "${#objects[@]} objects"

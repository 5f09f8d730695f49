#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A check that finds nothing may be one that looks at nothing. Each of the others
# is run on a copy of the tree with a fault planted in it, and has to name the file.
. "$(dirname "$0")/lib.sh"

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
files '*' | tar -cf - -T - | tar -xf - -C "$copy"
faults=0

# plant CHECK FILE COMMAND...: run COMMAND on the copy, then CHECK has to name FILE.
plant() {
	local name=$1 file=$2 out
	shift 2
	[[ -e tests/static/$name.sh ]] || return
	faults=$((faults + 1))
	if ! [[ -e $file ]] || ! (cd "$copy" && "$@"); then
		say "tests/static/bite.sh:1: cannot plant a fault for $name in $file"
	elif out=$(BUILD=build "$copy/tests/static/$name.sh" 2>&1) || ! grep -qF "$file:" <<<"$out"; then
		say "tests/static/$name.sh:1: does not see a fault planted in $file ($*)"
	fi
	[[ -e $file ]] && cp -p "$file" "$copy/$file"
}
# shellcheck disable=SC2317 # called by plant
append() { printf '%b\n' "$2" >>"$1"; }

plant core-pure kmod/core/pkt.c append kmod/core/pkt.c '#include <linux/skbuff.h>'
plant core-pure kmod/core/pkt.c append kmod/core/pkt.c 'static void *x(void) { return kmalloc(1, 2); }'
plant uapi kmod/uapi/linux/baton.h sed -i 's/__u32\t*idle;/__u64 idle;/' kmod/uapi/linux/baton.h
plant uapi kmod/uapi/linux/baton.h sed -i 's/__BATON_DROP_MAX$/uint32_t x;/' kmod/uapi/linux/baton.h
plant spdx ctl/main.c sed -i /SPDX/d ctl/main.c
plant spdx kmod/main.c sed -i 's/GPL-2.0-only/GPL-2.0-or-later/' kmod/main.c
plant words syncd/main.c append syncd/main.c '// TO''DO'
plant words syncd/main.c append syncd/main.c 'int x; '
plant words syncd/main.c truncate -s -1 syncd/main.c
plant size ha/main.c append ha/main.c "int baton_f(void)\n{\n$(printf '\\n%.0s' {1..95})}"
plant size ha/main.c append ha/main.c "$(printf '\\n%.0s' {1..600})"
# shellcheck disable=SC2016 # for the fault
plant shell tests/check.sh append tests/check.sh 'rm $undefined/*; if [ $x = ]; then :; fi; local y=1'
plant units systemd/baton-ha.service sed -i 's/^WatchdogSec=.*/WatchdogSec=often/' systemd/baton-ha.service
plant units systemd/baton-ha.service sed -i 's#sbin.*@/baton-ha#sbindir@/baton-he#' systemd/baton-ha.service
# shellcheck disable=SC2317 # called by plant
stray() { mkdir -p build/obj/ctl/lib && echo "$1" | gcc -x c -w -c -o build/obj/ctl/lib/err.o -; }
plant symbols ctl/lib/err.c stray 'int stray;'
plant symbols ctl/lib/err.c stray 'static int f(char *s) { return atoi(s); } int (*baton_f)(char *) = f;'
plant docs ctl/man/batonctl.8 sed -i /handover/d ctl/man/batonctl.8
plant docs ctl/man/batonctl.8 sed -i 's/lease_expired\|lease\\_expired/x/g' ctl/man/batonctl.8
verdict "$faults planted faults were seen"

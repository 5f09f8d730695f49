#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every file says under which licence it is, and it is the one of its folder.
. "$(dirname "$0")/lib.sh"

n=0
while read -r f; do
	case $f in
	# Text that others wrote, and formats that have no comments.
	LICENSE|*.json|*.bin|*.hex|*.png|tests/golden/*|tests/fuzz/seeds/*)
		continue ;;
	kmod/uapi/*)
		want='GPL-2.0 WITH Linux-syscall-note' ;;
	kmod/*)
		want='GPL-2.0-only' ;;
	*)
		want='GPL-2.0-or-later' ;;
	esac
	[[ -s $f ]] || continue
	n=$((n + 1))
	got=$(sed -nE '1,5s/.*SPDX-License-Identifier: *([^*>]*[^*> -]).*/\1/p' "$f" | head -n 1)
	if [[ -z $got ]]; then
		say "$f:1: has no SPDX-License-Identifier in its first five lines"
	elif [[ $got != "$want" ]]; then
		say "$f:1: is '$got', but here files are '$want'"
	fi
done < <(files '*')
verdict "$n files"

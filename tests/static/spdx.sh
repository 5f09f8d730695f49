#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every file says under which licence it is, and it is the one of its folder.
. "$(dirname "$0")/lib.sh"

n=0
# shellcheck disable=SC2016 # awk's
while IFS=$'\t' read -r f got; do
	case $f in
	kmod/uapi/*)
		want='GPL-2.0 WITH Linux-syscall-note' ;;
	kmod/*)
		want='GPL-2.0-only' ;;
	*)
		want='GPL-2.0-or-later' ;;
	esac
	n=$((n + 1))
	if [[ -z $got ]]; then
		say "$f:1: has no SPDX-License-Identifier in its first five lines"
	elif [[ $got != "$want" ]]; then
		say "$f:1: is '$got', but here files are '$want'"
	fi
# Left out: a text that others wrote, and formats that have no comments.
done < <(files '*' | grep -vE '^LICENSE$|\.(json|bin|hex|png)$|^tests/golden/|^tests/fuzz/(seeds|regress)/' |
	while read -r f; do [[ -s $f && ! -L $f ]] && printf '%s\0' "$f"; done |
	xargs -0 awk '
		function tell() { if (file != "") printf "%s\t%s\n", file, got }
		FNR == 1 { tell(); file = FILENAME; got = "" }
		FNR <= 5 && got == "" && match($0, /SPDX-License-Identifier: */) {
			got = substr($0, RSTART + RLENGTH)
			sub(/ *(\*\/|-->).*/, "", got)
		}
		END { tell() }')
verdict "$n files"

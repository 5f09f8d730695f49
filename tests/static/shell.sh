#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every shell script, known by its first line or its name, passes shellcheck.
. "$(dirname "$0")/lib.sh"

command -v shellcheck >/dev/null || skip 'shellcheck is not installed'
scripts=() fragments=()
while read -r f; do
	if [[ $f == *.sh && $(head -c 2 "$f") != '#!' ]]; then
		fragments+=("$f")
	elif [[ $f == *.sh ]] || head -c 64 "$f" | head -n 1 | grep -qaE '^#!.*\b(ba|da)?sh\b'; then
		scripts+=("$f")
	fi
done < <(files '*')

# SC1007 dislikes "name= other=", which is how this tree empties variables; SC2034 and SC2154
# cannot see what the other side of a "." uses or sets; SC2100 takes a
# hyphen for a minus, and SC2054 a comma for a separator of words.
judge() {
	local out
	out=$(shellcheck -x -P SCRIPTDIR -f gcc -S warning -e SC1007,SC2034,SC2054,SC2100,SC2154 "$@") && return
	printf '%s\n' "$out"
	wrong=$((wrong + $(grep -c . <<<"$out")))
}
((${#scripts[@]})) && judge "${scripts[@]}"
# A part that is sourced has no first line that says in which language it is.
((${#fragments[@]})) && judge -s bash "${fragments[@]}"
verdict "$((${#scripts[@]} + ${#fragments[@]})) scripts"

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What is not done is documented in plain words, not left as a note to oneself.
# Also: no trailing blanks, no conflict markers, no file without a last newline.
. "$(dirname "$0")/lib.sh"

# Written so that this file does not contain them.
notes='TO''DO|FIX''ME|XX''X|HA''CK|st''ubs?|st''ubbed|place''holders?|not yet imple''mented'
n=0
while read -r f; do
	case $f in
	LICENSE|*.bin|*.png|tests/golden/*|tests/fuzz/seeds/*)
		continue ;;
	esac
	[[ -s $f ]] || continue
	n=$((n + 1))
	while IFS=: read -r line text; do
		say "$f:$line: $text"
	done < <(grep -nIowE "$notes" "$f")
	while IFS=: read -r line _; do
		say "$f:$line: blanks at the end of the line"
	done < <(grep -nIE '[[:blank:]]+$' "$f")
	while IFS=: read -r line _; do
		say "$f:$line: conflict marker"
	done < <(grep -nIE '^(<{7}|>{7}|={7})( |$)' "$f")
	[[ -z $(tail -c 1 "$f") ]] || say "$f:$(wc -l <"$f"): no newline at the end"
done < <(files '*')
verdict "$n files"

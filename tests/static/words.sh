#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What is not done is documented in plain words, not left as a note to oneself.
# Also: no trailing blanks, no conflict markers, no file without a last newline.
. "$(dirname "$0")/lib.sh"

# Written so that this file does not contain them.
notes='TO''DO|FIX''ME|XX''X|HA''CK|st''ubs?|st''ubbed|place''holders?|not yet imple''mented'
mapfile -t list < <(files '*' | grep -vE '^LICENSE$|\.(bin|hex|png)$|^tests/golden/|^tests/fuzz/(seeds|regress)/' |
	while read -r f; do [[ -s $f && ! -L $f ]] && printf '%s\n' "$f"; done)

# look TEXT OPTION... PATTERN: complain about every line that grep finds.
look() {
	local text=$1 file line found
	shift
	while IFS=: read -r file line found; do
		say "$file:$line: ${text:-$found}"
	done < <(printf '%s\0' "${list[@]}" | xargs -0 grep -nHI "$@")
}
look '' -owE "$notes"
look 'blanks at the end of the line' -E '[[:blank:]]+$'
look 'conflict marker' -E '^(<{7}|>{7}|={7})( |$)'
# shellcheck disable=SC2016 # perl's
while read -r f; do
	say "$f:1: no newline at the end"
done < <(printf '%s\0' "${list[@]}" | xargs -0 perl -e '
	for (@ARGV) { open(my $in, "<", $_) or next; seek($in, -1, 2); print "$_\n" if getc($in) ne "\n" }')
verdict "${#list[@]} files"

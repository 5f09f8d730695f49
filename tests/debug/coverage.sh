#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Say how many lines of the module have run: in this run of scripts, and in all runs of this build.
#
# Usage: coverage.sh MODULE GCOV	MODULE: the folder that module.sh built in; GCOV: what the guests
#					wrote, a folder each. Lists go to MODULE.ran/*.gcov, the total is printed.
#
# MODULE.ran has the counts of all runs; of another build they say nothing. So the scripts can be run in several parts.
set -eu

module=$(realpath "$1")
all=$module.ran
cd "$2"

# add FROM TO: counts of both, in TO
add() {
	rm -rf "$2.sum"
	gcov-tool merge -o "$2.sum" "$2" "$1"
	rm -rf "$2"
	mv "$2.sum" "$2"
}

# the guests of this run, its names without folders
rm -rf now
for guest in guest.*/all; do
	[[ -e $guest ]] || exit 0
	for f in "$guest"/core/*.gcda; do
		mv "$f" "$guest/core-${f##*/}"
	done
	rmdir "$guest/core"
	if [[ -e now ]]; then
		add "$guest" now
	else
		cp -r "$guest" now
	fi
done

# count FOLDER: "RAN ALL", and by-file
count() (
	cd "$1"
	for f in *.gcda; do
		name=${f%.gcda}
		cp "$module/${name/#core-/core/}.gcno" "$name.gcno"
		gcov "$f" 2>/dev/null
	done | awk '
		/^File / { ours = /\/debug\/kmod\/.*\.c/; name = $2; gsub(/\047|.*\/debug\/kmod\/[^\/]*\//, "", name) }
		/^Lines executed:/ && ours { split($0, a, /[:% ]+/); lines = a[5]; ran = a[3] * lines / 100
			all += lines; run += ran; ours = 0; printf "%5.1f %% of %4d  %s\n", a[3], lines, name >"by-file" }
		END { printf "%.0f %.0f\n", run, all }'
	sort -n -o by-file by-file
)
# percent RAN ALL
percent() { awk -v r="$1" -v a="$2" 'BEGIN { printf "%.1f", a ? 100 * r / a : 0 }'; }

read -r ran lines < <(count now)
build=$(stat -c '%Y %s' "$module/baton.ko")
if [[ $(cat "$all/build" 2>/dev/null) != "$build" ]]; then
	rm -rf "$all"
	cp -r now "$all"
else
	add now "$all"
fi
echo "$build" >"$all/build"
read -r ran_all lines_all < <(count "$all")
echo "$(percent "$ran" "$lines") % of the $lines lines of the module have run on $(basename "$module"); in all runs of this" \
	"build $(percent "$ran_all" "$lines_all") % of $lines_all; by file: $all/by-file"

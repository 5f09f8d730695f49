#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Say how many lines of the module have run.
#
# Usage: coverage.sh MODULE GCOV	MODULE: the folder that module.sh built in; GCOV: what the guest
#					wrote. Lists go to GCOV/*.gcov, the total is printed.
set -eu

module=$(realpath "$1")
cd "$2"
for f in *.gcda; do
	[[ -e $f ]] || exit 0
	name=${f//'#'/\/}
	name=${name##*"$(basename "$module")/"}
	name=${name%.gcda}
	mv "$f" "${name//\//-}.gcda"
	cp "$module/$name.gcno" "${name//\//-}.gcno"
done
for f in *.gcda; do
	gcov "$f" 2>/dev/null
done | awk '
	/^File / { ours = /\/debug\/kmod\/.*\.c/; name = $2; gsub(/\047|.*\//, "", name) }
	/^Lines executed:/ && ours { split($0, a, /[:% ]+/); lines = a[5]; ran = a[3] * lines / 100
		all += lines; run += ran; ours = 0; printf "%5.1f %% of %4d  %s\n", a[3], lines, name >"by-file" }
	END { if (all) printf "%.1f %% of the %d lines of the module have run", 100 * run / all, all }'
printf ' on %s; by file: %s\n' "$(basename "$module")" "$PWD/by-file"
sort -n -o by-file by-file

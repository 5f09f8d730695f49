# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the static checks share. A check is a script that takes no argument, runs
# at the top of the tree, prints what is wrong as PATH:LINE: TEXT, ends with one
# line, and exits 0, 1 or 77 (cannot be judged here).

set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
# A make that is started from here is not part of the one that started us.
unset MAKEFLAGS MFLAGS MAKELEVEL
check=$(basename "$0" .sh)
wrong=0

# files PATTERN...: files of the tree that match, what is not under version control yet included.
files() {
	local f pattern
	if [[ -e .git ]]; then
		git ls-files -co --exclude-standard
	else
		find . -path ./build -prune -o -type f -printf '%P\n'
	fi | sort | while read -r f; do
		[[ -f $f ]] || continue
		for pattern; do
			# shellcheck disable=SC2053 # a pattern
			[[ $f == $pattern ]] && printf '%s\n' "$f"
		done
	done
}

say() { printf '%s\n' "$*"; wrong=$((wrong + 1)); }

# verdict TEXT: the closing line and the exit status.
verdict() {
	if ((wrong)); then
		printf '%s: FAILED, %d found\n' "$check" "$wrong"
		exit 1
	fi
	printf '%s: ok, %s\n' "$check" "$*"
	exit 0
}

skip() {
	printf '%s: skipped, %s\n' "$check" "$*"
	exit 77
}

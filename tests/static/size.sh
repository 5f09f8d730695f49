#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A file is one noun or one direction: it aims at 400 lines and ends at 600; a
# test, which may be a long table, and the contract with the kernel, which has to
# be one file, at 1000. A function aims at 60 lines and ends
# at 90. What passes the aim is listed, what passes the end is wrong.
. "$(dirname "$0")/lib.sh"

long_files=0 long_functions=0 n=0 functions=0
# shellcheck disable=SC2016 # awk's
while read -r what f line length name; do
	case $what in
	file)
		n=$((n + 1))
		[[ $f == @(tests|kmod/uapi)/* ]] && end=1000 || end=600
		if ((length > end)); then
			say "$f:1: $length lines, more than $end"
		elif ((length > 400)); then
			printf '%s:1: note: %d lines, aims at 400\n' "$f" "$length"
			long_files=$((long_files + 1))
		fi ;;
	function)
		functions=$((functions + 1))
		if ((length > 90)); then
			say "$f:$line: $name has $length lines, more than 90"
		elif ((length > 60)); then
			printf '%s:%d: note: %s has %d lines, aims at 60\n' "$f" "$line" "$name" "$length"
			long_functions=$((long_functions + 1))
		fi ;;
	esac
# In this style the body of a function opens with a brace alone in the first column.
done < <(files '*.c' '*.h' '*.sh' '*.py' | xargs awk '
	function tell() { if (file != "") print "file", file, 1, lines }
	FNR == 1 { tell(); file = FILENAME; begin = 0 }
	{ lines = FNR }
	/^[a-zA-Z_].*\(/ && !/;[[:space:]]*$/ { name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name) }
	/^\{[[:space:]]*$/ { begin = FNR }
	/^\}[[:space:]]*$/ && begin { print "function", file, begin, FNR - begin - 1, name; begin = 0 }
	END { tell() }')
verdict "$n files, $functions functions; over their aim: $long_files files, $long_functions functions"

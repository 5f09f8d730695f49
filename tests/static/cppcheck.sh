#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# cppcheck over everything that runs in user space, and over the module's core.
. "$(dirname "$0")/lib.sh"

command -v cppcheck >/dev/null || skip 'cppcheck is not installed'
mapfile -t sources < <(files 'ctl/*.c' 'syncd/*.c' 'ha/*.c' 'tests/loadgen/*.c' 'kmod/core/*.c')
((${#sources[@]})) || skip 'there are no sources'

# internalAstError: this version does not understand a compound literal after "?:".
while read -r line; do
	say "$line"
done < <(cppcheck -q -j 2 --std=c11 --language=c --enable=warning,portability,performance \
	--inline-suppr --suppress=internalAstError --suppress=missingInclude --suppress=unknownMacro \
	-D_GNU_SOURCE -Ictl/lib -Isyncd -Iha -Ikmod/uapi -Itests/unit/shim \
	--template='{file}:{line}: {severity}: {message} [{id}]' "${sources[@]}" 2>&1 |
	grep -E '^[^ ]+:[0-9]+: ')
verdict "${#sources[@]} files"

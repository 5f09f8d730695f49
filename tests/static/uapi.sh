#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The contract between kernel and user space compiles alone, as C and as C++,
# with every warning, and a record has the size that it says.
. "$(dirname "$0")/lib.sh"

header=kmod/uapi/linux/baton.h
[[ -e $header ]] || skip "there is no $header"
source=$(mktemp --suffix=.c)
log=$(mktemp)
trap 'rm -f "$source" "$log"' EXIT
printf '%s\n' '#include <linux/baton.h>' \
	'typedef char record_has_88_bytes[sizeof(struct baton_conn_record) == 88 ? 1 : -1];' \
	'typedef char brief_has_12_bytes[sizeof(struct baton_conn_brief) == 12 ? 1 : -1];' >"$source"

tried=0
for compiler in 'gcc -x c -std=c99' 'gcc -x c -std=gnu17' 'clang -x c -std=c99' 'g++ -x c++ -std=c++11' \
		'clang++ -x c++ -std=c++11'; do
	command -v "${compiler%% *}" >/dev/null || continue
	[[ $compiler == *++* ]] && ! echo 'int main(){}' | ${compiler} -o /dev/null - 2>/dev/null && continue
	tried=$((tried + 1))
	if ! $compiler -Wall -Wextra -Wpedantic -Werror -Ikmod/uapi -fsyntax-only "$source" 2>"$log"; then
		cat "$log"
		say "$header:1: does not compile alone with $compiler"
	fi
done

# Nothing but the kernel's own headers, so that a distribution can ship the file as it is.
while IFS=: read -r line text; do
	say "$header:$line: $text: only <linux/...> may be included"
done < <(grep -nE '^#[[:space:]]*include' "$header" | grep -vE '<linux/[a-z_]+\.h>')
verdict "$tried compilers"

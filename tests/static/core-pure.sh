#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kmod/core is plain C that is also built into unit tests and fuzzers: nothing in
# it may need the kernel. Only core's own headers are included, and no packet
# buffer, lock, allocation, clock, randomness or log is named.
. "$(dirname "$0")/lib.sh"

shopt -s nullglob
sources=(kmod/core/*.c kmod/core/*.h)
((${#sources[@]})) || skip 'there is no kmod/core'

banned='sk_buff|skb_[a-z]+|jiffies|k[mzv]?[mz]?alloc|kfree|kvfree|kmem_cache_[a-z_]+|(raw_)?spin_(un)?lock[a-z_]*'
banned+='|mutex_(un)?lock|rcu_[a-z_]+|ktime_get[a-z_]*|get_random_[a-z0-9]+|prandom_[a-z0-9_]+'
banned+='|printk|pr_[a-z]+|net_device|current_time'

for f in "${sources[@]}"; do
	[[ $f == kmod/core/env.h ]] && continue
	while IFS=: read -r line text; do
		header=$(sed -nE 's/^[^"<]*["<]([^">]+)[">].*/\1/p' <<<"$text")
		[[ $text == *'"'* && -e kmod/core/$header ]] ||
			say "$f:$line: includes $header, which is not core's"
	done < <(grep -nE '^[[:space:]]*#[[:space:]]*include' "$f" |
		grep -vE '<(uapi/)?linux/baton\.h>')
	# Comments may name what the code must not: emptied, but their lines are kept.
	while IFS=: read -r line text; do
		say "$f:$line: names $text, which core must not"
	done < <(perl -0pe 's{/\*.*?\*/|//[^\n]*}{$& =~ s/[^\n]//gr}gse' "$f" | grep -noE "\\b($banned)\\b")
done
verdict "${#sources[@]} files"

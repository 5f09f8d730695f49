#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The services stay as closed as they are: an exposure below 2.0 by systemd's own count, no
# capability but one, and no part that takes another down with it.
. "$(dirname "$0")/lib.sh"

command -v systemd-analyze >/dev/null || skip 'systemd is not installed'
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
scores=
for unit in systemd/*.service; do
	sed -E 's#@sbindir@#/usr/sbin#g' "$unit" >"$dir/${unit##*/}"
	score=$(systemd-analyze security --no-pager --offline=yes "$dir/${unit##*/}" 2>/dev/null |
		sed -nE 's/.*exposure level.*: ([0-9.]+).*/\1/p')
	[[ -n $score ]] || skip 'this systemd-analyze does not judge files'
	scores+=" $(basename "$unit" .service) $score"
	awk -v s="$score" 'BEGIN { exit !(s < 2.0) }' || say "$unit:1: exposure $score, wanted below 2.0"
	grep -q '^CapabilityBoundingSet=CAP_NET_ADMIN$' "$unit" || say "$unit:1: may have more than CAP_NET_ADMIN"
	while read -r line; do
		say "$unit:$line"
	done < <(grep -nE '^(Requires|Requisite|BindsTo|StopWhenUnneeded|OnFailure)=' "$unit")
done
verdict "exposure:$scores"

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The units are what systemd understands: verified as they would be installed,
# with the programs that they start stood in for by one that exists. Also the
# users, the paths and the preset that come with them.
. "$(dirname "$0")/lib.sh"

command -v systemd-analyze >/dev/null || skip 'systemd is not installed'
shopt -s nullglob
units=(systemd/*.service systemd/*.target)
((${#units[@]})) || skip 'there are no units'
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

mkdir "$dir/units"
for u in "${units[@]}"; do
	sed -E 's#@[a-z]*sbindir@/(batonctl|baton-[a-z]+)#/bin/true#g; s#@[a-z]+@#/usr#g' "$u" >"$dir/units/${u##*/}"
	# Every program that a unit starts is one that we build.
	while read -r program; do
		[[ -d ${program#baton-} || $program == batonctl ]] ||
			say "$u:1: starts $program, which the tree does not build"
	done < <(grep -E '^Exec' "$u" | grep -oE '/(batonctl|baton-[a-z]+)\b' | tr -d / | sort -u)
done
# With what an administrator may add.
mkdir "$dir/units/baton-syncd.service.d"
cp systemd/sync-key.conf.example "$dir/units/baton-syncd.service.d/key.conf"
# corosync need not be here to judge our units.
printf '[Service]\nExecStart=/bin/true\n' >"$dir/units/corosync.service"
while read -r line; do
	say "$line"
done < <(SYSTEMD_UNIT_PATH="$dir/units:/usr/lib/systemd/system:/lib/systemd/system" \
	systemd-analyze verify --man=no --generators=no "$dir"/units/baton*.{service,target} 2>&1 |
	grep -F baton | sed "s#$dir/units#systemd#g")

mkdir -p "$dir/root/etc"
for f in systemd/*.sysusers; do
	out=$(systemd-sysusers --dry-run --root="$dir/root" "$PWD/$f" 2>&1) || say "$f:1: $out"
done
for u in baton-syncd baton-ha; do
	for where in sysusers service; do
		files_of=(systemd/*".$where")
		grep -qsw "$u" "${files_of[@]}" || say "systemd: no $where knows the user $u"
	done
done
for f in systemd/*.tmpfiles; do
	out=$(grep -vE '^(#|$)' "$f" | awk 'NF < 2 || $1 !~ /^[a-zA-Z][-+!=~^]*$/ { print FILENAME ": " $0 }') || true
	[[ -z $out ]] || say "$f:1: not a tmpfiles line: $out"
done
verdict "${#units[@]} units"

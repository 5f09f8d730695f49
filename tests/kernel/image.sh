#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Pack what the kernel tests' guest runs on, as cpio archives that the kernel unpacks
# one after the other.
#
# Usage: image.sh base KVER ROOT		prints the path of the cached archive: this host's
#						programs with their libraries, the kernel's modules
#	 image.sh overlay KVER LIMIT SCRIPT...	writes to stdout: our module, programs, scripts (names in
#						tests/kernel, or paths without .sh); programs of the
#						host named in BATON_PROGRAMS, and in a script's line
#						"# programs: NAME...", come along
set -eu

cache=${XDG_CACHE_HOME:-$HOME/.cache}/baton
BUILD=${BUILD:-build}

programs=(bash ip nft tc ss bridge ethtool tcpdump curl nginx socat conntrack ping arping kmod jq sysctl setpriv ipvsadm)
modules=(veth dummy bridge nf_tables nft_ct nft_counter nft_limit nf_conntrack nf_conntrack_netlink nft_reject_inet
	nft_masq nft_chain_nat nft_log ip_vs ip_vs_rr ip_vs_wlc ip_vs_pe_sip sch_netem sch_ingress sch_tbf cls_matchall cls_u32 act_gact
	act_mirred pktgen 8021q macvlan tun nft_flow_offload nf_flow_table nf_flow_table_inet
	ipip ip6_tunnel sit ip_gre ip6_gre fou fou6 sctp
	xfrm_user esp4 ah4 esp6 authenc echainiv ctr sha512_generic drbg jitterentropy_rng)

# add_file PATH: into $stage at the same place, links resolved
add_file() {
	[[ -e $stage$1 ]] || install -D "$1" "$stage$1"
}

# add_program PATH [DESTINATION]: with the shared libraries that it needs
add_program() {
	local lib
	install -D "$1" "$stage${2:-$1}"
	{ ldd "$1" 2>/dev/null || true; } | grep -oE '/[^ ]+\.so[^ ]*' | while read -r lib; do
		add_file "$lib"
	done
}

# bring NAME: that program of this host
bring() {
	local path
	path=$(type -P "$1") || { echo "image.sh: no program $1; run: make deps" >&2; exit 1; }
	add_program "$path" "/usr/bin/$1"
}

pack() {
	(cd "$stage" && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0)
}

base() {
	local kver=$1 root=${2%/} key archive p path m
	mkdir -p "$cache"
	key=$( { cat "$0" tests/kernel/init
		 for p in "${programs[@]}" busybox; do
			path=$(type -P "$p") || { echo "image.sh: no program $p; run: make deps" >&2; exit 1; }
			stat -Lc '%n %s %Y' "$path"
		 done
		 stat -Lc '%n %s %Y' "$root/lib/modules/$kver/modules.dep"; } | sha256sum | cut -c1-16)
	archive=$cache/kernel-test-$kver-$key.cpio
	if [[ ! -e $archive ]]; then
		for p in "${programs[@]}"; do
			add_program "$(type -P "$p")" "/usr/bin/$p"
		done
		add_program "$(type -P busybox)" /bin/busybox
		for m in $(busybox --list); do
			[[ -e $stage/usr/bin/$m || $m == busybox ]] || ln -s busybox "$stage/bin/$m"
		done
		ln -sf ../usr/bin/bash "$stage/bin/bash"
		install -d "$stage/sbin"
		ln -s ../usr/bin/kmod "$stage/sbin/modprobe"
		for m in modprobe insmod rmmod lsmod modinfo depmod; do
			ln -sf kmod "$stage/usr/bin/$m"
			rm -f "$stage/bin/$m"
		done
		install -d "$stage"/{proc,sys,dev,tmp,run/netns,etc,var/log/nginx,var/lib/nginx,root,var/run}
		printf 'root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534::/:/bin/false\n' >"$stage/etc/passwd"
		printf 'root:x:0:\nnogroup:x:65534:\n' >"$stage/etc/group"
		for p in /etc/protocols /etc/services /etc/iproute2; do
			[[ -e $p ]] && cp -rL --parents "$p" "$stage"
		done
		add_modules "$kver" "$root"
		install -m 755 tests/kernel/init "$stage/init"
		pack >"$archive.tmp$$"
		rm -f "$cache/kernel-test-$kver-"*.cpio
		mv "$archive.tmp$$" "$archive"
	fi
	echo "$archive"
}

# add_modules KVER ROOT: what is listed above and what that needs, not compressed (the guest
# has better things to do), with its own dependency lists
add_modules() {
	local kver=$1 root=$2 m line file to
	mkdir -p "$stage/lib/modules/$kver"
	for m in "${modules[@]}"; do
		modprobe -d "${root:-/}" -S "$kver" --show-depends "$m" 2>/dev/null || true
	done | awk '$1 == "insmod" { print $2 }' | sort -u | while read -r file; do
		to=$stage/lib/modules/$kver/${file#*"/modules/$kver/"}
		mkdir -p "$(dirname "$to")"
		case $file in
		*.xz)	xz -dc "$file" >"${to%.xz}" ;;
		*.zst)	zstd -qdc "$file" >"${to%.zst}" ;;
		*)	cp "$file" "$to" ;;
		esac
	done
	cp "$root/lib/modules/$kver"/modules.{builtin,order} "$stage/lib/modules/$kver/"
	depmod -b "$stage" "$kver" 2>/dev/null
}

overlay() {
	local kver=$1 limit=$2 p s
	shift 2
	for p in ${BATON_PROGRAMS:-}; do
		bring "$p"
	done
	install -D -m 644 "${GUEST_KMOD:-$BUILD/kmod}/$kver/baton.ko" "$stage/baton/baton.ko"
	strip --strip-debug "$stage/baton/baton.ko"
	for p in "$BUILD"/bin/*; do
		[[ -x $p && -f $p ]] && add_program "$p" "/usr/bin/$(basename "$p")"
	done
	cp tests/kernel/lib*.sh "$stage/baton/"
	cp -r tests/golden/wire "$stage/baton/"
	echo "${SOAK:-600}" >"$stage/baton/soak"
	echo "${SCALE:-200000}" >"$stage/baton/scale"
	if [[ -n ${GUEST_HOOKS:-} ]]; then
		cp "$GUEST_HOOKS" "$stage/baton/hooks"
		cp "$GUEST_KMOD/$kver.bite/bite.ko" "$stage/baton/"
	fi
	for s; do
		[[ $s == */* ]] || s=tests/kernel/$s
		cp "$s.sh" "$stage/baton/"
		for p in $(sed -nE '1,40s/^# programs: *//p' "$s.sh"); do
			bring "$p" >&2
		done
		echo "${s##*/} ${limit:-$(sed -nE '1,40s/^# limit: *([0-9]+).*/\1/p' "$s.sh" | head -n 1)}"
	done >"$stage/baton/list"
	pack
}

stage=$(mktemp -d)
chmod 755 "$stage"
trap 'rm -rf "$stage"' EXIT
"$@"

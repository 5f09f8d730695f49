#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Install the Debian packages that building and testing need and that are not
# there yet. Says nothing when nothing is missing; otherwise says what it is
# about to do. Root, or sudo, is only needed then.
#
# Usage: tests/deps.sh [--list] [make goal...]
#	--list	print the missing packages, install nothing
set -euo pipefail

build=(gcc make pkgconf libc6-dev libnl-3-dev libnl-genl-3-dev libnl-route-3-dev libsystemd-dev
	libjson-c-dev libinih-dev libsodium-dev libprotobuf-c-dev protobuf-c-compiler libcpg-dev libquorum-dev
	libvotequorum-dev libcmap-dev libcorosync-common-dev kmod xz-utils
	linux-headers-cloud-amd64 linux-headers-6.12-cloud-amd64)
static=(sparse cppcheck clang clang-tidy shellcheck perl python3 systemd)
cluster=(corosync corosync-qdevice corosync-qnetd iproute2 nftables python3)
unit=(libcmocka-dev gcc)
ocf=(resource-agents libxml2-utils python3)
guest=(qemu-system-x86 cpio iproute2 nftables ethtool tcpdump curl nginx-light socat conntrack iputils-ping
	iputils-arping ipvsadm busybox-static jq iperf3)
fuzz=(clang libclang-rt-dev)
debug=(linux-source-6.1 flex bison bc libelf-dev cpio)
testbed=(mmdebstrap uidmap e2fsprogs openssh-client qemu-utils python3)

want=("${build[@]}")
list=
for goal; do
	case $goal in
	--list)		list=1 ;;
	check-static)	want+=("${static[@]}") ;;
	check-unit)	want+=("${unit[@]}") ;;
	check-ocf)	want+=("${ocf[@]}") ;;
	check-kernel)	want+=("${guest[@]}") ;;
	check-debug)	want+=("${guest[@]}" "${debug[@]}") ;;
	check-fuzz)	want+=("${fuzz[@]}") ;;
	check-cluster)	want+=("${cluster[@]}") ;;
	check)		want+=("${static[@]}" "${unit[@]}" "${ocf[@]}" "${guest[@]}" "${fuzz[@]}" "${cluster[@]}") ;;
	check-full)	want+=("${static[@]}" "${unit[@]}" "${ocf[@]}" "${guest[@]}" "${fuzz[@]}" "${cluster[@]}" "${debug[@]}" python3 pahole) ;;
	bench|bench-quick|bench-sync|check-bench)	want+=("${guest[@]}" python3 pahole) ;;
	bench-native)	want+=("${guest[@]}" "${debug[@]}" python3) ;;
	bench-load)	want+=("${guest[@]}" python3) ;;
	drill*|bench-failover)	want+=("${guest[@]}" "${testbed[@]}") ;;
	deps)		want+=("${static[@]}" "${unit[@]}" "${ocf[@]}" "${guest[@]}" "${fuzz[@]}" "${cluster[@]}" "${testbed[@]}" "${debug[@]}") ;;
	esac
done

mapfile -t want < <(printf '%s\n' "${want[@]}" | sort -u)
mapfile -t missing < <(
	dpkg-query -W -f='${db:Status-Status} ${Package}\n' "${want[@]}" 2>/dev/null |
		sed -n 's/^installed //p' | sort -u |
		comm -13 - <(printf '%s\n' "${want[@]}"))

if ((${#missing[@]} == 0)); then
	exit 0
fi
if [[ -n $list ]]; then
	printf '%s\n' "${missing[@]}"
	exit 0
fi

root=()
if ((EUID != 0)); then
	if ! command -v sudo >/dev/null; then
		echo "deps: not root and no sudo; as root, run: apt-get install ${missing[*]}" >&2
		exit 1
	fi
	root=(sudo)
fi
echo "deps: installing ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() {
	"${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 \
		-o DPkg::Lock::Timeout=300 "$@" >"$log" 2>&1 </dev/null
}
# Without --no-install-recommends the kernels' recommendations would pull in a boot loader. A
# daemon that comes with a package has no business running here: policy-rc.d says so for the
# length of this run, unless the administrator has one.
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
	printf '#!/bin/sh\nexit 101\n' | "${root[@]}" tee "$policy" >/dev/null
	"${root[@]}" chmod 755 "$policy"
	trap '"${root[@]}" rm -f "$policy"; rm -f "$log"' EXIT
fi
if ! { apt update && apt install --no-install-recommends -y "${missing[@]}"; }; then
	cat "$log" >&2
	echo "deps: apt-get could not install: ${missing[*]}" >&2
	exit 1
fi

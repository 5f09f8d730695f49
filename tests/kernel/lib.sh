# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Helpers of the kernel test scripts. A script is a picture or a paragraph, `. ./lib.sh`, and
# steps; it ends at the first command that fails. Every command on the way is shown.
#
# Namespaces: `ns NAME`, `link A IF_A ADDR_A B IF_B ADDR_B`, `in_ns NAME COMMAND...`.
# Waiting: `wait_for SECONDS COMMAND...` polls; nothing sleeps for a fixed time and hopes.
# Judging: `expect WANT COMMAND...` compares output, `refused STATUS REGEX COMMAND...`.

set -euE -o pipefail
shopt -s inherit_errexit

work=$(mktemp -d)
cd "$work"
spaces=()

failed_at() {
	local i
	echo "FAILED: $BASH_COMMAND (status $1)"
	for ((i = 1; i < ${#FUNCNAME[@]}; i++)); do
		echo "    at ${FUNCNAME[i]} (${BASH_SOURCE[i]##*/}:${BASH_LINENO[i - 1]})"
	done
}
trap 'failed_at $?' ERR
trap cleanup EXIT

# cleanup: what the script started ends, its namespaces go, the module goes
cleanup() {
	local status=$? p n
	trap - ERR EXIT
	set +eE
	for p in $(jobs -p); do
		kill "$p" 2>/dev/null
	done
	wait 2>/dev/null
	for n in "${spaces[@]}"; do
		[[ -e /run/netns/$n ]] || continue
		for p in $(ip netns pids "$n"); do
			kill -9 "$p" 2>/dev/null
		done
		ip netns del "$n"
	done
	for p in "${on_exit[@]:-}"; do
		[[ -z $p ]] || eval "$p"
	done
	cd / && rm -rf "$work"
	exit "$status"
}
on_exit=()

say() { printf '# %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*"; return 1; }
skip() { printf '%s\n' "$*"; exit 77; }

# show COMMAND...: print, then run
show() { printf '$ %s\n' "$*"; "$@"; }

# in_ns NAME COMMAND...: in that namespace, shown; `quiet_in` does not show
in_ns() { local n=$1; shift; printf '$ [%s] %s\n' "$n" "$*"; ip netns exec "$n" "$@"; }
quiet_in() { local n=$1; shift; ip netns exec "$n" "$@"; }

# baton NAME ARGUMENTS...: batonctl in that namespace
baton() { local n=$1; shift; in_ns "$n" batonctl "$@"; }
baton_json() { local n=$1; shift; quiet_in "$n" batonctl --json "$@"; }

# load, unload: the module
load() { show insmod /baton/baton.ko "$@"; }
unload() { show rmmod baton; }
is_loaded() { grep -q '^baton ' /proc/modules; }

# ns NAME...: namespaces with loopback up; no IPv6 chatter
ns() {
	local n
	for n; do
		ip netns add "$n"
		spaces+=("$n")
		quiet_in "$n" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
		ip -n "$n" link set lo up
	done
}

# link A IF_A ADDR_A B IF_B ADDR_B: a veth pair; an address may be "-"
link() {
	ip -n "$1" link add "$2" type veth peer name "$5" netns "$4"
	[[ $3 == - ]] || ip -n "$1" addr add "$3" dev "$2"
	[[ $6 == - ]] || ip -n "$4" addr add "$6" dev "$5"
	ip -n "$1" link set "$2" up
	ip -n "$4" link set "$5" up
}

# switch NAME: a namespace with a bridge br0; plug NAME NS IF ADDR puts NS on it
switch() {
	ns "$1"
	ip -n "$1" link add br0 type bridge
	ip -n "$1" link set br0 up
}
plug() {
	link "$2" "$3" "$4" "$1" "$2-$3" -
	ip -n "$1" link set "$2-$3" master br0
}

# wait_for SECONDS COMMAND...: poll every 50 ms until it succeeds; the limit is there for failures
# only. What the last try printed is shown then.
wait_for() {
	local limit=$1 end out up
	shift
	read -r up _ </proc/uptime
	end=$((${up%.*} + limit))
	until out=$("$@" 2>&1); do
		read -r up _ </proc/uptime
		if ((${up%.*} > end)); then
			printf '%s\n' "$out"
			fail "after $limit s still not: $*"
		fi
		sleep 0.05
	done
}

# expect WANT COMMAND...: standard output, whole, is WANT
expect() {
	local want=$1 got
	shift
	printf '$ %s\n' "$*"
	got=$("$@")
	[[ $got == "$want" ]] || fail "wanted '$want', got '$got'"
}

# refused STATUS REGEX COMMAND...: exits with STATUS and says REGEX in exactly one line
refused() {
	local want=$1 regex=$2 got status=0
	shift 2
	printf '$ %s\n' "$*"
	got=$("$@" 2>&1) || status=$?
	printf '%s\n' "$got"
	[[ $status == "$want" ]] || fail "wanted exit status $want, got $status"
	[[ $got =~ $regex ]] || fail "wanted a sentence that matches '$regex'"
	[[ $got != *$'\n'* ]] || fail "wanted one line"
}

# background COMMAND...: with its output in $work/N.out; sets $job to its pid, $job_out to the file
background() {
	job_out=$work/job$((++jobs_begun)).out
	printf '$ %s &\n' "$*"
	"$@" >"$job_out" 2>&1 &
	job=$!
}
jobs_begun=0

# listening NS tcp|udp PORT: somebody waits for traffic there
listening() { quiet_in "$1" ss -Hln "--$2" "sport = :$3" | grep -q .; }

# counter NS drops NAME | counter NS conns: from the module
drops() { baton_json "$1" stats | jq -er --arg n "$2" '.drops[$n] // 0'; }
conns() { baton_json "$1" status | jq -er '.connections // .info.connections'; }

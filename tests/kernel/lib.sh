# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Helpers of the kernel test scripts. A script is a picture or a paragraph, `. ./lib.sh`, and
# steps; it ends at the first command that fails. Every command on the way is shown.
#
# Namespaces: `ns`, `link`, `switch`, `plug`, `net_up`; `in_ns NAME COMMAND...`.
# Waiting: `wait_for SECONDS COMMAND...` polls; nothing sleeps for a fixed time and hopes.
# Judging: `expect WANT COMMAND...` compares output, `refused STATUS REGEX COMMAND...`.

set -euE -o pipefail
shopt -s inherit_errexit
ulimit -n 65536

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
exec 3>&1
show() { printf '$ %s\n' "$*" >&3; "$@"; }

# in_ns NAME COMMAND...: in that namespace, shown; `quiet_in` does not show
in_ns() { local n=$1; shift; printf '$ [%s] %s\n' "$n" "$*" >&3; ip netns exec "$n" "$@"; }
quiet_in() { local n=$1; shift; ip netns exec "$n" "$@"; }

# baton NAME ARGUMENTS...: batonctl in that namespace
baton() { local n=$1; shift; in_ns "$n" batonctl "$@"; }
baton_json() { local n=$1; shift; quiet_in "$n" batonctl --json "$@"; }

# load, unload: the module
load() { modprobe -q nf_defrag_ipv6; show insmod /baton/baton.ko "$@"; }
unload() { show rmmod baton; }
is_loaded() { grep -q '^baton ' /proc/modules; }

# Networks are described first and made at once by net_up, in few processes: under emulation each
# costs a tenth of a second.
#
#	ns NAME...				namespaces, loopback up
#	link A IF_A ADDR_A B IF_B ADDR_B	a veth pair; an address may be "-"
#	switch NAME				a namespace with a bridge br0
#	plug SWITCH NS IF ADDR			NS on that switch
ns() {
	local n
	for n; do
		echo "netns add $n"
		spaces+=("$n")
		echo 'link set lo up' >"$work/net.$n"
	done >>"$work/net"
}
link() {
	echo "link add $2 netns $1 type veth peer name $5 netns $4" >>"$work/net"
	end_of_link "$1" "$2" "$3"
	end_of_link "$4" "$5" "$6"
}
end_of_link() {
	[[ $3 == - ]] || echo "addr add $3 dev $2"
	echo "link set $2 up"
} >>"$work/net.$1"
switch() {
	ns "$1"
	printf '%s\n' 'link add br0 type bridge' 'link set br0 up' >>"$work/net.$1"
}
plug() {
	link "$2" "$3" "$4" "$1" "$2-$3" -
	echo "link set $2-$3 master br0" >>"$work/net.$1"
}
# in_net NAME LINE: one more line of ip, once the interfaces of NAME are there
in_net() { echo "$2" >>"$work/net.$1"; }
net_up() {
	local f
	ip -batch "$work/net"
	for f in "$work"/net.*; do
		ip -n "${f##*/net.}" -batch "$f"
	done
	rm "$work"/net*
}

# nap SECONDS: without a process
mkfifo nap
exec {nap_fd}<>nap
nap() { read -rt "$1" -u "$nap_fd" || true; }

# wait_for SECONDS COMMAND...: poll, ever more slowly up to twice a second, until it succeeds; the
# limit is there for failures only. What the last try printed is shown then.
wait_for() {
	local limit=$1 end out up pause=5
	shift
	read -r up _ </proc/uptime
	end=$((${up%.*} + limit))
	until out=$("$@" 2>&1); do
		read -r up _ </proc/uptime
		if ((${up%.*} > end)); then
			printf '%s\n' "$out"
			fail "after $limit s still not: $*"
		fi
		nap "0.$(printf %02d "$pause")"
		pause=$((pause < 25 ? pause * 2 : 50))
	done
}

# expect WANT COMMAND...: standard output, whole, is WANT
expect() {
	local want=$1 got
	shift
	got=$("$@")
	[[ $got == "$want" ]] || fail "wanted '$want', got '$got'"
}

# refused STATUS REGEX COMMAND...: exits with STATUS and says REGEX in exactly one line
refused() {
	local want=$1 regex=$2 got status=0
	shift 2
	got=$("$@" 2>&1) || status=$?
	printf '%s\n' "$got"
	[[ $status == "$want" ]] || fail "wanted exit status $want, got $status"
	[[ $got =~ $regex ]] || fail "wanted a sentence that matches '$regex'"
	[[ $got != *$'\n'* ]] || fail "wanted one line"
}

# capture NS COUNT IF FILTER...: tcpdump in the background, listening by the time this returns; what
# it sees is in $capture
capture() {
	local n=$1 count=$2 dev=$3
	shift 3
	background in_ns "$n" tcpdump -Z root -n -v -l -c "$count" -i "$dev" "$@"
	capture=$job_out
	wait_for 10 says "$capture" 'listening on'
}
# says FILE REGEX: it does; else shows it
says() { grep -E -- "$2" "$1" || { cat "$1"; return 1; }; }

# background COMMAND...: with its output in $work/N.out; sets $job to its pid, $job_out to the file
background() {
	job_out=$work/job$((++jobs_begun)).out
	"$@" >"$job_out" 2>&1 &
	job=$!
}
jobs_begun=0

# listening NS tcp|udp PORT: somebody waits for traffic there
listening() { quiet_in "$1" ss -Hln "--$2" "sport = :$3" | grep -q .; }

# json_number REGEX: the number that follows it in the JSON on standard input, blanks apart. Ten
# times cheaper than jq, and scripts ask often.
json_number() {
	local text
	text=$(</dev/stdin)
	text=${text//[[:space:]]/}
	[[ $text =~ $1([0-9]+) ]] || { printf 'no %s in %s\n' "$1" "$text" >&2; return 1; }
	printf '%s\n' "${BASH_REMATCH[-1]}"
}

# What the module counted, as plain numbers: dropped NS REASON, counted NS MEMBER (of stats),
# conns NS [FILTER...] in the table, synced NS, in_state NS STATE, server_has NS PROTOCOL SERVICE
# SERVER active|inactive|weight
dropped() { baton_json "$1" stats | json_number "\"reason\":\"$2\",\"count\":"; }
counted() { baton_json "$1" stats | json_number "\"$2\":"; }
conns() { local n=$1; shift; baton_json "$n" connection count "$@" | json_number '"connections":'; }
synced() { baton_json "$1" connection count | json_number '"synced":'; }
in_state() { baton_json "$1" connection count | json_number "\"$2\":"; }
server_has() {
	local address=${4%:*}
	address=${address#[}
	baton_json "$1" server list "$2" "$3" |
		json_number "\"address\":\"${address%]}\",\"port\":${4##*:},[^}]*\"$5\":"
}
# agree NS: what each server counts is what the table holds of it, templates apart
agree() {
	local protocol service server counted held wrong=0
	while read -r protocol service server counted; do
		held=$(baton_json "$1" connection count service "$protocol" "$service" server "$server" |
			jq '.connections - (.states.template // 0)')
		((held == counted)) || { echo "$protocol $service $server counts $counted of $held"; wrong=1; }
	done < <(baton_json "$1" server list | jq -r 'def at: "\(if .address | contains(":") then "[\(.address)]"
		else .address end):\(.port)"; .[] | "\(.service.protocol) \(.service | at) \(at) \(.active + .inactive)"')
	return $wrong
}
# fails COMMAND...: "! COMMAND" alone would not end a script
fails() { if "$@"; then fail "this should not have worked: $*"; fi; }
# is WANT COMMAND...: for wait_for, which shows what it was instead
is() {
	local want=$1 got
	shift
	got=$("$@")
	[[ $got == "$want" ]] || { printf "'%s' is not '%s'\n" "$got" "$want"; return 1; }
}

. /baton/lib_topology.sh
. /baton/lib_v6.sh
. /baton/lib_fast.sh

# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Ends of SIP calls: phones and servers alike.

# ua NS NAME ENDPOINT: see helpers/sipua.c; names are of the script, not of the namespace
declare -A ua_fd
ua() {
	local fd
	mkfifo "$work/ua.$2.in"
	ip netns exec "$1" sipua "$2" "$3" <"$work/ua.$2.in" >"$work/ua.$2" 2>&1 &
	exec {fd}>"$work/ua.$2.in"
	ua_fd[$2]=$fd
	wait_for 10 grep -q ready "$work/ua.$2"
}
# call NAME ENDPOINT CALL-ID: a request, and what comes back: who answered, and from where
call() {
	local lines
	lines=$(wc -l <"$work/ua.$1")
	printf '%s\n' "$2 $3" >&"${ua_fd[$1]}"
	wait_for 10 more_lines "$work/ua.$1" "$lines"
	last_line "$work/ua.$1"
}
# server_of NAME ENDPOINT CALL-ID: who answered, from where we asked
server_of() {
	local answer
	answer=$(call "$@")
	[[ ${answer#* } == "$2 $3" ]] || fail "$answer"
	echo "${answer%% *}"
}

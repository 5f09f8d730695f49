# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# bash completion for batonctl. Services and servers come from the kernel, where the user may ask
# it; without that only words are completed.

# Keys as "tcp 192.0.2.1:80", one a line; servers of one as "198.51.100.21:80".
_batonctl_keys() { batonctl save 2>/dev/null | sed -n 's/^service \([^ ]* [^ ]*\) .*/\1/p'; }
_batonctl_servers() { batonctl save 2>/dev/null | sed -n "s/^server $1 $2 \([^ ]*\) .*/\1/p"; }

# Offer words; an address has colons, which readline takes for the end of a word.
_batonctl_offer() {
	mapfile -t COMPREPLY < <(compgen -W "$*" -- "$cur")
	declare -F __ltrim_colon_completions >/dev/null && __ltrim_colon_completions "$cur"
}

# Complete a key that begins at word $1: its protocol, then its address and port.
_batonctl_key() {
	if ((cword == $1)); then
		_batonctl_offer tcp udp sctp mark mark6 "${@:2}"
	else
		_batonctl_offer "$(_batonctl_keys | sed -n "s/^${words[$1]} //p")"
	fi
}

_batonctl_service() {
	if ((cword == 2)); then
		_batonctl_offer list add set del flush
	elif ((cword <= 4)); then
		_batonctl_key 3
	else
		case $prev in
		scheduler) _batonctl_offer rr wrr lc wlc sed nq fo ovf twos dh sh mh lblc lblcr ;;
		sync) _batonctl_offer on off after ;;
		reset | fastpath | onepacket | fallback | hash-port | expire-quiescent | bypass | conntrack) _batonctl_offer on off ;;
		helper) _batonctl_offer ftp off ;;
		persistent) _batonctl_offer off 300 ;;
		by) _batonctl_offer address sip-call-id ;;
		*) [[ ${words[2]} != @(add|set) ]] || _batonctl_offer scheduler fallback hash-port sync reset fastpath onepacket helper persistent prefix by expire-quiescent bypass conntrack timeout_tcp_established timeout_tcp_fin_wait timeout_udp timeout_sctp_established ;;
		esac
	fi
}

_batonctl_server() {
	if ((cword == 2)); then
		_batonctl_offer list add set del
	elif ((cword <= 4)); then
		_batonctl_key 3
	elif ((cword == 5)); then
		[[ ${words[2]} != @(set|del) ]] ||
			_batonctl_offer "$(_batonctl_servers "${words[3]}" "${words[4]}")"
	else
		case ${words[2]}-$prev in
		*-weight | *-upper | *-lower | *-drain | *-tunnel-port | list-*) ;;
		*-tunnel-checksum) _batonctl_offer off on remote ;;
		*-tunnel) _batonctl_offer ipip gre gue ;;
		del-*) _batonctl_offer drain ;;
		*) _batonctl_offer nat dr tunnel tunnel-checksum tunnel-port weight upper lower ;;
		esac
	fi
}

_batonctl_connection() {
	if ((cword == 2)); then
		_batonctl_offer list count kill
	elif [[ $prev == service ]]; then
		_batonctl_offer tcp udp sctp mark mark6
	elif [[ ${words[cword - 2]} == service ]]; then
		_batonctl_key $((cword - 1))
	elif [[ $prev != @(server|client) ]]; then
		_batonctl_offer service server client
	fi
}

_batonctl_tunable() {
	if ((cword == 2)); then
		_batonctl_offer list set
	elif ((cword % 2)); then
		_batonctl_offer "$(batonctl tunable list 2>/dev/null | cut -d' ' -f1)"
	elif [[ $prev == fastpath ]]; then
		_batonctl_offer on off
	fi
}

_batonctl() {
	local cur prev words cword
	if declare -F _init_completion >/dev/null; then
		_init_completion -n : || return
	else
		cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
		words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
	fi
	# Options may stand anywhere; the words keep their places without them.
	local i
	for ((i = 1; i < cword; i++)); do
		if [[ ${words[i]} == -* ]]; then
			words=("${words[@]:0:i}" "${words[@]:i+1}")
			((cword--, i--))
		fi
	done
	if [[ $cur == -* ]]; then
		_batonctl_offer --json --help --version --explain --dry-run
		return
	fi
	if ((cword == 1)); then
		_batonctl_offer status service server connection apply save sync ha handover drill promote \
			demote resume timeline gate monitor metrics stats top tunable config version help
		return
	fi
	case ${words[1]} in
	service) _batonctl_service ;;
	server) _batonctl_server ;;
	connection) _batonctl_connection ;;
	tunable) _batonctl_tunable ;;
	timeline) ((cword == 2)) && _batonctl_offer all ;;
	apply | save | config) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
	sync)
		if ((cword == 2)); then
			_batonctl_offer status warm resync flush reload genkey
		elif [[ ${words[2]} == genkey ]]; then
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		elif [[ ${words[2]} == flush ]] && ((cword == 3)); then
			_batonctl_offer timeout
		fi
		;;
	status) ((cword != 2)) || _batonctl_offer --check --verbose ;;
	top) ((cword % 2)) || _batonctl_offer interval count ;;
	ha) ((cword != 2)) || _batonctl_offer status ;;
	handover) ((cword != 2)) || _batonctl_offer timeout ;;
	drill)
		case $cword in
		2) _batonctl_offer live report ;;
		3) _batonctl_offer limit report ;;
		esac
		;;
	promote) ((cword != 2)) || _batonctl_offer force ;;
	gate)
		case $cword-${words[2]} in
		2-*) _batonctl_offer show close open ;;
		3-open) _batonctl_offer force ;;
		3-close) _batonctl_offer initial ;;
		esac
		;;
	monitor) _batonctl_offer gate service server connection ;;
	esac
}
complete -F _batonctl batonctl

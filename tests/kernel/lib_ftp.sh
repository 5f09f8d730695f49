# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Servers of FTP, and a client that holds control connections as long as a script wants.

# ftp_server NAME ADDRESS:PORT [PASSIVE-PORT]: with a file "who" that has its name, and "file", which takes
# a while as "slow"
ftp_server() {
	local folder=$work/ftp.$1
	mkdir -p "$folder"
	echo "$1" >"$folder/who"
	cp "$work/file" "$folder/file"
	cp "$work/file" "$folder/slow"
	ip netns exec "$1" ftpd "$2" "$folder" "${@:3}" &
	wait_for 10 listening "$1" tcp "${2##*:}"
}

# talk NS ADDRESS PORT COUNT: so many control connections, numbered from 0; `tell N COMMAND` says
# something on one and prints the answer; `tell N get NAME PORT` prints what comes from a data port
talk() {
	cat >"$work/talk" <<-'END'
		hear() { read -r -t 10 -u "${s[$1]}" answer && answer=${answer%$'\r'}; }
		for ((i = 0; i < $3; i++)); do
			exec {fd}<>"/dev/tcp/$1/$2"
			s[i]=$fd
			hear "$i"
		done
		echo ready
		while read -r n words; do
			answer=silence
			case $words in
			get*)	read -r _ name port <<<"$words"
				printf 'RETR %s\r\n' "$name" >&"${s[n]}"
				exec {data}<>"/dev/tcp/$1/$port" && data=$(cat <&"$data")
				hear "$n" && hear "$n"
				echo "$data, $answer" ;;
			*)	printf '%s\r\n' "$words" >&"${s[n]}"
				hear "$n"
				echo "$answer" ;;
			esac
		done
	END
	mkfifo "$work/talk.in"
	ip netns exec "$1" bash "$work/talk" "$2" "$3" "$4" <"$work/talk.in" >"$work/talk.out" 2>&1 &
	exec {talk_fd}>"$work/talk.in"
	wait_for 20 grep -q ready "$work/talk.out"
}
tell() {
	local lines
	lines=$(wc -l <"$work/talk.out")
	printf '%s\n' "$*" >&"$talk_fd"
	wait_for 20 more_lines "$work/talk.out" "$lines"
	tail -n 1 "$work/talk.out"
}
# port_in ANSWER: the port that a 227 or 229 names
port_in() {
	local n
	if [[ $1 =~ \(\|\|\|([0-9]+)\|\) ]]; then
		echo "${BASH_REMATCH[1]}"
	elif [[ $1 =~ ,([0-9]+),([0-9]+)\) ]]; then
		n=$((BASH_REMATCH[1] * 256 + BASH_REMATCH[2]))
		echo "$n"
	else
		fail "no port in '$1'"
	fi
}

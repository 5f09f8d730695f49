# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.12
#
# Control connections of FTP, some of whose answers were written anew, go on through the other
# director: sequence numbers are what the ends think they are. So does a data connection. What is announced
# after that is expected there. Both directors have connection tracking on, and rules that let nothing in
# that is neither established nor a SYN: what the peer told of is established, whichever side speaks first.
. ./lib.sh
. /baton/lib_ftp.sh

load
topology a b
head -c 1500000 /dev/urandom >file
for n in 1 2; do
	ftp_server s$n 198.51.100.2$n:21
done
for n in a b; do
	nat_service $n tcp 21 rr
	baton $n service set tcp $vip:21 helper ftp conntrack on
	in_ns $n nft -f - <<-'END'
		table ip fw {
			chain input {
				type filter hook input priority 0;
				ct state established accept
				tcp dport { 21, 1024-65535 } ct state new tcp flags & (syn|ack) == syn accept
				meta l4proto tcp counter drop
			}
			chain forward {
				type filter hook forward priority 0;
				ct state established accept
				meta l4proto tcp counter drop
			}
		}
	END
done
in_ns b gatectl set standby 1
in_ns a gatectl set active 2
pipe() { in_ns a syncpipe "$@"; }

talk c $vip 21 2
for n in 0 1; do
	answer=$(tell $n PASV)
	[[ $answer == *"($(tr . , <<<$vip),"* ]] || fail "$answer"
	who[n]=$(tell $n get who "$(port_in "$answer")")
	[[ ${who[n]} == 's'[12]', 226 Done' ]] || fail "${who[n]}"
done
background in_ns c curl -sS --max-time 100 -o got ftp://$vip/slow
curl=$job
# its control connection and its data
wait_for 20 is 4 in_state a tcp_established || { cat "$job_out"; false; }
pipe drain a b | tee out
grep -q 'rejected=0 .*overrun=0' out
quiet_in a syncpipe equal a b
expect 4 in_state b tcp_established
# tracked NS: established connections that have entries there
tracked() { quiet_in "$1" grep -c 'tcp .*ESTABLISHED.*ASSURED' /proc/net/nf_conntrack || true; }
expect 0 tracked b

say 'b takes over'
hand_over a b 4
for n in 0 1; do
	answer=$(tell $n PASV)
	[[ $answer == *"($(tr . , <<<$vip),"* ]] || fail "$answer"
	expect "${who[n]}" tell $n get who "$(port_in "$answer")"
done
wait "$curl"
cmp file got
expect 0 dropped b no_server
expect 2 tracked b
for n in a b; do
	expect 2 grep -c 'counter packets 0 ' <(quiet_in $n nft list table ip fw)
done
unload

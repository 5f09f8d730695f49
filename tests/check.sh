#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Run the rungs named on the command line, each the shell command in RUNG_NAME,
# and add up their closing lines. A rung that fails does not keep the next from
# running; a rung that ends without a closing line counts as one failure.
#
# A+B runs B beside A, with what A leaves of the processors: for a rung that computes
# much and asks for no time, beside one that waits much. B's output follows A's.
set -u

passed=0 failed=0 skipped=0 summary=()
logs=$(mktemp -d)
beside=
trap '[[ -z $beside ]] || kill "$beside" 2>/dev/null; rm -rf "$logs"' EXIT
trap 'exit 130' INT TERM

# run RUNG [PREFIX...]: what it says goes to the screen and to its log, its seconds and status to files beside
run() {
	local rung=$1 command=RUNG_$1 begin=$SECONDS status
	shift
	printf '\n== check-%s\n' "$rung"
	"$@" bash -c "${!command}" 2>&1 </dev/null | tee "$logs/$rung"
	status=${PIPESTATUS[0]}
	echo "$status $((SECONDS - begin))" >"$logs/$rung.end"
}

# count RUNG: add up what its log says
count() {
	local rung=$1 ok bad skip status seconds
	read -r status seconds <"$logs/$rung.end" || status=1 seconds=0
	if [[ $(grep -E "^$rung: [0-9]+ passed, [0-9]+ failed" "$logs/$rung" | tail -n 1) =~ \
	      ([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)? ]]; then
		ok=${BASH_REMATCH[1]} bad=${BASH_REMATCH[2]} skip=${BASH_REMATCH[4]:-0}
	else
		ok=0 bad=0 skip=0
		((status)) || status=1
	fi
	((status && !bad)) && bad=1
	passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + skip))
	summary+=("$(printf '%-8s %5d passed %3d failed %3d skipped %5d s' "$rung" "$ok" "$bad" "$skip" "$seconds")")
}

for pair; do
	second=${pair#*+}
	[[ $second != "$pair" ]] || second=
	if [[ -n $second ]]; then
		run "$second" nice -n 19 >"$logs/$second.held" &
		beside=$!
	fi
	run "${pair%+*}"
	count "${pair%+*}"
	if [[ -n $second ]]; then
		wait "$beside"
		beside=
		cat "$logs/$second.held"
		count "$second"
	fi
done

printf '\n'
printf '%s\n' "${summary[@]}"
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
((failed == 0 && passed > 0))

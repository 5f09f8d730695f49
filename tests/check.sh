#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Run the rungs named on the command line, each the shell command in RUNG_NAME,
# and add up their closing lines. A rung that fails does not keep the next from
# running; a rung that ends without a closing line counts as one failure.
set -u

passed=0 failed=0 skipped=0 summary=()
log=$(mktemp)
trap 'rm -f "$log"' EXIT

for rung; do
	command=RUNG_$rung
	printf '\n== check-%s\n' "$rung"
	begin=$SECONDS
	bash -c "${!command}" 2>&1 </dev/null | tee "$log"
	status=${PIPESTATUS[0]}
	if [[ $(grep -E "^$rung: [0-9]+ passed, [0-9]+ failed" "$log" | tail -n 1) =~ \
	      ([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)? ]]; then
		ok=${BASH_REMATCH[1]} bad=${BASH_REMATCH[2]} skip=${BASH_REMATCH[4]:-0}
	else
		ok=0 bad=0 skip=0
		((status)) || status=1
	fi
	((status && !bad)) && bad=1
	passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + skip))
	summary+=("$(printf '%-8s %5d passed %3d failed %3d skipped %5d s' \
		"$rung" "$ok" "$bad" "$skip" $((SECONDS - begin)))")
done

printf '\n'
printf '%s\n' "${summary[@]}"
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
((failed == 0 && passed > 0))

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the programs do and what the manual says are the same: every command of
# batonctl, every drop reason, every key of baton.conf, every option of a daemon.
. "$(dirname "$0")/lib.sh"

shopt -s nullglob

facts=0

# text PAGE: the page as it is read, without formatting.
text() {
	if command -v man >/dev/null; then
		LC_ALL=C.UTF-8 MANWIDTH=200 man -l -P cat "$1" 2>/dev/null | col -bx | tr -s " "
	else
		sed -E 's/\\-/-/g; s/\\(&|f[BIRP])//g; s/^\.[A-Z]+ //; s/"//g' "$1"
	fi
}

# knows FILE WORDS WHAT: the manual page has the words.
knows() {
	facts=$((facts + 1))
	[[ ${rendered[$1]:-} ]] || rendered[$1]=$(text "$1")
	grep -qwF -- "$2" <<<"${rendered[$1]}" || say "$1:1: does not explain $3 $2"
}
declare -A rendered

page=ctl/man/batonctl.8
[[ -e $page ]] || skip "there is no $page"

# The table of commands in main.c: { "noun", "verb" or NULL, ...
mapfile -t commands < <(sed -nE 's/^[[:space:]]*\{ "([a-z-]+)", (NULL|"([a-z-]+)"), (true|false),.*/\1 \3/p' ctl/main.c)
((${#commands[@]})) || say 'ctl/main.c:1: no table of commands found'
for c in "${commands[@]}"; do
	knows "$page" "${c% }" 'the command'
	for completion in ctl/completion/*; do
		for word in $c; do
			facts=$((facts + 1))
			grep -qwF -- "$word" "$completion" || say "$completion:1: does not complete $c"
		done
	done
done

# Drop reasons: the enum, the tool's words and the manual.
reasons=$(sed -n '/^enum baton_drop {/,/^}/p' kmod/uapi/linux/baton.h |
	sed -nE 's/^[[:space:]]*BATON_DROP_([A-Z_]+).*/\1/p')
[[ -n $reasons ]] || say 'kmod/uapi/linux/baton.h:1: no drop reasons found'
for r in $reasons; do
	name=${r,,}
	facts=$((facts + 1))
	grep -qE "\[BATON_DROP_$r\][^\"]*\"$name\"" ctl/names.c || say "ctl/names.c:1: has no words for BATON_DROP_$r"
	knows "$page" "$name" 'the drop reason'
done

# Long options of the programs.
for pair in ctl/main.c:$page syncd/main.c:syncd/man/baton-syncd.8 ha/main.c:ha/man/baton-ha.8; do
	source=${pair%%:*} manual=${pair#*:}
	[[ -e $source ]] || continue
	[[ -e $manual ]] || { say "$manual:1: is missing"; continue; }
	# shellcheck disable=SC2013 # words are meant
	for o in $(sed -nE 's/^[[:space:]]*\{ *"([a-z][a-z-]+)", *(no|required|optional)_argument.*/\1/p' "$source"); do
		knows "$manual" "--$o" 'the option'
	done
done

# Every page is one that man understands.
for m in */man/*.[1-8]; do
	facts=$((facts + 1))
	head -n 30 "$m" | grep -qE '^\.(TH|Dd) ' || say "$m:1: is not a manual page"
	command -v man >/dev/null || continue
	out=$(LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$m" 2>&1 >/dev/null)
	[[ -z $out ]] || say "$m:1: $out"
done
for u in systemd/*.service systemd/*.target; do
	# shellcheck disable=SC2013 # words are meant
	for ref in $(sed -nE 's/^Documentation=//p' "$u" | grep -oE 'man:[a-z.-]+\([0-9]\)'); do
		name=${ref#man:} name=${name%(*} section=${ref%)} section=${section#*(}
		found=(*/man/"$name.$section")
		facts=$((facts + 1))
		((${#found[@]})) || say "$u:1: refers to $name($section), which does not exist"
	done
done

# The worked example is what is installed as an example.
for example in systemd/examples/*; do
	while read -r line; do
		facts=$((facts + 1))
		grep -qxF -- "$line" <(sed -E 's/^[[:space:]]+//' README.md) ||
			say "README.md:1: does not have '$line' of $example"
	done < <(sed -E '/^[[:space:]]*(#|$)/d; s/^[[:space:]]+//' "$example" | sort -u)
done

# The ladder of tests has every rung and every folder.
# shellcheck disable=SC2013 # words are meant
for rung in $(sed -nE 's/.*call rung,([a-z]+),.*/\1/p' tests/*/rules.mk); do
	facts=$((facts + 1))
	grep -qF "\`check-$rung\`" tests/README.md || say "tests/README.md:1: does not explain check-$rung"
done
for folder in tests/*/; do
	folder=${folder#tests/}
	facts=$((facts + 1))
	[[ -z $(files "tests/$folder*") ]] || grep -qF "\`$folder\`" tests/README.md ||
		say "tests/README.md:1: does not say what $folder is"
done
verdict "$facts facts"

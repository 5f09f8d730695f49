#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Build the kernel of the debug tests, once: User-Mode Linux with checkers.
#
# Usage: kernel.sh SERIES	prints its folder (uml.sh)
#
# Three more places of the source are changed. Sleeping where one must not is found by counting,
# which works although UML is never preempted. Memory is refused to those alone who have the module
# on their stack (which UML reads well when there are frame pointers), also when it is the task's
# N-th piece that is to be refused. And while there is something to do the guest's clock runs at an
# eighth of the host's: else nothing would be done in time where the host is busy.
set -eu -o pipefail
. "$(dirname "$0")/uml.sh"

config() { cat "$(dirname "$0")/config"; }

patch() {
	sed -i -e 's/select PREEMPT_COUNT if !ARCH_NO_PREEMPT/select PREEMPT_COUNT/' \
		-e '/^config DEBUG_ATOMIC_SLEEP/,/help/{/depends on !ARCH_NO_PREEMPT/d}' \
		-e '/^config FAULT_INJECTION_STACKTRACE_FILTER/,/help/{/depends on !X86_64/d}' "$1/lib/Kconfig.debug"
	sed -i 's/^\t\tif (fail_nth) {/\t\tif (fail_nth \&\& fail_stacktrace(attr)) {/' "$1/lib/fault-inject.c"
	sed -i -e 's/return os_timer_one_shot(delta);/return os_timer_one_shot(8 * delta);/' \
		-e 's/os_timer_one_shot(\(time_travel_timer_event.time - next\))/os_timer_one_shot(8 * (\1))/' \
		"$1/arch/um/kernel/time.c"
}

uml_kernel debug "$1" config patch

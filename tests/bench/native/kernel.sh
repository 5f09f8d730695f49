#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Build the kernel of the native benchmark, once: User-Mode Linux without checkers.
#
# Usage: kernel.sh SERIES	prints its folder (tests/debug/uml.sh)
#
# It has what the kernel of the debug tests has, except the checkers and the clock that jumps. ip_vs
# is a module as Baton is: what is built in is called in a cheaper way.
set -eu -o pipefail
debug=$(cd "$(dirname "$0")/../../debug" && pwd)
. "$debug/uml.sh"

config() {
	sed -e '/^# What this kernel is for/,$d' -e '/TIME_TRAVEL/d' -e 's/-baton-debug/-baton-native/' \
		-e '/^CONFIG_IP_VS\(_[RW]\?RR\|_[W]\?LC\|_[SM]H\|_PE_SIP\)\?=/s/=y/=m/' "$debug/config"
}

uml_kernel native "$1" config

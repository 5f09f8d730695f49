# SPDX-License-Identifier: GPL-2.0-or-later
# libbaton.a: what the tool and both daemons share. Static, not installed. Who links it
# names LIBBATON_PKGS among its own packages; libsodium is for key.c alone.

LIBBATON_PKGS := libnl-3.0 libnl-genl-3.0 json-c libsystemd inih libsodium

$(eval $(call library,baton,$(wildcard ctl/lib/*.c),$(LIBBATON_PKGS)))

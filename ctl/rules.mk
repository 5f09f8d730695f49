# SPDX-License-Identifier: GPL-2.0-or-later

$(eval $(call program,batonctl,$(wildcard ctl/*.c),$(LIBBATON_PKGS),$(LIBBATON)))

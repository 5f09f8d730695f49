# SPDX-License-Identifier: GPL-2.0-or-later
# Checks that read the tree and run none of it. Generated sources are read too, so they are made first.

$(eval $(call rung,static,tests/static/run,$(LIBBATON)))

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BATON_VERSION_H
#define BATON_VERSION_H

/** Release of module, daemons and tool; they are released together. */
#define BATON_RELEASE "0.1.0"

#endif /* BATON_VERSION_H */

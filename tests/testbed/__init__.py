# SPDX-License-Identifier: GPL-2.0-or-later
"""The testbed: two director guests, clients and servers in a network namespace of their own."""

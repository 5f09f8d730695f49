/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /etc/baton/baton.conf: one file per node, the same on both nodes but for
 * what is local. Read whole and checked whole before anything is done with
 * it; unknown sections and keys are errors. See baton.conf(5).
 *
 *	[sync]
 *	interface = eth1		# may be given twice: two paths
 *	group = 239.255.66.66		# multicast group; or, for each peer and path,
 *					# peer = 10.0.0.2 eth1
 *	port = 6666
 *	key = 1 /etc/baton/sync.key	# up to four; or key_file and key_id, for one
 *	send_key = 1			# the first one if not given
 *	auth = enforce
 *	services = refuse		# or adopt: a standby has what the active has
 *
 *	[ha]
 *	lease_ms = 250
 *	announce_ms = 0 100 1100 2500 5000
 *	fence = /usr/local/sbin/fence-peer
 *	fence_timeout_ms = 60000
 *	succession_ms = 130		# off if not given
 *	succession_port = 6667
 *	probe = yes			# ask the LAN who has the addresses
 *
 *	[vip]				# once per address; also the inside gateway of NAT
 *	address = 192.0.2.10/24
 *	interface = eth0
 *	virtual_mac = 00:00:5e:00:01:0a	# the interface's own if not given
 *
 *	[check]				# any number, up to eight
 *	name = uplink
 *	gateway = 192.0.2.1		# or: program = /usr/local/libexec/check-it -v
 *	interface = eth0		# of the gateway
 *	interval_ms = 1000
 *	timeout_ms = 1000
 *	rise = 3
 *	fall = 3
 */
#ifndef BATON_LIB_CONFIG_H
#define BATON_LIB_CONFIG_H

#include <net/if.h>
#include <stddef.h>
#include <string.h>
#include "model.h"

#define BATON_CONFIG_PATH	"/etc/baton/baton.conf"
#define BATON_SYNC_LINK_MAX	4
#define BATON_SYNC_PEER_MAX	8
#define BATON_SYNC_KEY_MAX	4
#define BATON_ANNOUNCE_MAX	8
#define BATON_CHECK_MAX		8
#define BATON_CHECK_WORDS	16

/** enum baton_sync_auth - what is sent, and what is listened to, on the way to a pair with keys */
enum baton_sync_auth {
	BATON_SYNC_AUTH_ENFORCE,	/* sends with a key, hears nothing else */
	BATON_SYNC_AUTH_PERMISSIVE,	/* sends with a key, hears both */
	BATON_SYNC_AUTH_RECEIVE_ONLY,	/* sends without, hears both */
	BATON_SYNC_AUTH_OFF,		/* no keys at all */
	BATON_SYNC_AUTH_COUNT
};

struct baton_vip {
	uint8_t family;
	uint8_t prefix;			/* bits */
	union baton_addr addr;
	char interface[IF_NAMESIZE];
	uint8_t mac[BATON_VMAC_LEN];	/* that both nodes have; all zero: the interface's own */
	char device[IF_NAMESIZE];	/* that gets the address: the interface, or "baton-XXXXXX" on top of it */
};

/** Has it a link address that moves with it? */
static inline bool baton_vip_has_mac(const struct baton_vip *vip)
{
	static const uint8_t none[BATON_VMAC_LEN];

	return memcmp(vip->mac, none, sizeof(none)) != 0;
}

/** Text of a link address in lower case, "00:00:5e:00:01:0a"; returns @buf. */
#define BATON_MAC_TEXT	18
const char *baton_mac_format(const uint8_t *mac, char *buf, size_t size);
/** Name of the device that has the virtual_mac @mac; returns @buf, IF_NAMESIZE bytes. */
const char *baton_vip_device_name(const uint8_t *mac, char *buf, size_t size);

/** struct baton_check - a gateway that has to answer, or a program that has to end well */
struct baton_check {
	char name[32];
	uint8_t family;			/* of the gateway; 0: it is a program */
	union baton_addr gateway;
	char interface[IF_NAMESIZE];	/* that the gateway is asked on; empty for a program */
	char program[256];		/* absolute path, then up to BATON_CHECK_WORDS - 1 arguments */
	uint32_t interval_ms;		/* from one try to the next */
	uint32_t timeout_ms;		/* of a try, not above the interval */
	uint32_t rise;			/* so many good tries in a row, and it passes again */
	uint32_t fall;			/* so many bad ones, and it fails */
};

struct baton_config {
	struct {
		char interface[BATON_SYNC_LINK_MAX][IF_NAMESIZE];
		unsigned int interfaces;
		uint8_t group_family;
		union baton_addr group;		/* all zero: unicast to peer */
		uint8_t peer_family;		/* of all of them */
		unsigned int peers;		/* 0: multicast */
		struct {
			union baton_addr addr;
			char interface[IF_NAMESIZE];	/* empty: on every one */
		} peer[BATON_SYNC_PEER_MAX];
		uint16_t port;			/* host byte order */
		unsigned int keys;		/* at least one */
		struct {
			uint8_t id;		/* 1 .. 255, each once */
			char file[256];		/* see baton_key_load() */
		} key[BATON_SYNC_KEY_MAX];
		uint8_t send_key;		/* the id of one of them */
		enum baton_sync_auth auth;
		bool adopt;		/* as a standby, have the active's services and servers */
	} sync;
	struct {
		uint32_t lease_ms;		/* while the peer is a member; 0 is refused */
		uint32_t announce_ms[BATON_ANNOUNCE_MAX]; /* after the promotion, ascending */
		unsigned int announces;
		char fence[256];		/* absolute path; empty: no fencing */
		uint32_t fence_timeout_ms;
		uint32_t succession_ms;		/* 0: a takeover waits for corosync */
		uint16_t succession_port;	/* host byte order */
		bool probe;			/* the LAN is asked who has the addresses */
	} ha;
	struct baton_vip vip[BATON_VIP_MAX];
	unsigned int vips;
	struct baton_check check[BATON_CHECK_MAX];
	unsigned int checks;
};

/**
 * baton_config_load - read and check @path
 * @err: gets one sentence with file, line, what is wrong and what would be right
 *
 * Return: 0, or negative errno (-EINVAL for content, else from the file system); @ret is
 * written only on success.
 */
int baton_config_load(const char *path, struct baton_config *ret, char *err, size_t err_size);

/** Name of a mode as in the file, e.g. "receive-only"; "unknown" for what is none. */
const char *baton_sync_auth_name(enum baton_sync_auth auth);

#endif /* BATON_LIB_CONFIG_H */

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sumcheck: looks at every packet of a capture and at every checksum in it: of IPv4 headers, TCP, UDP, ICMP and
 * GRE, also of what is inside IP, GRE and GUE.
 *
 *	sumcheck FILE [GUE-PORT]
 *
 * FILE is a pcap of Ethernet frames with microseconds, of this machine's byte order, that were captured whole.
 * Prints one line, "packets=N ip=N tcp=N udp=N bare=N icmp=N gre=N gue=N pieces=N resets=N bytes=N largest=N
 * wrong=N": checksums that were right, by kind; UDP without one; fragments, whose transport is not looked at;
 * TCP's resets and bytes; the largest packet; what was wrong or incomplete. Each of those is shown first.
 *
 * Exit status: 0 nothing is wrong; 1 something is; 2 usage, or not such a file.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checksum.h"

#define PCAP_MAGIC	0xa1b2c3d4
#define FRAME_MAX	262144
#define ETHER_LEN	14
#define LAYERS_MAX	4

struct pcap_header {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t zone, accuracy, snaplen, link;
};

struct pcap_packet {
	uint32_t seconds, micros, kept, length;
};

static struct {
	unsigned long packets, ip, tcp, udp, bare, icmp, gre, gue, pieces, resets, bytes, largest, wrong;
} count;
static unsigned int gue_port;

static unsigned int be16(const uint8_t *p)
{
	return (unsigned int)p[0] << 8 | p[1];
}

static void wrong(const char *what, const uint8_t *p, size_t n)
{
	count.wrong++;
	printf("packet %lu: %s:", count.packets, what);
	for (size_t i = 0; i < n && i < 80; i++)
		printf("%s%02x", i % 4 ? "" : " ", p[i]);
	printf("\n");
}

/* @n bytes and their checksum, added to that of a pseudo header */
static void judge(const char *what, unsigned long *kind, const uint8_t *p, size_t n, uint32_t pseudo)
{
	uint32_t sum = checksum_add(p, n, pseudo);

	if (n & 1)
		sum += (uint32_t)p[n - 1] << 8;
	if (checksum_fold(sum))
		wrong(what, p, n);
	else
		++*kind;
}

static void packet(unsigned int version, const uint8_t *p, size_t n, unsigned int layer);

static void tcp(const uint8_t *p, size_t n, uint32_t pseudo)
{
	size_t header = n < 20 ? 0 : (p[12] >> 4) * 4u;

	if (header < 20 || header > n) {
		wrong("TCP header", p, n);
		return;
	}
	count.resets += p[13] >> 2 & 1;
	count.bytes += n - header;
	judge("TCP", &count.tcp, p, n, pseudo);
}

static void gue(const uint8_t *p, size_t n, unsigned int layer)
{
	size_t header = n < 4 ? 0 : 4 + (p[0] & 0x1f) * 4u;

	if (!header || header > n || p[0] >> 5 || (p[1] != IPPROTO_IPIP && p[1] != IPPROTO_IPV6)) {
		wrong("GUE header", p, n);
		return;
	}
	count.gue++;
	packet(p[1] == IPPROTO_IPIP ? 4 : 6, p + header, n - header, layer + 1);
}

static void udp(const uint8_t *p, size_t n, uint32_t pseudo, unsigned int layer)
{
	if (n < 8 || be16(p + 4) != n) {
		wrong("UDP header", p, n);
		return;
	}
	if (be16(p + 6))
		judge("UDP", &count.udp, p, n, pseudo);
	else
		count.bare++;
	if (gue_port && be16(p + 2) == gue_port)
		gue(p + 8, n - 8, layer);
}

static void gre(const uint8_t *p, size_t n, unsigned int layer)
{
	size_t header = n && p[0] & 0x80 ? 8 : 4;

	if (n < header || p[0] & 0x7f || p[1] || (be16(p + 2) != 0x0800 && be16(p + 2) != 0x86dd)) {
		wrong("GRE header", p, n);
		return;
	}
	if (header == 8)
		judge("GRE", &count.gre, p, n, 0);
	packet(be16(p + 2) == 0x0800 ? 4 : 6, p + header, n - header, layer + 1);
}

static void payload(unsigned int protocol, const uint8_t *p, size_t n, uint32_t pseudo, unsigned int layer)
{
	pseudo += protocol + (uint32_t)n;
	switch (protocol) {
	case IPPROTO_TCP:
		tcp(p, n, pseudo);
		break;
	case IPPROTO_UDP:
		udp(p, n, pseudo, layer);
		break;
	case IPPROTO_ICMP:
		judge("ICMP", &count.icmp, p, n, 0);
		break;
	case IPPROTO_ICMPV6:
		judge("ICMPv6", &count.icmp, p, n, pseudo);
		break;
	case IPPROTO_GRE:
		gre(p, n, layer);
		break;
	case IPPROTO_IPIP:
	case IPPROTO_IPV6:
		packet(protocol == IPPROTO_IPIP ? 4 : 6, p, n, layer + 1);
		break;
	default:
		break;
	}
}

static void packet4(const uint8_t *p, size_t n, unsigned int layer)
{
	size_t header = n < 20 ? 0 : (p[0] & 0xf) * 4u, len = header ? be16(p + 2) : 0;

	if (header < 20 || p[0] >> 4 != 4 || len < header || len > n) {
		wrong("IPv4 header", p, n);
		return;
	}
	judge("IPv4", &count.ip, p, header, 0);
	if (be16(p + 6) & 0x3fff)
		count.pieces++;
	else
		payload(p[9], p + header, len - header, checksum_add(p + 12, 8, 0), layer);
}

/* The only header between is the one of tunnels that says how many more there may be, and of fragments. */
static void packet6(const uint8_t *p, size_t n, unsigned int layer)
{
	size_t header = 40, len = n < 40 ? 0 : be16(p + 4);
	unsigned int next;

	if (n < header || p[0] >> 4 != 6 || len + header > n) {
		wrong("IPv6 header", p, n);
		return;
	}
	next = p[6];
	if (next == IPPROTO_DSTOPTS && len >= 8) {
		size_t options = 8 + p[41] * 8u;

		next = p[40];
		if (options > len) {
			wrong("IPv6 options", p, n);
			return;
		}
		header += options;
		len -= options;
	}
	if (next == IPPROTO_FRAGMENT)
		count.pieces++;
	else
		payload(next, p + header, len, checksum_add(p + 8, 32, 0), layer);
}

static void packet(unsigned int version, const uint8_t *p, size_t n, unsigned int layer)
{
	if (layer >= LAYERS_MAX)
		wrong("too many headers", p, n);
	else if (version == 4)
		packet4(p, n, layer);
	else
		packet6(p, n, layer);
}

static void frame(const uint8_t *p, const struct pcap_packet *about)
{
	unsigned int type = about->kept < ETHER_LEN ? 0 : be16(p + 12);

	if (type != 0x0800 && type != 0x86dd)
		return;
	count.packets++;
	if (about->length - ETHER_LEN > count.largest)
		count.largest = about->length - ETHER_LEN;
	if (about->kept < about->length)
		wrong("not whole", p, about->kept);
	else
		packet(type == 0x0800 ? 4 : 6, p + ETHER_LEN, about->kept - ETHER_LEN, 0);
}

int main(int argc, char **argv)
{
	static uint8_t data[FRAME_MAX];
	struct pcap_header header;
	struct pcap_packet about;
	FILE *f = argc == 2 || argc == 3 ? fopen(argv[1], "re") : NULL;

	if (!f || fread(&header, sizeof(header), 1, f) != 1 || header.magic != PCAP_MAGIC || header.link != 1) {
		fprintf(stderr, "sumcheck: no capture of Ethernet frames\n");
		return 2;
	}
	gue_port = argc == 3 ? (unsigned int)strtoul(argv[2], NULL, 10) : 0;
	while (fread(&about, sizeof(about), 1, f) == 1) {
		if (about.kept > sizeof(data) || fread(data, 1, about.kept, f) != about.kept) {
			wrong("the end is missing", data, 0);
			break;
		}
		frame(data, &about);
	}
	fclose(f);
	printf("packets=%lu ip=%lu tcp=%lu udp=%lu bare=%lu icmp=%lu gre=%lu gue=%lu pieces=%lu resets=%lu bytes=%lu "
	       "largest=%lu wrong=%lu\n", count.packets, count.ip, count.tcp, count.udp, count.bare, count.icmp,
	       count.gre, count.gue, count.pieces, count.resets, count.bytes, count.largest, count.wrong);
	return count.wrong != 0;
}

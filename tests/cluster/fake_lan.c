// SPDX-License-Identifier: GPL-2.0-or-later
/* Announcements on the wire, as the module makes them: one gratuitous ARP request, one neighbour advertisement. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/icmp6.h>
#include <netpacket/packet.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include "fake_lan.h"

static int link_address(unsigned int ifindex, uint8_t mac[6])
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = { 0 };
	int ret = -1;

	if (fd >= 0 && if_indextoname(ifindex, ifr.ifr_name))
		ret = ioctl(fd, SIOCGIFHWADDR, &ifr);
	memcpy(mac, ifr.ifr_hwaddr.sa_data, 6);
	if (fd >= 0)
		close(fd);
	return ret;
}

static int send_arp(unsigned int ifindex, const uint8_t mac[6], const uint8_t addr[4])
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ARP),
		.sll_ifindex = (int)ifindex, .sll_halen = 6,
		.sll_addr = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };
	uint8_t arp[28] = { 0, ARPHRD_ETHER, 8, 0, 6, 4, 0, ARPOP_REQUEST };
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ssize_t sent;

	memcpy(arp + 8, mac, 6);
	memcpy(arp + 14, addr, 4);
	memcpy(arp + 24, addr, 4);
	sent = sendto(fd, arp, sizeof(arp), 0, (struct sockaddr *)&to, sizeof(to));
	close(fd);
	return sent == sizeof(arp) ? 0 : -EIO;
}

static int send_na(unsigned int ifindex, const uint8_t mac[6], const uint8_t addr[16])
{
	struct {
		struct nd_neighbor_advert na;
		uint8_t option[8];
	} msg = { .na.nd_na_type = ND_NEIGHBOR_ADVERT, .na.nd_na_flags_reserved = ND_NA_FLAG_OVERRIDE,
		.option = { ND_OPT_TARGET_LINKADDR, 1 } };
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_scope_id = ifindex };
	int fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6), hops = 255;
	ssize_t sent;

	memcpy(&msg.na.nd_na_target, addr, 16);
	memcpy(msg.option + 2, mac, 6);
	inet_pton(AF_INET6, "ff02::1", &to.sin6_addr);
	setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof(hops));
	setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &ifindex, sizeof(ifindex));
	sent = sendto(fd, &msg, sizeof(msg), 0, (struct sockaddr *)&to, sizeof(to));
	close(fd);
	return sent == sizeof(msg) ? 0 : -EIO;
}

int fake_announce(unsigned int ifindex, uint8_t family, const union baton_addr *addr)
{
	uint8_t mac[6];

	if (link_address(ifindex, mac))
		return -ENODEV;
	return family == AF_INET ? send_arp(ifindex, mac, addr->bytes) :
				   send_na(ifindex, mac, addr->bytes);
}

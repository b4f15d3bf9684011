#include "floor.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BRIDGE = 10, FIRST_VETH = 100, ETH0 = 2, LOOPBACK = 1, PREFIX = 16 };
static const unsigned GATEWAY = 0x0a580001;  // 10.88.0.1

static char buffer[4096];
static size_t used;
static int messages;

static void *append(const void *data, size_t length) {
    void *place = buffer + used;
    if (data) memcpy(place, data, length);
    else memset(place, 0, length);
    used += NLMSG_ALIGN(length);
    return place;
}

static struct nlmsghdr *begin(int type, int flags, const void *body, size_t length) {
    struct nlmsghdr *header = append(NULL, sizeof *header);
    header->nlmsg_type = type;
    header->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
    append(body, length);
    messages++;
    return header;
}

static void end(struct nlmsghdr *header) { header->nlmsg_len = buffer + used - (char *)header; }

static struct rtattr *attribute(int type, const void *data, size_t length) {
    struct rtattr *attribute = append(NULL, sizeof *attribute);
    attribute->rta_type = type;
    attribute->rta_len = RTA_LENGTH(length);
    if (length) append(data, length);
    return attribute;
}

static void close_nest(struct rtattr *nest) { nest->rta_len = buffer + used - (char *)nest; }

static void text(int type, const char *value) { attribute(type, value, strlen(value) + 1); }

// Sends what was appended and takes an acknowledgement for each message.
static void commit(const char *what) {
    int fd = check(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), "socket");
    check(send(fd, buffer, used, 0), "send");
    for (int acknowledged = 0; acknowledged < messages;) {
        char answer[8192];
        int length = check(recv(fd, answer, sizeof answer, 0), "recv");
        for (struct nlmsghdr *h = (void *)answer; NLMSG_OK(h, length); h = NLMSG_NEXT(h, length)) {
            struct nlmsgerr *error = NLMSG_DATA(h);
            if (h->nlmsg_type == NLMSG_ERROR && error->error) {
                fprintf(stderr, "floor: %s: %s\n", what, strerror(-error->error));
                exit(1);
            }
            acknowledged++;
        }
    }
    close(fd);
    used = 0;
    messages = 0;
}

static void bring_up(int index) {
    struct ifinfomsg link = {.ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    end(begin(RTM_NEWLINK, 0, &link, sizeof link));
}

static void add_address(int index, unsigned address) {
    struct ifaddrmsg body = {.ifa_family = AF_INET, .ifa_prefixlen = PREFIX, .ifa_index = index};
    unsigned value = htonl(address);
    struct nlmsghdr *h = begin(RTM_NEWADDR, NLM_F_CREATE, &body, sizeof body);
    attribute(IFA_LOCAL, &value, sizeof value);
    attribute(IFA_ADDRESS, &value, sizeof value);
    end(h);
}

void network_make_bridge(void) {
    bring_up(LOOPBACK);
    struct ifinfomsg link = {.ifi_index = BRIDGE, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    struct nlmsghdr *h = begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &link, sizeof link);
    text(IFLA_IFNAME, "bridge");
    struct rtattr *info = attribute(IFLA_LINKINFO, NULL, 0);
    text(IFLA_INFO_KIND, "bridge");
    close_nest(info);
    end(h);
    add_address(BRIDGE, GATEWAY);
    commit("bridge");
}

void network_connect(int number, pid_t container) {
    char name[IFNAMSIZ];
    snprintf(name, sizeof name, "veth%d", number);
    unsigned master = BRIDGE;
    struct ifinfomsg link = {.ifi_index = FIRST_VETH + number, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    struct ifinfomsg peer = {.ifi_index = ETH0};
    struct nlmsghdr *h = begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &link, sizeof link);
    text(IFLA_IFNAME, name);
    attribute(IFLA_MASTER, &master, sizeof master);
    struct rtattr *info = attribute(IFLA_LINKINFO, NULL, 0);
    text(IFLA_INFO_KIND, "veth");
    struct rtattr *data = attribute(IFLA_INFO_DATA, NULL, 0);
    struct rtattr *other = attribute(VETH_INFO_PEER, &peer, sizeof peer);
    text(IFLA_IFNAME, "eth0");
    attribute(IFLA_NET_NS_PID, &container, sizeof container);
    close_nest(other);
    close_nest(data);
    close_nest(info);
    end(h);
    commit("veth");
}

void network_configure(int number) {
    bring_up(LOOPBACK);
    bring_up(ETH0);
    add_address(ETH0, GATEWAY + 1 + number);
    struct rtmsg body = {
        .rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN, .rtm_protocol = RTPROT_STATIC, .rtm_type = RTN_UNICAST};
    unsigned gateway = htonl(GATEWAY);
    struct nlmsghdr *h = begin(RTM_NEWROUTE, NLM_F_CREATE, &body, sizeof body);
    attribute(RTA_GATEWAY, &gateway, sizeof gateway);
    end(h);
    commit("addresses");
}

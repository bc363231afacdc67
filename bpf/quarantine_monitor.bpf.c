// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * Quarantine: what an instance sends beyond its loopback is dropped, and what comes to it from
 * there, whenever the connection was made. (Hooks of system calls ask when one begins; one that
 * stands passes none of them.) These programs are on the cgroup of who is quarantined, for as long
 * as it is: nobody else's packet comes here.
 */
#include "program.h"
#include "endpoint.h"

#define LOOPBACK 1 /* lo's number in each network namespace: its first device, and there to stay */

struct cut_peer {
	__u64 cgroup_id;
	__u64 address[2];
	__u32 policy; /* generation of the tables */
	__u16 port;
	__u8 protocol;
	__u8 family;
};

/* Of whom it was told already. Who is forgotten is told of again. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct cut_peer);
	__type(value, __u8);
} cut_peers SEC(".maps");

static __always_inline bool is_beyond(struct __sk_buff *packet)
{
	return packet->ifindex != LOOPBACK;
}

/* Whose it is, by its socket: the thread at work may be anybody's. */
static __always_inline bool count_cut(struct self *self, struct __sk_buff *packet)
{
	if (!known_by_id(self, bpf_skb_cgroup_id(packet)))
		return false;
	__sync_fetch_and_add(&self->instance->packets_cut, 1);
	return true;
}

/* By the headers: of IPv6, without what may stand between. No ports: zero. */
static __always_inline bool read_peers(struct __sk_buff *packet, struct endpoint *local,
				       struct endpoint *remote)
{
	__u16 ports[2] = {};
	__u8 ip[20];
	__u32 bytes;

	if (bpf_skb_load_bytes(packet, 0, ip, sizeof(ip)))
		return false;
	if (ip[0] >> 4 == 4) {
		remote->family = AF_INET;
		remote->protocol = ip[9];
		__builtin_memcpy(local->address, ip + 12, 4);
		__builtin_memcpy(remote->address, ip + 16, 4);
		bytes = (ip[0] & 15) * 4;
	} else {
		remote->family = AF_INET6;
		remote->protocol = ip[6];
		if (bpf_skb_load_bytes(packet, 8, local->address, 16) ||
		    bpf_skb_load_bytes(packet, 24, remote->address, 16))
			return false;
		bytes = 40;
	}
	if (remote->protocol == IPPROTO_TCP || remote->protocol == IPPROTO_UDP)
		bpf_skb_load_bytes(packet, bytes, ports, sizeof(ports));
	local->family = remote->family;
	local->protocol = remote->protocol;
	local->port = bpf_ntohs(ports[0]);
	remote->port = bpf_ntohs(ports[1]);
	return true;
}

static __always_inline bool is_told(__u64 cgroup_id, struct endpoint *e, __u32 generation)
{
	struct cut_peer peer = {
		.cgroup_id = cgroup_id,
		.address = {e->address[0], e->address[1]},
		.policy = generation,
		.port = e->port,
		.protocol = e->protocol,
		.family = e->family,
	};
	__u8 told = 1;

	if (bpf_map_lookup_elem(&cut_peers, &peer))
		return true;
	bpf_map_update_elem(&cut_peers, &peer, &told, BPF_ANY);
	return false;
}

subprogram void tell_cut(struct self *self, struct endpoint *local, struct endpoint *remote)
{
	struct policy *policy = policy_for(self, FACET_NETWORK);
	struct counters *c = my_counters();
	struct scratch *s;
	__u32 index = 0;

	if (!policy || !c || is_told(self->cgroup_id, remote, policy->generation))
		return;
	COUNT(c, generated, KIND_SEND);
	s = prepare(self, c, KIND_SEND, &index);
	if (!s)
		return;
	describe_flow(&s->record, local, remote);
	s->record.policy = policy->generation;
	s->record.facet = FACET_NETWORK;
	s->record.action = ACTION_DENY;
	s->record.judged_uses = REACH_SEND;
	if (may_tell_decision(self, &s->record))
		deliver(s, self, c, NULL);
	else
		COUNT(c, aggregated, KIND_SEND);
	give_back(index);
}

/* Of each peer it is told once. */
SEC("cgroup_skb/egress")
int cut_egress(struct __sk_buff *packet)
{
	struct endpoint local = {}, remote = {};
	struct self self;

	if (!is_beyond(packet))
		return 1;
	if (count_cut(&self, packet) && read_peers(packet, &local, &remote))
		tell_cut(&self, &local, &remote);
	return 0;
}

/* Nobody's act here, and only counted. */
SEC("cgroup_skb/ingress")
int cut_ingress(struct __sk_buff *packet)
{
	struct self self;

	if (!is_beyond(packet))
		return 1;
	count_cut(&self, packet);
	return 0;
}

PROGRAM_LICENSE;

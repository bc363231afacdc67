/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Network facts: an address and port, and what makes one "seen". */
#ifndef PAHLEVAN_ENDPOINT_H
#define PAHLEVAN_ENDPOINT_H

#include "decision.h"

#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define UNIX_PATH_BYTES 108
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17

/*
 * Who comes in is anybody: peers are kept apart only by how far away they are, else every client
 * of a public server would be a behaviour of its own.
 */
enum distance {
	DISTANCE_LOOPBACK,
	DISTANCE_PRIVATE,
	DISTANCE_PUBLIC,
};

static __always_inline enum distance distance_of(__u16 family, const __u8 *address)
{
	if (family == AF_INET6) {
		__u64 high = *(__u64 *)address, low = *(__u64 *)(address + 8);

		if (!high && low == bpf_cpu_to_be64(1))
			return DISTANCE_LOOPBACK;
		if (!high && (__u32)low == bpf_htonl(0xffff))
			address += 12;
		else
			return (address[0] & 0xfe) == 0xfc ||
					       (address[0] == 0xfe && (address[1] & 0xc0) == 0x80)
				       ? DISTANCE_PRIVATE
				       : DISTANCE_PUBLIC;
	}
	if (address[0] == 127)
		return DISTANCE_LOOPBACK;
	if (address[0] == 10 || (address[0] == 172 && (address[1] & 0xf0) == 16) ||
	    (address[0] == 192 && address[1] == 168) || (address[0] == 169 && address[1] == 254) ||
	    (address[0] == 100 && (address[1] & 0xc0) == 64))
		return DISTANCE_PRIVATE;
	return DISTANCE_PUBLIC;
}

static __always_inline void endpoint_id(const struct endpoint *e, __u64 *id)
{
	struct sip sip;

	sip_start(&sip);
	sip_word(&sip, (__u64)e->family << 32 | (__u64)e->protocol << 16 | e->port);
	sip_word(&sip, e->address[0]);
	sip_word(&sip, e->address[1]);
	sip_end(&sip, id);
}

/* An accepted connection is known by its port here and by how far its peer is. */
static __always_inline void peer_id(const struct endpoint *local, enum distance distance, __u64 *id)
{
	struct endpoint e = {
		.protocol = local->protocol, .port = local->port, .address = {distance, 0}};

	endpoint_id(&e, id);
}

static __always_inline void describe_flow(struct record *r, struct endpoint *local,
					  struct endpoint *remote)
{
	r->family = local->family;
	r->protocol = local->protocol;
	r->local_port = local->port;
	r->remote_port = remote->port;
	__builtin_memcpy(r->local, local->address, sizeof(r->local));
	__builtin_memcpy(r->remote, remote->address, sizeof(r->remote));
}

#define ENDPOINT_WORDS 4

static __always_inline __u32 ask_endpoint(__u64 *what, __u64 cgroup_id, const struct endpoint *e,
					  __u32 kind)
{
	what[0] = cgroup_id + control.cache_generation;
	what[1] = (__u64)e->family << 32 | (__u64)e->port << 16 | e->protocol << 8 | kind;
	return row_of(what, what[2] ^ what[3] << 8);
}

#ifndef BOUNDED_LOOPS

/* The first `bits` of an address as it goes over the wire. */
static __always_inline __u64 first_bits(__u64 word, __u32 bits)
{
	if (!bits)
		return 0;
	if (bits >= 64)
		return word;
	return word & bpf_cpu_to_be64(~0ULL << (64 - (bits & 63)));
}

STEP long next_range(__u32 turn, void *context)
{
	struct reaching *r = &((struct lookup *)context)->scratch->reaching;
	struct policy *policy = bpf_map_lookup_elem(&policies, &r->row);
	struct rule_key key = {.kind = RULE_KIND_RANGE + turn};
	__u32 at = MASKED(turn, RANGES - 1), bits;
	struct found found = {};
	struct range *range;
	struct endpoint *e;

	if (!policy || turn >= policy->ranges_used || turn >= RANGES)
		return 1;
	range = &policy->ranges[at];
	if (range->is_distance) {
		key.id[0] = r->distance;
	} else if (range->family) {
		e = range->is_own ? &r->own : &r->e;
		if (range->family != (e->family == AF_INET ? 4 : 6))
			return 0;
		bits = range->address_bits;
		key.id[0] = first_bits(e->address[0], bits);
		key.id[1] = first_bits(e->address[1], bits > 64 ? bits - 64 : 0);
	}
	key.facet = (__u32)(r->e.port & (0xffff0000 >> (range->port_bits & 31)) & 0xffff) << 8;
	if (!range->any_protocol)
		key.facet |= r->e.protocol & 0xff;
	ask_rule(&found, r->row, &key);
	if (range->list == RANGE_LIST_PORT)
		r->ports |= found.allow;
	else if (range->list == RANGE_LIST_REMOTE)
		r->peers |= found.allow;
	else {
		r->found.deny |= found.deny;
		r->found.allow |= found.allow;
		r->found.start |= found.start;
	}
	return 0;
}

/* An IPv4 address that is written as an IPv6 one is the same peer. */
static __always_inline void by_first_name(struct endpoint *e)
{
	if (e->family != AF_INET6 || e->address[0] || (__u32)e->address[1] != bpf_htonl(0xffff))
		return;
	e->family = AF_INET;
	e->address[0] = e->address[1] >> 32;
	e->address[1] = 0;
}

subprogram enum action judge_reach(struct scratch *s, struct self *self, struct endpoint *e,
				   __u32 reach)
{
	struct policy *policy = policy_for(self, FACET_NETWORK);
	struct lookup lookup = {.scratch = s};
	struct reaching *r = &s->reaching;
	enum outcome outcome;
	__u32 at_fault = 0;

	if (!policy)
		return ACTION_ALLOW;
	*r = (struct reaching){.e = *e, .own = *e, .row = self->instance->policy};
	if (reach == REACH_ACCEPT)
		r->own = s->came_to;
	by_first_name(&r->e);
	by_first_name(&r->own);
	r->distance = distance_of(r->e.family, (__u8 *)r->e.address);
	bpf_loop(RANGES, next_range, &lookup, 0);
	r->found.allow |= r->ports & r->peers;
	outcome = outcome_of(&r->found, policy, FACET_NETWORK, self->instance->phase, reach,
			     &at_fault);
	return judged(&s->record, policy, FACET_NETWORK, outcome, at_fault);
}

#else

static __always_inline enum action judge_reach(struct scratch *s, struct self *self,
					       struct endpoint *e, __u32 reach)
{
	return ACTION_ALLOW;
}

#endif

static __always_inline __u32 reach_of(__u32 kind)
{
	switch (kind) {
	case KIND_CONNECT:
		return REACH_CONNECT;
	case KIND_SEND:
		return REACH_SEND;
	case KIND_BIND:
		return REACH_BIND;
	default:
		return REACH_LISTEN;
	}
}

/*
 * By the socket's name as it was passed. Of a container runtime's the policy always has an entry.
 */
subprogram enum action judge_unix(struct scratch *s, struct self *self, __u64 *id, __u32 reach)
{
	struct rule_key key = {
		.id = {id[0], id[1]}, .kind = RULE_KIND_UNIX, .facet = FACET_RUNTIME_SOCKET};
	struct policy *policy = policy_for(self, FACET_NETWORK);
	__u32 row = self->instance->policy, facet = FACET_RUNTIME_SOCKET, at_fault = 0;
	struct found found = {};
	enum outcome outcome;

	if (!policy)
		return ACTION_ALLOW;
	if (!ask_rule(&found, row, &key)) {
		facet = key.facet = FACET_NETWORK;
		ask_rule(&found, row, &key);
	}
	if (s->record.flags & FLAG_UNRESOLVED)
		outcome = outcome_of_unclear(policy, facet);
	else
		outcome =
			outcome_of(&found, policy, facet, self->instance->phase, reach, &at_fault);
	return judged(&s->record, policy, facet, outcome, at_fault);
}

/* Describes and judges what the cache did not know. */
subprogram __u32 tell_endpoint(struct endpoint *e, __u32 kind, bool is_remote, __u64 cgroup_id)
{
	__u32 answer;
	struct counters *c;
	struct scratch *s;
	struct self self;
	__u32 index = 0;
	__u64 id[2];

	if (kind >= KIND_MAX)
		return ACTION_ALLOW;
	c = begin_in(&self, cgroup_id, kind);
	if (!c)
		return ACTION_ALLOW;
	s = prepare(&self, c, kind, &index);
	if (!s)
		return judge_blindly(&self, FACET_NETWORK);
	s->record.family = e->family;
	s->record.protocol = e->protocol;
	if (is_remote) {
		s->record.remote_port = e->port;
		__builtin_memcpy(s->record.remote, e->address, sizeof(s->record.remote));
	} else {
		s->record.local_port = e->port;
		__builtin_memcpy(s->record.local, e->address, sizeof(s->record.local));
	}
	judge_reach(s, &self, e, reach_of(kind));
	/* It listens already. */
	if (kind == KIND_LISTEN && stands_in_for(kind) && s->record.action == ACTION_DENY)
		s->record.action = ACTION_ALERT;
	answer = s->record.action; /* out of memory: the verifier takes what follows for one way */
	endpoint_id(e, id);
	if (conclude(s, index, &self, id, (void *)bpf_get_current_task()))
		answer |= MAY_CACHE;
	return answer;
}

/* What a hook answers: 0, or the error. */
static __always_inline int use_endpoint(struct endpoint *e, __u32 kind, bool is_remote)
{
	__u32 answer;
	__u64 what[ENDPOINT_WORDS] = {0, 0, e->address[0], e->address[1]};
	__u64 cgroup_id = current_cgroup_id();
	__u32 row = ask_endpoint(what, cgroup_id, e, kind);

	if (known(row, kind, what, ENDPOINT_WORDS))
		return 0;
	answer = tell_endpoint(e, kind, is_remote, cgroup_id);
	if (answer & MAY_CACHE)
		remember(row, what, ENDPOINT_WORDS);
	return answer_to(answer);
}

/* Of a typed socket: plain loads, as these hooks run for every connection. */
static __always_inline void read_address(__u64 *address, __u16 family, __u32 ipv4,
					 struct in6_addr *ipv6)
{
	if (family == AF_INET) {
		address[0] = ipv4;
		return;
	}
	address[0] = (__u64)ipv6->in6_u.u6_addr32[1] << 32 | ipv6->in6_u.u6_addr32[0];
	address[1] = (__u64)ipv6->in6_u.u6_addr32[3] << 32 | ipv6->in6_u.u6_addr32[2];
}

static __always_inline void local_of(struct sock *sk, struct endpoint *e)
{
	e->family = sk->__sk_common.skc_family;
	e->protocol = sk->sk_protocol;
	e->port = sk->__sk_common.skc_num;
	read_address(e->address, e->family, sk->__sk_common.skc_rcv_saddr,
		     &sk->__sk_common.skc_v6_rcv_saddr);
}

static __always_inline int use_listener(struct sock *sk)
{
	struct endpoint e = {};

	if (!sk)
		return 0;
	local_of(sk, &e);
	if (e.family != AF_INET && e.family != AF_INET6)
		return 0;
	return use_endpoint(&e, KIND_LISTEN, false);
}

#endif

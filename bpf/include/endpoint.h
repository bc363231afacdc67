/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Network facts: an address and port, and what makes one "seen". */
#ifndef PAHLEVAN_ENDPOINT_H
#define PAHLEVAN_ENDPOINT_H

#include "decision.h"

#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17

struct endpoint {
	__u64 address[2]; /* IPv4 in the first four bytes */
	__u16 family;
	__u16 protocol;
	__u16 port; /* host order */
};

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

#define ENDPOINT_WORDS 4

static __always_inline __u32 ask_endpoint(__u64 *what, __u64 cgroup_id, const struct endpoint *e,
					  __u32 kind)
{
	what[0] = cgroup_id + control.cache_generation;
	what[1] = (__u64)e->family << 32 | (__u64)e->port << 16 | e->protocol << 8 | kind;
	return row_of(what, what[2] ^ what[3] << 8);
}

/* Describes what the cache did not know; true if it may, from now on. */
subprogram bool tell_endpoint(struct endpoint *e, __u32 kind, bool is_remote)
{
	struct counters *c;
	struct scratch *s;
	struct self self;
	__u32 index = 0;
	__u64 id[2];

	if (kind >= KIND_MAX)
		return false;
	c = begin(&self, kind);
	if (!c)
		return false;
	s = prepare(&self, c, kind, &index);
	if (!s)
		return false;
	s->record.family = e->family;
	s->record.protocol = e->protocol;
	if (is_remote) {
		s->record.remote_port = e->port;
		__builtin_memcpy(s->record.remote, e->address, sizeof(s->record.remote));
	} else {
		s->record.local_port = e->port;
		__builtin_memcpy(s->record.local, e->address, sizeof(s->record.local));
	}
	endpoint_id(e, id);
	return conclude(s, index, &self, id, (void *)bpf_get_current_task());
}

static __always_inline void use_endpoint(struct endpoint *e, __u32 kind, bool is_remote)
{
	__u64 what[ENDPOINT_WORDS] = {0, 0, e->address[0], e->address[1]};
	__u32 row = ask_endpoint(what, current_cgroup_id(), e, kind);

	if (!known(row, kind, what, ENDPOINT_WORDS) && tell_endpoint(e, kind, is_remote))
		remember(row, what, ENDPOINT_WORDS);
}

#endif

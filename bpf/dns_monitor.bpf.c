// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * DNS questions: where datagrams are sent (fentry), else in the packets that leave (cgroup_skb).
 */
#include "program.h"
#include "endpoint.h"

#define DNS_PORT 53
#define DNS_HEADER 12
#define DNS_NAME 255
#define ETH_P_IP 0x0800
#define ETH_P_IPV6 0x86dd

#define IN_MEMORY(field) (*(volatile typeof(field) *)&(field))

/* One byte of "www.example.org" from its labels, in lower case: what is left of one is in flags. */
SCRATCH_STEP(next_byte)
{
	__u32 from = turn & 255, at = IN_MEMORY(s->at) & 255;
	__u8 byte = s->walk[from];

	if (from >= s->question_bytes || (!IN_MEMORY(s->flags) && byte > 63)) {
		s->record.flags |= FLAG_CUT; /* compressed or malformed: no resolver asks so */
		return 1;
	}
	if (!IN_MEMORY(s->flags)) {
		if (!byte) {
			s->record.number = (__u32)s->walk[from + 1] << 8 | s->walk[from + 2];
			return 1;
		}
		IN_MEMORY(s->flags) = byte;
		if (!at)
			return 0;
		byte = '.';
	} else {
		IN_MEMORY(s->flags)--;
		if (byte >= 'A' && byte <= 'Z')
			byte += 'a' - 'A';
	}
	s->text[at] = byte;
	IN_MEMORY(s->at) = at + 1;
	return 0;
}

static __always_inline void append_question(struct scratch *s, __u32 bytes)
{
	s->at = 0;
	s->flags = 0;
	s->question_bytes = bytes;
	REPEAT_IN(s, DNS_NAME, next_byte);
	text_added(s, TEXT_OBJECT, IN_MEMORY(s->at) & 255);
}

struct udp_header {
	__u16 source;
	__u16 target;
	__u16 bytes;
	__u16 check;
};

#define DNS_BYTES (DNS_NAME + 5) /* a name, its end, type and class */

/* Where a datagram goes: what its headers say. */
struct datagram {
	struct endpoint server;
	__u16 local_port;
	__u32 question; /* offset of the first question */
	__u32 bytes;    /* from there on, DNS_BYTES at most */
};

/* From the first bytes of the IP header; false for what is no DNS question. */
static __always_inline bool is_udp(const __u8 *ip, struct datagram *d)
{
	d->server.protocol = IPPROTO_UDP;
	d->server.port = DNS_PORT;
	if (ip[0] >> 4 == 4 && ip[9] == IPPROTO_UDP) {
		d->server.family = AF_INET;
		d->question = (ip[0] & 15) * 4;
		return true;
	}
	if (ip[0] >> 4 == 6 && ip[6] == IPPROTO_UDP) {
		d->server.family = AF_INET6;
		d->question = 40;
		return true;
	}
	return false;
}

static __always_inline void locate(struct datagram *d, struct udp_header *udp, __u32 packet_bytes)
{
	d->local_port = bpf_ntohs(udp->source);
	d->question += sizeof(*udp) + DNS_HEADER;
	d->bytes = packet_bytes > d->question ? packet_bytes - d->question : 0;
	if (d->bytes > DNS_BYTES)
		d->bytes = DNS_BYTES;
}

static __always_inline struct scratch *begin_question(struct self *self, struct datagram *d,
						      __u32 *index)
{
	struct counters *c = my_counters();
	struct scratch *s;

	if (!c)
		return NULL;
	COUNT(c, generated, KIND_DNS);
	s = prepare(self, c, KIND_DNS, index);
	if (!s)
		return NULL;
	s->record.protocol = IPPROTO_UDP;
	s->record.family = d->server.family;
	s->record.local_port = d->local_port;
	s->record.remote_port = DNS_PORT;
	__builtin_memcpy(s->record.remote, d->server.address, sizeof(s->record.remote));
	return s;
}

/* The question lies in s->walk, if the load went well. */
static __always_inline void end_question(struct scratch *s, __u32 index, struct self *self,
					 struct datagram *d, long error, struct task_struct *task)
{
	__u64 id[2];

	if (d->bytes && !error) {
		append_question(s, d->bytes);
	} else {
		count_failure(PLACE_DNS, error);
		s->record.flags |= FLAG_UNRESOLVED;
	}
	sip_text(s, text_end(s), s->record.number, id);
	conclude(s, index, self, id, task);
}

/* At the function that sends datagrams: TCP, which is most packets, does not pass it. */
static __always_inline int datagram_sent(struct sk_buff *skb)
{
	unsigned char *ip = skb->head + skb->network_header;
	struct udp_header udp = {};
	struct datagram d = {};
	struct scratch *s;
	struct self self;
	__u32 index = 0;
	__u8 first[40];

	if (bpf_probe_read_kernel(first, 20, ip) || !is_udp(first, &d))
		return 0;
	bpf_probe_read_kernel(&udp, sizeof(udp), ip + d.question);
	if (udp.target != bpf_htons(DNS_PORT))
		return 0;
	if (d.server.family == AF_INET)
		__builtin_memcpy(d.server.address, first + 16, 4);
	else
		bpf_probe_read_kernel(d.server.address, 16, ip + 24);
	locate(&d, &udp, skb->len);
	if (!current_self(&self))
		return 0;
	s = begin_question(&self, &d, &index);
	if (!s)
		return 0;
	end_question(s, index, &self, &d,
		     bpf_probe_read_kernel(s->walk, MASKED(d.bytes, 511), ip + d.question),
		     (void *)bpf_get_current_task());
	return 0;
}

SEC("fentry/ip_send_skb")
int BPF_PROG(on_ip_send, void *net, struct sk_buff *skb)
{
	return datagram_sent(skb);
}

SEC("fentry/ip6_send_skb")
int BPF_PROG(on_ip6_send, struct sk_buff *skb)
{
	return datagram_sent(skb);
}

/* The instance of a packet's socket; the process too where the packet leaves on its time. */
static __always_inline bool sender_of(struct __sk_buff *skb, struct self *self,
				      struct task_struct **task)
{
	__u64 cgroup_id = bpf_skb_cgroup_id(skb);
	struct cgroup *cgroup;

	*task = (void *)bpf_get_current_task();
	if (settings.subsystem >= 0)
		return current_self(self);
	cgroup = cgroup_of(*task);
	if (id_of(cgroup) == cgroup_id)
		return known_as(self, cgroup_id, cgroup);
	*task = NULL;
	return known_by_id(self, cgroup_id);
}

/* Of every packet but a datagram, by its headers where they lie. */
static __always_inline bool is_surely_none(struct __sk_buff *skb)
{
	const __u8 *ip = (void *)(long)skb->data;

	if (ip + 20 > (const __u8 *)(long)skb->data_end)
		return false;
	return ip[0] >> 4 == 4 ? ip[9] != IPPROTO_UDP : ip[6] != IPPROTO_UDP;
}

subprogram int packet_sent(struct __sk_buff *skb)
{
	struct task_struct *task = NULL;
	struct udp_header udp = {};
	struct datagram d = {};
	struct scratch *s;
	struct self self;
	__u32 index = 0, more;
	__u8 first[20];
	long error = -1;

	if (bpf_skb_load_bytes(skb, 0, first, 20) || !is_udp(first, &d))
		return 1;
	if (bpf_skb_load_bytes(skb, d.question, &udp, sizeof(udp)) ||
	    udp.target != bpf_htons(DNS_PORT))
		return 1;
	if (d.server.family == AF_INET)
		__builtin_memcpy(d.server.address, first + 16, 4);
	else
		bpf_skb_load_bytes(skb, 24, d.server.address, 16);
	locate(&d, &udp, skb->len);
	if (!sender_of(skb, &self, &task))
		return 1;
	s = begin_question(&self, &d, &index);
	if (!s)
		return 1;
	/* One less and one more again: so the verifier sees that it is not zero. */
	more = d.bytes - 1;
	barrier_var(more);
	more &= 511;
	if (d.bytes)
		error = bpf_skb_load_bytes(skb, d.question, s->walk, more + 1);
	end_question(s, index, &self, &d, error, task);
	return 1;
}

/* Where there is no fentry: every packet passes here, and one load decides for nearly all. */
SEC("cgroup_skb/egress")
int on_egress(struct __sk_buff *skb)
{
	return is_surely_none(skb) ? 1 : packet_sent(skb);
}

PROGRAM_LICENSE;

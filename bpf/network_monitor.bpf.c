// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * The network: connect, bind and listen (LSM, else cgroup hooks, which see TCP and UDP only), UDP
 * sends without a connection, accepted connections and the bytes of closed ones.
 */
#include "program.h"
#include "endpoint.h"

struct sockaddr_any {
	__u16 family;
	__u16 port;
	__u32 address4;
	__u8 address6[16];
	__u32 scope;
};

/* "@name" for an abstract socket, as everybody writes it. */
subprogram int use_unix_socket(const void *address, int bytes, __u32 kind)
{
	enum action action;
	struct counters *c;
	struct scratch *s;
	struct self self;
	__u32 index = 0;
	__u64 id[2];

	c = begin(&self, kind);
	if (!c)
		return 0;
	s = prepare(&self, c, kind, &index);
	if (!s)
		return answer_of(judge_blindly(&self, FACET_NETWORK));
	s->record.family = AF_UNIX;
	bytes -= 2;
	if (bytes > UNIX_PATH_BYTES)
		bytes = UNIX_PATH_BYTES;
	if (bytes > 0) {
		long error = bpf_probe_read_kernel(s->text, MASKED(bytes, 127), address + 2);

		if (error) {
			count_failure(PLACE_ADDRESS, error);
			s->record.flags |= FLAG_UNRESOLVED;
		} else if (s->text[0]) {
			s->text[MASKED(bytes, 127)] = 0; /* the address need not end in one */
			append_string(s, TEXT_OBJECT, s->text, true);
		} else {
			s->text[0] = '@';
			text_added(s, TEXT_OBJECT, MASKED(bytes, 127));
		}
	}
	sip_text(s, text_end(s), AF_UNIX, id);
	judge_unix(s, &self, id, reach_of(kind));
	action = s->record.action; /* as in tell_endpoint */
	conclude(s, index, &self, id, (void *)bpf_get_current_task());
	return answer_of(action);
}

static __always_inline int use_address(struct socket *socket, struct sockaddr *address, int bytes,
				       __u32 kind)
{
	struct sockaddr_any any = {};
	struct sock *sk = socket->sk;
	struct endpoint e = {};

	if (bytes < 2 || !sk) /* 6.12's verifier asks: it may be NULL for all it knows */
		return 0;
	e.family = address->sa_family;
	if (e.family == AF_UNIX) {
		return use_unix_socket(address, bytes, kind);
	}
	if (e.family == AF_INET && bytes >= 8)
		bpf_probe_read_kernel(&any, 8, address);
	else if (e.family == AF_INET6 && bytes >= 24)
		bpf_probe_read_kernel(&any, 24, address);
	else
		return 0;
	e.protocol = sk->sk_protocol;
	e.port = bpf_ntohs(any.port);
	if (e.family == AF_INET)
		__builtin_memcpy(e.address, &any.address4, 4);
	else
		__builtin_memcpy(e.address, any.address6, 16);
	return use_endpoint(&e, kind, kind == KIND_CONNECT);
}

SEC("lsm/socket_connect")
int BPF_PROG(on_connect, struct socket *socket, struct sockaddr *address, int bytes)
{
	return use_address(socket, address, bytes, KIND_CONNECT);
}

SEC("lsm/socket_bind")
int BPF_PROG(on_bind, struct socket *socket, struct sockaddr *address, int bytes)
{
	return use_address(socket, address, bytes, KIND_BIND);
}

SEC("lsm/socket_listen")
int BPF_PROG(on_listen, struct socket *socket)
{
	return use_listener(socket->sk);
}

static __always_inline void remote_of(struct sock *sk, struct endpoint *e)
{
	e->family = sk->__sk_common.skc_family;
	e->protocol = sk->sk_protocol;
	e->port = bpf_ntohs(sk->__sk_common.skc_dport);
	read_address(e->address, e->family, sk->__sk_common.skc_daddr,
		     &sk->__sk_common.skc_v6_daddr);
}

/* Cgroup hooks answer 1 for "go on". A hook of one family may not read the other's fields. */
static __always_inline int use_ipv4(struct bpf_sock_addr *ctx, __u32 kind)
{
	struct endpoint e = {.family = AF_INET, .protocol = ctx->protocol};

	e.port = bpf_ntohs((__u16)ctx->user_port);
	e.address[0] = ctx->user_ip4;
	return !use_endpoint(&e, kind, kind != KIND_BIND);
}

static __always_inline int use_ipv6(struct bpf_sock_addr *ctx, __u32 kind)
{
	struct endpoint e = {.family = AF_INET6, .protocol = ctx->protocol};

	e.port = bpf_ntohs((__u16)ctx->user_port);
	e.address[0] = (__u64)ctx->user_ip6[1] << 32 | ctx->user_ip6[0];
	e.address[1] = (__u64)ctx->user_ip6[3] << 32 | ctx->user_ip6[2];
	return !use_endpoint(&e, kind, kind != KIND_BIND);
}

#define SOCK_ADDR_HOOK(section, name, use, kind)                                                   \
	SEC("cgroup/" section)                                                                     \
	int name(struct bpf_sock_addr *ctx)                                                        \
	{                                                                                          \
		return use(ctx, kind);                                                             \
	}

SOCK_ADDR_HOOK("connect4", on_connect4, use_ipv4, KIND_CONNECT)
SOCK_ADDR_HOOK("connect6", on_connect6, use_ipv6, KIND_CONNECT)
SOCK_ADDR_HOOK("bind4", on_bind4, use_ipv4, KIND_BIND)
SOCK_ADDR_HOOK("bind6", on_bind6, use_ipv6, KIND_BIND)
SOCK_ADDR_HOOK("sendmsg4", on_send4, use_ipv4, KIND_SEND)
SOCK_ADDR_HOOK("sendmsg6", on_send6, use_ipv6, KIND_SEND)

#define TCP_ESTABLISHED 1
#define TCP_SYN_RECV 3

/* The cgroup whose socket it is; the hook may run on anybody's time. 0: none. */
static __always_inline __u64 owner_of(struct sock *sk)
{
	if (settings.subsystem >= 0) /* v1: sockets know only their v2 cgroup */
		return current_cgroup_id();
#ifdef BOUNDED_LOOPS
	/* Before 5.15 the word may be v1's class id instead; its low bits say so. */
	if (!bpf_core_field_exists(sk->sk_cgrp_data.cgroup)) {
		__u64 word = 0;

		bpf_core_read(&word, sizeof(word), &sk->sk_cgrp_data);
		return !word || word & 1 ? 0 : id_of((void *)(word & ~3ULL));
	}
	return id_of(READ(sk, sk_cgrp_data.cgroup));
#else
	return sk->sk_cgrp_data.cgroup->kn->id;
#endif
}

/* The port is one's own, the address the peer's. */
static __always_inline void judge_peer(struct scratch *s, struct self *self, struct endpoint *local,
				       struct endpoint *remote)
{
	struct endpoint e = *remote;

	e.port = local->port;
	s->came_to = *local;
	judge_reach(s, self, &e, REACH_ACCEPT);
}

/* Describes what the cache did not know; true if it may, from now on. */
subprogram bool tell_accepted(struct endpoint *local, struct endpoint *remote, __u64 cgroup_id)
{
	struct counters *c = my_counters();
	struct scratch *s;
	struct self self;
	__u32 index = 0;
	__u64 id[2];

	if (!c || !known_by_id(&self, cgroup_id))
		return false;
	COUNT(c, generated, KIND_ACCEPT);
	s = prepare(&self, c, KIND_ACCEPT, &index);
	if (!s)
		return false;
	describe_flow(&s->record, local, remote);
	judge_peer(s, &self, local, remote);
	/* He is in already: no hook refused him, or the policy is newer than he is. */
	if (s->record.action == ACTION_DENY)
		s->record.action = ACTION_ALERT;
	peer_id(local, distance_of(remote->family, (__u8 *)remote->address), id);
	return conclude(s, index, &self, id, NULL);
}

/*
 * By addresses only where some policy asks for them: a public server has more peers than rows.
 * Before 5.17 no peer is judged, and 5.10 gives all frames of a way no word more.
 */
#ifdef BOUNDED_LOOPS
#define ACCEPT_WORDS ENDPOINT_WORDS
#else
#define ACCEPT_WORDS (ENDPOINT_WORDS + 4)
#endif

static __always_inline __u32 ask_accept(__u64 *what, __u64 cgroup_id, struct endpoint *local,
					struct endpoint *remote)
{
	what[2] = distance_of(remote->family, (__u8 *)remote->address);
	if (ACCEPT_WORDS > ENDPOINT_WORDS && control.names_peers) {
		what[3] = remote->address[0] ^ remote->address[1];
		what[4] = remote->address[0];
		what[5] = remote->address[1];
		what[6] = local->address[0];
		what[7] = local->address[1];
	}
	return ask_endpoint(what, cgroup_id, local, KIND_ACCEPT);
}

static __always_inline void accepted(struct sock *sk, struct endpoint *local,
				     struct endpoint *remote)
{
	__u64 what[ACCEPT_WORDS] = {};
	__u64 cgroup_id = owner_of(sk);
	__u32 row = ask_accept(what, cgroup_id, local, remote);

	if (!known(row, KIND_ACCEPT, what, ACCEPT_WORDS) && tell_accepted(local, remote, cgroup_id))
		remember(row, what, ACCEPT_WORDS);
}

/* Nobody's act: it comes from outside, on whosever time. */
subprogram int judge_request(struct endpoint *local, struct endpoint *remote, __u64 cgroup_id)
{
	struct counters *c = my_counters();
	enum action action;
	struct scratch *s;
	struct self self;
	__u32 index = 0;

	if (!c || !known_by_id(&self, cgroup_id) || !policy_for(&self, FACET_NETWORK))
		return 0;
	s = take_scratch(&index);
	if (!s)
		return answer_of(judge_blindly(&self, FACET_NETWORK));
	s->record.kind = KIND_ACCEPT;
	describe_flow(&s->record, local, remote);
	judge_peer(s, &self, local, remote);
	action = s->record.action;
	/* What is only told of is told of when he is in. */
	if (action == ACTION_DENY) {
		COUNT(c, generated, KIND_ACCEPT);
		if (may_tell_decision(&self, &s->record))
			deliver(s, &self, c, NULL);
		else
			COUNT(c, aggregated, KIND_ACCEPT);
	}
	give_back(index);
	return answer_of(action);
}

static __always_inline void read_request(struct request_sock *request, struct endpoint *local,
					 struct endpoint *remote)
{
	local->family = remote->family = request->__req_common.skc_family;
	local->protocol = remote->protocol = IPPROTO_TCP;
	local->port = request->__req_common.skc_num;
	remote->port = bpf_ntohs(request->__req_common.skc_dport);
	read_address(local->address, local->family, request->__req_common.skc_rcv_saddr,
		     &request->__req_common.skc_v6_rcv_saddr);
	read_address(remote->address, local->family, request->__req_common.skc_daddr,
		     &request->__req_common.skc_v6_daddr);
}

/*
 * Somebody asks to come in; his first packet. Refused, it is as if it had been lost: he asks again
 * for a while. (socket_accept is too early, it does not say who comes, and then he is in.)
 */
SEC("lsm/inet_conn_request")
int BPF_PROG(on_request, struct sock *sk, struct sk_buff *packet, struct request_sock *request)
{
	struct endpoint local = {}, remote = {};
	__u64 what[ACCEPT_WORDS] = {};
	__u64 cgroup_id = owner_of(sk);

	read_request(request, &local, &remote);
	/* Counted as nothing: he is counted when he is in. */
	if (known(ask_accept(what, cgroup_id, &local, &remote), KIND_NONE, what, ACCEPT_WORDS))
		return 0;
	return judge_request(&local, &remote, cgroup_id);
}

/* A connection has come in and is made a socket of: the addresses are still the request's. */
SEC("lsm/inet_csk_clone")
int BPF_PROG(on_accepted, struct sock *sk, struct request_sock *request)
{
	struct endpoint local = {}, remote = {};

	read_request(request, &local, &remote);
	accepted(sk, &local, &remote);
	return 0;
}

/*
 * On cgroup v1, where a socket does not know its cgroup: in the process that accepts. The
 * function's answer stands behind its arguments, of which 6.10 made two out of four.
 */
SEC("fexit/inet_csk_accept")
int on_accept_answer(__u64 *arguments)
{
	struct endpoint local = {}, remote = {};
	struct sock *sk;

	if (bpf_core_type_exists(struct proto_accept_arg)) {
		sk = (void *)arguments[2];
		barrier(); /* two loads: 5.10 takes none from a place that was chosen */
	} else {
		sk = (void *)arguments[4];
	}
	if (!sk)
		return 0;
	local_of(sk, &local);
	remote_of(sk, &remote);
	accepted(sk, &local, &remote);
	return 0;
}

subprogram void tell_closed(struct self *self, struct endpoint *local, struct endpoint *remote,
			    __u64 sent, __u64 received)
{
	struct counters *c = my_counters();
	struct scratch *s;
	__u32 index = 0;

	if (!c)
		return;
	COUNT(c, generated, KIND_FLOW);
	s = prepare(self, c, KIND_FLOW, &index);
	if (!s)
		return;
	describe_flow(&s->record, local, remote);
	s->record.bytes_sent = sent;
	s->record.bytes_received = received;
	deliver(s, self, c, NULL);
	give_back(index);
}

#define SOCK_DONE 1 /* a bit: the peer's FIN has come */

/* Each flow with its bytes for who asked for them; else they go to the instance's totals. */
static __always_inline void closed(struct sock *sk)
{
	struct tcp_sock *tcp = (void *)sk;
	/*
	 * Of the counts that TCP keeps, these are of data alone, but for a byte that the FIN takes.
	 */
	__u64 sent = READ(tcp, bytes_sent) - READ(tcp, bytes_retrans);
	__u64 received = READ(tcp, bytes_received) - ((sk->__sk_common.skc_flags >> SOCK_DONE) & 1);
	struct endpoint local = {}, remote = {};
	struct self self;

	/* Never connected: a listener, or a connection that was refused. */
	if (!sent && !received)
		return;
	if (!known_by_id(&self, owner_of(sk)))
		return;
	__sync_fetch_and_add(&self.instance->bytes_sent, sent);
	__sync_fetch_and_add(&self.instance->bytes_received, received);
	if (!every(&self, KIND_FLOW)) {
		count_hit(this_cpu(), KIND_FLOW);
		return;
	}
	local_of(sk, &local);
	if (!local.port) /* given back by now, but written down for packets */
		local.port = bpf_ntohs(READ((struct inet_sock *)sk, inet_sport));
	remote_of(sk, &remote);
	tell_closed(&self, &local, &remote, sent, received);
}

/* The end of every TCP socket, whoever made it: a system call, io_uring, the kernel. */
SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(on_tcp_end, struct sock *sk)
{
	closed(sk);
	return 0;
}

#define TCP_LISTEN 10

/*
 * Where there is no inet_csk_clone or no socket_listen hook. It sees each of a connection's ten
 * states, so one program tells both.
 */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_socket_state, struct sock *sk, int before, int now)
{
	struct endpoint local = {}, remote = {};

	if (now == TCP_ESTABLISHED && before == TCP_SYN_RECV && stands_in_for(KIND_ACCEPT)) {
		local_of(sk, &local);
		remote_of(sk, &remote);
		accepted(sk, &local, &remote);
	} else if (now == TCP_LISTEN && stands_in_for(KIND_LISTEN)) {
		use_listener(sk);
	}
	return 0;
}

PROGRAM_LICENSE;

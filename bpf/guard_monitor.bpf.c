// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * What only enforcing asks about, before it happens: sockets of container runtimes behind whatever
 * name, modules. LSM hooks, or fmod_ret on the same functions; where there are neither, these acts
 * are told of by others, or not at all.
 */
#include "program.h"
#include "endpoint.h"
#include "held.h"

/*
 * By the peer's own path, as it was bound: a symlink or a mount has led there by another. Container
 * runtimes listen on stream sockets.
 */
SEC("lsm/unix_stream_connect")
int BPF_PROG(on_unix_peer, struct sock *sk, struct sock *peer)
{
	struct rule_key key = {.kind = RULE_KIND_UNIX, .facet = FACET_RUNTIME_SOCKET};
	enum action action = ACTION_ALLOW;
	__u32 index = 0, at_fault = 0;
	struct found found = {};
	struct path path = {};
	struct counters *c;
	struct scratch *s;
	struct self self;

	c = held(&self, FACET_RUNTIME_SOCKET);
	bpf_core_read(&path, sizeof(path), &((struct unix_sock *)peer)->path);
	if (!c || !path.dentry || !path.mnt)
		return 0;
	s = take_scratch(&index);
	if (!s)
		return answer_of(judge_blindly(&self, FACET_RUNTIME_SOCKET));
	s->record.kind = KIND_CONNECT;
	s->record.family = AF_UNIX;
	append_path(s, TEXT_OBJECT, path.dentry, path.mnt);
	sip_text(s, text_end(s), AF_UNIX, key.id);
	if (s->record.flags & (FLAG_CUT | FLAG_UNRESOLVED)) {
		action = judge_unclear(s, &self, FACET_RUNTIME_SOCKET);
	} else if (ask_rule(&found, self.instance->policy, &key)) {
		struct policy *policy = policy_for(&self, FACET_RUNTIME_SOCKET);

		if (policy)
			action = judged(&s->record, policy, FACET_RUNTIME_SOCKET,
					outcome_of(&found, policy, FACET_RUNTIME_SOCKET,
						   self.instance->phase, REACH_CONNECT, &at_fault),
					at_fault);
	}
	return decided(s, index, &self, c, KIND_CONNECT, action);
}

/* All modules are one to a policy: their names are known only once they are read. */
static __always_inline int module_asked(struct file *file)
{
	enum action action;
	struct counters *c;
	struct scratch *s;
	struct self self;
	__u32 index = 0;

	c = held(&self, FACET_MODULE);
	if (!c)
		return 0;
	s = take_scratch(&index);
	if (!s)
		return answer_of(judge_blindly(&self, FACET_MODULE));
	s->record.kind = KIND_MODULE;
	if (file)
		append_file(s, TEXT_OBJECT, file);
	action = judge_number(&s->record, &self, FACET_MODULE, 0);
	return decided(s, index, &self, c, KIND_MODULE, action);
}

/* finit_module */
SEC("lsm/kernel_read_file")
int BPF_PROG(on_module_file, struct file *file, enum kernel_read_file_id id)
{
	if (id != bpf_core_enum_value(enum kernel_read_file_id, READING_MODULE))
		return 0;
	return module_asked(file);
}

/* init_module */
SEC("lsm/kernel_load_data")
int BPF_PROG(on_module_data, enum kernel_load_data_id id)
{
	if (id != bpf_core_enum_value(enum kernel_load_data_id, LOADING_MODULE))
		return 0;
	return module_asked(NULL);
}

PROGRAM_LICENSE;

/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * A fact that is two numbers, of which a policy knows the one: a bpf() call by its command, a user
 * namespace, which takes no capability and gives all of them. The same fact below hooks that refuse
 * and that do not.
 */
#ifndef PAHLEVAN_NUMBERED_H
#define PAHLEVAN_NUMBERED_H

#include "fact.h"

static __always_inline __u32 facet_of(__u32 kind)
{
	return kind == KIND_PTRACE      ? FACET_PTRACE
	       : kind == KIND_BPF       ? FACET_BPF
	       : kind == KIND_NAMESPACE ? FACET_NAMESPACE
					: FACET_MODULE;
}

/* Whoever it was done to is only known by the number that the caller has for him. */
static __always_inline int numbered(__u32 kind, enum operation operation, __u32 number, __u32 pid)
{
	__u32 index = 0, facet = facet_of(kind);
	enum action action;
	struct counters *c;
	struct scratch *s;
	struct self self;
	struct sip sip;
	__u64 id[2];

	if (kind >= KIND_MAX)
		return 0;
	c = begin(&self, kind);
	if (!c)
		return 0;
	s = prepare(&self, c, kind, &index);
	if (!s)
		return answer_of(judge_blindly(&self, facet));
	s->record.operation = operation;
	s->record.number = number;
	s->record.object_pid = pid;
	if (pid)
		s->record.flags |= FLAG_USER_TEXT;
	judge_number(&s->record, &self, facet, operation ? operation : number);
	action = s->record.action; /* as in tell_endpoint */
	sip_start(&sip);
	sip_word(&sip, (__u64)operation << 32 | number);
	sip_end(&sip, id);
	conclude(s, index, &self, id, (void *)bpf_get_current_task());
	return answer_of(action);
}

#endif

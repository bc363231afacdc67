/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* One process looks into another: the same fact below an LSM hook and a tracepoint. */
#ifndef PAHLEVAN_TRACED_H
#define PAHLEVAN_TRACED_H

#include "shield.h"

#define PTRACE_MODE_ATTACH 2
#define PTRACE_MODE_REALCREDS 0x10

static __always_inline int traced(struct task_struct *target, enum operation operation, __u32 mode)
{
	enum action action;
	struct counters *c;
	struct scratch *s;
	struct self self;
	__u32 index = 0;
	bool is_keepers;
	__u64 id[2];

	if (READ(target, tgid) == (int)(bpf_get_current_pid_tgid() >> 32))
		return 0; /* its own threads, as every read of /proc/self is */
	c = begin(&self, KIND_PTRACE);
	if (!c)
		return 0;
	is_keepers = settings.guard != GUARD_OFF && operation == OPERATION_PTRACE_ATTACH &&
		     is_of_keeper(target);
	s = prepare(&self, c, KIND_PTRACE, &index);
	if (!s)
		return answer_of(is_keepers ? action_on_own(&self)
					    : judge_blindly(&self, FACET_PTRACE));
	s->record.operation = operation;
	s->record.number = mode;
	s->record.object_pid = READ(target, tgid);
	target = READ(target, group_leader);
	s->record.object_start_ns = READ(target, start_boottime);
	if (READ(target, mm)) {
		struct mm_struct *mm = READ(target, mm);
		struct file *file = READ(mm, exe_file);

		if (file)
			append_file(s, TEXT_OBJECT, file);
	}
	action = judge_number(&s->record, &self, FACET_PTRACE, operation);
	if (is_keepers)
		action = shielded(&s->record, &self);
	sip_text(s, text_end(s), (__u64)operation << 32 | mode, id);
	conclude(s, index, &self, id, (void *)bpf_get_current_task());
	return answer_of(action);
}

#endif

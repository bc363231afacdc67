// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * Which system calls an instance makes. One program on every entry, attached only while some
 * instance is still learning them: the warm path is two array lookups and a byte.
 */
#include "program.h"
#include "compat.h"

/*
 * A system call cannot be refused here, and some take effect before the signal does: policies say
 * so.
 */
subprogram void judge_call(struct self *self, __u32 number, bool compat)
{
	struct counters *c = my_counters();
	struct scratch *s;
	__u32 index = 0;

	if (!c)
		return;
	s = take_scratch(&index);
	if (!s)
		return;
	s->record.kind = KIND_SYSCALL;
	s->record.number = number;
	if (compat)
		s->record.flags |= FLAG_COMPAT;
	judge_syscall(&s->record, self, number, compat);
	if (kill_if_denied(&s->record) != ACTION_ALLOW)
		tell_denied(s, self, c, KIND_SYSCALL);
	give_back(index);
}

SEC("tp_btf/sys_enter")
int BPF_PROG(on_sys_enter, struct pt_regs *regs, long number)
{
	__u32 row = (__u32)number & (SYSCALLS - 1);
	struct counters *c;
	struct self self;
	__u8 *times;
	bool compat;

	if (number < 0 || !current_self(&self))
		return 0;
	compat = (number & X32_BIT) || is_compat_task();
	if (self.instance->policy)
		judge_call(&self, row, compat);
	times = compat ? &self.instance->compat_syscalls[row] : &self.instance->syscalls[row];
	if (*times && !every(&self, KIND_SYSCALL)) {
		if (*times < 255)
			++*times;
		count_hit(this_cpu(), KIND_SYSCALL);
		return 0;
	}
	c = my_counters();
	if (!c)
		return 0;
	COUNT(c, generated, KIND_SYSCALL);
	if (first_of_few(&self, c, times, KIND_SYSCALL))
		send_number(&self, c, times, row, (compat ? FLAG_COMPAT : 0) << 8 | KIND_SYSCALL);
	return 0;
}

PROGRAM_LICENSE;

// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * Which system calls an instance makes. One program on every entry, attached only while some
 * instance is still learning them: the warm path is two array lookups and a byte.
 */
#include "program.h"
#include "compat.h"

SEC("tp_btf/sys_enter")
int BPF_PROG(on_sys_enter, struct pt_regs *regs, long number)
{
	__u32 row = (__u32)number & (SYSCALLS - 1);
	enum outcome outcome;
	struct counters *c;
	struct self self;
	__u32 flags;
	__u8 *times;
	bool compat;

	if (number < 0 || !current_self(&self))
		return 0;
	compat = (number & X32_BIT) || is_compat_task();
	flags = compat ? FLAG_COMPAT : 0;
	outcome = outcome_of_call(&self, row, compat);
	times = compat ? &self.instance->compat_syscalls[row] : &self.instance->syscalls[row];
	if (outcome != OUTCOME_ALLOW &&
	    decide_few(&self, FACET_SYSCALL, row, flags << 8 | KIND_SYSCALL, outcome) !=
		    ACTION_ALLOW) {
		/* Told of as what was decided, and not once more as something new. */
		if (*times < 255)
			++*times;
		return 0;
	}
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
		send_number(&self, c, times, row, flags << 8 | KIND_SYSCALL);
	return 0;
}

PROGRAM_LICENSE;

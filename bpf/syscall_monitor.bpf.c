// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * Which system calls an instance makes. One program on every entry, attached only while some
 * instance is still learning them; another, for what policies deny, on those calls' functions
 * alone, so that what everybody is allowed costs nothing. What an instance has often done, a row of
 * the processor's own answers for: nothing else of Pahlevan's runs as often as this.
 */
#include "program.h"
#include "call.h"
#include "compat.h"
#include "decision.h"

#define OFTEN 255 /* where the instance's counter stays; before that each call is counted there */
#define COMPAT (1ULL << 32)
#define CALL_WORDS 2

static __always_inline volatile struct decision *row_for(__u64 cpu, __u64 owner, __u64 call)
{
	__u32 index = cpu * CALLS_PER_CPU | ((owner * 37 + call) & (CALLS_PER_CPU - 1));

	return bpf_map_lookup_elem(&known_calls, &index);
}

static __always_inline void made(__u8 *times)
{
	if (*times < OFTEN)
		++*times;
}

/* What no row answers for: asks the policy, counts, and tells what is new. */
subprogram int call_made(__u64 call, __u64 owner)
{
	__u32 row = (__u32)call & (SYSCALLS - 1);
	bool compat = call & (COMPAT | X32_BIT);
	__u32 flags = compat ? FLAG_COMPAT : 0;
	__u64 what[CALL_WORDS] = {owner, call};
	enum outcome outcome;
	struct counters *c;
	struct self self;
	__u8 *times;

	if (!current_self(&self))
		return 0;
	outcome = outcome_of_call(&self, row, compat);
	times = compat ? &self.instance->compat_syscalls[row] : &self.instance->syscalls[row];
	if (outcome != OUTCOME_ALLOW &&
	    decide_few(&self, FACET_SYSCALL, row, flags << 8 | KIND_SYSCALL, outcome) !=
		    ACTION_ALLOW) {
		/* Told of as what was decided, and not once more as something new. */
		made(times);
		return 0;
	}
	if (*times && !every(&self, KIND_SYSCALL)) {
		if (*times == OFTEN && outcome == OUTCOME_ALLOW && !self.instance->in_setup)
			write_row(row_for(this_cpu(), owner, call), what, CALL_WORDS);
		made(times);
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

static __always_inline int begun(long number)
{
	__u64 owner, cpu, what[CALL_WORDS];

	if (number < 0)
		return 0;
	what[0] = owner = typed_cgroup_id() + control.cache_generation;
	what[1] = number | (is_compat_task() ? COMPAT : 0);
	cpu = this_cpu();
	if (!holds(row_for(cpu, owner, what[1]), what, CALL_WORDS))
		return call_made(what[1], owner);
	count_hit(cpu, KIND_SYSCALL);
	return 0;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(on_sys_enter, struct pt_regs *regs, long number)
{
	return begun(number);
}

/* A function's one argument: what the caller had in its registers. */
#ifdef __TARGET_ARCH_arm64
#define PASSED(regs) ((struct pt_regs *)(regs)->regs[0])
#else
#define PASSED(regs) ((struct pt_regs *)(regs)->di)
#endif

/* Which functions these are is chosen when it is attached (agent/kernel/call-functions.ts). */
SEC("kprobe.multi")
int on_call_denied(struct pt_regs *regs)
{
	return begun(CALL_NUMBER(PASSED(regs)));
}

PROGRAM_LICENSE;

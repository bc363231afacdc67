/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Loss is arithmetic: every fact is counted when it arises and once more by what became of it. */
#ifndef PAHLEVAN_COUNT_H
#define PAHLEVAN_COUNT_H

#include "once.h"

static __always_inline struct counters *my_counters(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&counters, &zero);
}

/* Locked adds: an LSM hook can be preempted between the load and the store of a plain one. */
#define COUNT(c, field, kind) __sync_fetch_and_add(&(c)->field[kind], 1)

static __always_inline bool stands_in_for(__u32 kind)
{
	return (trace_kinds >> (kind & 63)) & 1;
}

/* The helper's answer is one register: called as what it is, nothing has to be cut off it. */
static __u64 (*const this_cpu)(void) = (void *)8; /* BPF_FUNC_get_smp_processor_id */

/* A fact that was known at once: generated and aggregated. */
static __always_inline void count_hit(__u64 cpu, __u64 kind)
{
	__u64 row = (cpu & (HIT_CPUS - 1)) * HITS_PER_CPU + (kind & (HITS_PER_CPU - 1));

	__sync_fetch_and_add(&control.hits[row], 1);
}

/* A compiler leaves out a mask that it finds needless; the verifier then finds no bound. */
#define MASKED(value, mask)                                                                        \
	({                                                                                         \
		__u64 value_ = (value);                                                            \
		asm volatile("" : "+r"(value_));                                                   \
		value_ &(mask);                                                                    \
	})

subprogram void count_failure(__u32 place, __s64 error)
{
	struct failure_key key = {.place = place, .error = (__s32)error};
	__u64 one = 1, *count = bpf_map_lookup_elem(&failures, &key);

	if (count)
		__sync_fetch_and_add(count, 1);
	else if (bpf_map_update_elem(&failures, &key, &one, BPF_NOEXIST))
		__sync_fetch_and_add(&control.failures_uncounted, 1);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Loss is arithmetic: every fact is counted when it arises and once more by what became of it. */
#ifndef PAHLEVAN_COUNT_H
#define PAHLEVAN_COUNT_H

#include "maps.h"

static __always_inline struct counters *my_counters(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&counters, &zero);
}

/* Locked adds: an LSM hook can be preempted between the load and the store of a plain one. */
#define COUNT(c, field, kind) __sync_fetch_and_add(&(c)->field[kind], 1)

/* A fact that was known at once: generated and aggregated. */
static __always_inline void count_hit(__u32 cpu, __u32 kind)
{
	__u32 index = cpu * HITS_PER_CPU + kind;
	__u64 *count = bpf_map_lookup_elem(&hits, &index);

	if (count)
		__sync_fetch_and_add(count, 1);
}

/* A compiler leaves out a mask that it finds needless; the verifier then finds no bound. */
#define MASKED(value, mask)                                                                        \
	({                                                                                         \
		__u64 value_ = (value);                                                            \
		asm volatile("" : "+r"(value_));                                                   \
		value_ & (mask);                                                                   \
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

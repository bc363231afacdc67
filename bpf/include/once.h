/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Code that the verifier takes once: loops, and what many places lead to. It is what an agent's
 * start is made of.
 *
 * Two builds are made. Kernels from 5.17 on have bpf_loop. For those before (BOUNDED_LOOPS), what a
 * loop repeats is global code as soon as it branches: turn by turn, 48 names of a path were 45 000
 * instructions to verify, and now 128 are 1 500. Before 5.12 global code takes no pointers, and
 * before 5.11 it answers nothing but 0: there it is called by its buffer's number, and leaves its
 * answer in there.
 */
#ifndef PAHLEVAN_ONCE_H
#define PAHLEVAN_ONCE_H

#include "maps.h"

#ifdef BOUNDED_LOOPS

/* By itself, so that the number's place on the stack is used again. */
static __always_inline struct scratch *numbered_scratch(__u32 number)
{
	return bpf_map_lookup_elem(&scratches, &number);
}

#endif

/* Runs STEP(i, context) until it answers 1, at most `times`. */
#ifdef BOUNDED_LOOPS
#define STEP static __always_inline
#define REPEAT(times, step, context)                                                               \
	({                                                                                         \
		__u32 turn_;                                                                       \
		for (turn_ = 0; turn_ < (times); turn_++)                                          \
			if (step(turn_, context))                                                  \
				break;                                                             \
	})
#else
#define STEP static __noinline __attribute__((unused))
#define REPEAT(times, step, context) bpf_loop(times, step, context, 0)
#endif

/* SCRATCH_STEP(step) { … }: the same of a buffer, which it has as `s`, and the `turn`. */
#ifdef BOUNDED_LOOPS
#define SCRATCH_STEP(step)                                                                         \
	static __always_inline long step##_of(struct scratch *s, __u32 turn);                      \
	__attribute__((weak)) int step##_numbered(__u32 number, __u32 turn)                        \
	{                                                                                          \
		struct scratch *s = numbered_scratch(number);                                      \
		if (s)                                                                             \
			s->is_over = step##_of(s, turn);                                           \
		return 0;                                                                          \
	}                                                                                          \
	static __always_inline long step##_of(struct scratch *s, __u32 turn)
#define REPEAT_IN(s, times, step)                                                                  \
	({                                                                                         \
		__u32 turn_;                                                                       \
		(s)->is_over = 0;                                                                  \
		for (turn_ = 0; turn_ < (times) && !(s)->is_over; turn_++)                         \
			step##_numbered((s)->number, turn_);                                       \
	})
#else
#define SCRATCH_STEP(step)                                                                         \
	static __always_inline long step##_of(struct scratch *s, __u32 turn);                      \
	STEP long step(__u32 turn, void *context)                                                  \
	{                                                                                          \
		return step##_of(*(struct scratch **)context, turn);                               \
	}                                                                                          \
	static __always_inline long step##_of(struct scratch *s, __u32 turn)
#define REPEAT_IN(s, times, step) bpf_loop(times, step, &s, 0)
#endif

/*
 * ONCE(name) { … }: global code over a buffer, which it has as `s`. One object defines it (load.h),
 * whoever calls name(s) declares it.
 */
#ifdef BOUNDED_LOOPS
#define DECLARE_ONCE(name)                                                                         \
	int name##_numbered(__u32 number);                                                         \
	static __always_inline int name(struct scratch *s)                                         \
	{                                                                                          \
		return name##_numbered(s->number);                                                 \
	}
#define ONCE(name)                                                                                 \
	static __always_inline void name##_of(struct scratch *s);                                  \
	int name##_numbered(__u32 number)                                                          \
	{                                                                                          \
		struct scratch *s = numbered_scratch(number);                                      \
		if (s)                                                                             \
			name##_of(s);                                                              \
		return 0;                                                                          \
	}                                                                                          \
	static __always_inline void name##_of(struct scratch *s)
#else
#define DECLARE_ONCE(name) int name(struct scratch *s)
#define ONCE(name)                                                                                 \
	static __always_inline void name##_of(struct scratch *s);                                  \
	int name(struct scratch *s)                                                                \
	{                                                                                          \
		if (s)                                                                             \
			name##_of(s);                                                              \
		return 0;                                                                          \
	}                                                                                          \
	static __always_inline void name##_of(struct scratch *s)
#endif

#endif

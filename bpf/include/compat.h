/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* System calls by another numbering: 32-bit programs, int 0x80 from 64-bit ones, x32. */
#ifndef PAHLEVAN_COMPAT_H
#define PAHLEVAN_COMPAT_H

#include "path.h"

#ifdef __TARGET_ARCH_arm64
#define COMPAT_WORD thread_info.flags
#define COMPAT_BIT (1 << 22) /* TIF_32BIT, of a 32-bit task */
#else
#define COMPAT_WORD thread_info.status
#define COMPAT_BIT 2 /* TS_COMPAT, during such a call */
#endif
#define X32_BIT 0x40000000

#ifdef BOUNDED_LOOPS /* kernels before 5.11 have no typed current task */
#define OF_CURRENT(field) READ((struct task_struct *)bpf_get_current_task(), field)
#else
#define OF_CURRENT(field) (((struct task_struct *)bpf_get_current_task_btf())->field)
#endif

static __always_inline bool is_compat_task(void)
{
	return OF_CURRENT(COMPAT_WORD) & COMPAT_BIT;
}

/* The same where the current task is at hand, typed. */
static __always_inline bool is_compat(struct task_struct *task)
{
	return task->COMPAT_WORD & COMPAT_BIT;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* System calls by another numbering: 32-bit programs, int 0x80 from 64-bit ones, x32. */
#ifndef PAHLEVAN_COMPAT_H
#define PAHLEVAN_COMPAT_H

#include "path.h"

#define TS_COMPAT 2  /* x86: thread_info.status during such a call */
#define TIF_32BIT 22 /* arm64: thread_info.flags of a 32-bit task */
#define X32_BIT 0x40000000

#ifdef BOUNDED_LOOPS /* kernels before 5.11 have no typed current task */
#define OF_CURRENT(field) READ((struct task_struct *)bpf_get_current_task(), field)
#else
#define OF_CURRENT(field) (((struct task_struct *)bpf_get_current_task_btf())->field)
#endif

static __always_inline bool is_compat_task(void)
{
#ifdef __TARGET_ARCH_arm64
	return (OF_CURRENT(thread_info.flags) >> TIF_32BIT) & 1;
#else
	return OF_CURRENT(thread_info.status) & TS_COMPAT;
#endif
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* A system call by its registers: its number and what it was called with. */
#ifndef PAHLEVAN_CALL_H
#define PAHLEVAN_CALL_H

#include "vmlinux.h"
#include <asm/unistd.h>

#ifndef __NR_fchmodat2 /* 6.6; headers may be older, and its number is the same everywhere */
#define __NR_fchmodat2 452
#endif

struct call {
	__u64 a, b, c, d;
	__u32 number;
	__u32 kind; /* of what it does */
};

#ifdef __TARGET_ARCH_arm64
#define NUMBER_OF(regs) ((__u64)(__u32)(regs)->syscallno)
#define CALL_OF(regs)                                                                              \
	{                                                                                          \
		.a = (regs)->orig_x0, .b = (regs)->regs[1], .c = (regs)->regs[2],                  \
		.d = (regs)->regs[3]                                                               \
	}
#else
#define NUMBER_OF(regs) ((__u64)(regs)->orig_ax)
#define CALL_OF(regs)                                                                              \
	{                                                                                          \
		.a = (regs)->di, .b = (regs)->si, .c = (regs)->dx, .d = (regs)->r10                \
	}
#endif

#endif

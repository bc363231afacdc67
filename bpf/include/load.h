/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * For global code (ONCE). Of all objects only one may declare bpf_rdonly_cast (libbpf 1.1 links no
 * function of the kernel's that two declare): trace_monitor.bpf.c, which needs it as well, and so
 * defines all of that code.
 */
#ifndef PAHLEVAN_LOAD_H
#define PAHLEVAN_LOAD_H

#include "path.h"

/*
 * As READ(), of what may be anything. Since 6.2 a number can be taken for a pointer of a type, and
 * a load through it costs a tenth of what the helper's call does.
 */
#ifdef BOUNDED_LOOPS
#define TYPED_LOADS false
#define LOAD(what, field) READ(what, field)
#else
extern void *bpf_rdonly_cast(const void *pointer, __u32 type) __ksym __attribute__((weak));

#define TYPED_LOADS (bpf_rdonly_cast != NULL)
#define LOAD(what, field)                                                                          \
	({                                                                                         \
		typeof(what) at_ = (what);                                                         \
		TYPED_LOADS ? ((typeof(what))bpf_rdonly_cast(                                      \
				       at_, bpf_core_type_id_kernel(typeof(*at_))))                \
				      ->field                                                      \
			    : READ(at_, field);                                                    \
	})
#endif

#endif

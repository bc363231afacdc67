/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* The open file of a descriptor, for programs on the end of system calls. */
#ifndef PAHLEVAN_DESCRIPTOR_H
#define PAHLEVAN_DESCRIPTOR_H

#include "load.h"

#ifdef BOUNDED_LOOPS
extern void *bpf_rdonly_cast(const void *pointer, __u32 type) __ksym __attribute__((weak));
#endif

/*
 * By loads alone, which find NULL where nothing is: the helper that reads from an address takes
 * longer than all else of a warm open. A slot of the table is a pointer, as is all of a hlist_head,
 * and of what no kernel's type says one cannot load.
 */
static __always_inline struct file *typed_file(struct task_struct *task, __u32 fd)
{
	struct fdtable *table = task->files->fdt;
	struct hlist_head *slot;

	if (fd >= table->max_fds)
		return NULL;
	slot = bpf_rdonly_cast(table->fd + fd, bpf_core_type_id_kernel(struct hlist_head));
	return bpf_rdonly_cast(slot->first, bpf_core_type_id_kernel(struct file));
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * How an instance came to its end. A process that whoever manages the instance waits for (a
 * container's first, a service's main one) has failed if it ended with a code or by a signal that
 * nobody stops things with; or if the kernel killed it for want of memory. Only that is kept, and
 * only the newest: user space looks when the instance is gone.
 */
#ifndef PAHLEVAN_ENDED_H
#define PAHLEVAN_ENDED_H

#include "instance.h"

/* As wait() has it: the signal in the low bits, the status above. */
#define SIGNAL_OF(code) ((code)&0x7f)
#define STATUS_OF(code) (((code) >> 8) & 0xff)
#define SHELL_SIGNAL 128 /* a status above that is of a program that a signal ended */

/*
 * What people, runtimes and service managers stop with. Nobody but them can kill a container's
 * first process; of a shell that says its child was killed, it may have been for want of memory.
 */
static __always_inline bool is_asked_for(__u32 number)
{
	return number == 1 /* SIGHUP */ || number == 2 /* SIGINT */ || number == 15 /* SIGTERM */;
}

#define SIGNAL_KILL 9

static __always_inline bool is_failure(__u32 code, bool for_memory)
{
	__u32 number = SIGNAL_OF(code), status = STATUS_OF(code);

	if (number == SIGNAL_KILL)
		return for_memory;
	if (number)
		return !is_asked_for(number);
	return status && !is_asked_for(status - SHELL_SIGNAL);
}

/* In its own pid namespace; the kernel's own mark of it, SIGNAL_UNKILLABLE, is gone by its exit. */
static __always_inline bool is_first(struct pid *pid, __u32 level)
{
	struct upid *number =
		(void *)pid + bpf_core_field_offset(struct pid, numbers) + level * sizeof(*number);

	return READ(number, nr) == 1;
}

/*
 * Its parent is of another instance. What a runtime brings into a container later (an exec, a
 * probe) has such a parent, too, but is not the first of its pid namespace.
 */
static __always_inline bool is_waited_for_outside(struct self *self, struct task_struct *task)
{
	struct task_struct *parent = READ(task, real_parent);
	struct pid *own = READ(task, thread_pid), *outer = READ(parent, thread_pid);
	__u32 level = READ(own, level);
	__u64 id = id_of(cgroup_of(parent));
	struct cgroup_entry *entry;

	if (level != READ(outer, level) && !is_first(own, level))
		return false;
	entry = bpf_map_lookup_elem(&cgroups, &id);
	return !entry || entry->instance != self->slot;
}

static __always_inline void note_end(struct self *self, struct task_struct *task,
				     struct signal_struct *signal)
{
	__u32 code = READ(task, exit_code);
	bool for_memory;

	if (!code)
		return; /* nearly all */
	for_memory = bpf_core_field_exists(signal->oom_mm) && READ(signal, oom_mm);
	if (!is_failure(code, for_memory) || !is_waited_for_outside(self, task))
		return;
	self->instance->failed_with = code;
	self->instance->failed_for_memory = for_memory;
	self->instance->failed_ns = bpf_ktime_get_boot_ns();
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What a runtime does in an instance before the workload's first program runs is its own affair.
 * It may run itself there: runc a copy of itself that has no name (a memfd, or a removed or
 * unmounted file), systemd since 255 its executor, in the host's mounts.
 */
#ifndef PAHLEVAN_SETUP_H
#define PAHLEVAN_SETUP_H

#include "instance.h"
#include "path.h"

#define EXECUTOR "systemd-executor"
#define EXECUTOR_BYTES (sizeof(EXECUTOR) - 1)

static __always_inline bool is_nameless(struct dentry *dentry, struct mount *mount)
{
	return !READ(dentry, d_hash.pprev) || !READ(mount, mnt_ns) || is_internal(mount);
}

static __always_inline bool is_executor(struct dentry *dentry)
{
	struct task_struct *task = (void *)bpf_get_current_task(), *parent;
	__u64 letters[EXECUTOR_BYTES / 8] = {};
	struct nsproxy *here, *above;
	struct qstr name = {};

	_Static_assert(EXECUTOR_BYTES == sizeof(letters), "compared by the word");
	bpf_core_read(&name, sizeof(name), &dentry->d_name);
	if (name.len != EXECUTOR_BYTES ||
	    bpf_probe_read_kernel(letters, sizeof(letters), name.name) ||
	    letters[0] != 0x2d646d6574737973 /* "systemd-" */ ||
	    letters[1] != 0x726f747563657865 /* "executor" */)
		return false;
	/* A program of that name in a container is only a program: its parent is outside. */
	here = READ(task, nsproxy);
	parent = READ(task, real_parent);
	above = READ(parent, nsproxy);
	return READ(here, mnt_ns) == READ(above, mnt_ns);
}

/* Whether it is the runtime that runs, on its way to the workload's first program. */
static __always_inline bool is_setup(struct self *self, struct file *file)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct dentry *dentry;

	if (!self->instance->in_setup)
		return false;
	if (!self->instance->is_settled || self->instance->came_in_exec == (__u32)READ(task, tgid))
		return true;
	dentry = READ(file, f_path.dentry);
	return is_nameless(dentry, mount_of(READ(file, f_path.mnt))) || is_executor(dentry);
}

/*
 * A process came into the instance: by a move, or it was forked there. What it is about to run amid
 * a move, it began outside. (runc moves its init as soon as that runs, by what it can tell: now and
 * then a little before.)
 *
 * It is told of after the move: by then the process may have begun that program, on another
 * processor or while this one is preempted. Each of the two writes before it looks, so that it is
 * marked only amid an exec whose beginning is yet to come.
 */
static __always_inline void came_in(__u32 slot, struct task_struct *task)
{
	volatile struct instance *instance = bpf_map_lookup_elem(&instances, &slot);
	__u32 process = READ(task, tgid);

	if (!instance || !instance->in_setup)
		return;
	if (bpf_core_field_exists(task->in_execve) &&
	    BPF_CORE_READ_BITFIELD_PROBED(task, in_execve)) {
		instance->came_in_exec = process;
		__sync_fetch_and_add(&instance->fences, 1);
		if (instance->began_exec == process)
			instance->came_in_exec = 0;
	}
	instance->is_settled = 1;
}

/* The runtime has begun a program, and so none of what this process begins after it outside. */
static __always_inline void began_in_setup(volatile struct instance *instance,
					   struct task_struct *task)
{
	instance->began_exec = READ(task, tgid);
	__sync_fetch_and_add(&instance->fences, 1);
	instance->came_in_exec = 0;
}

/* The first program of an instance that was watched from its start. */
static __always_inline void end_setup(struct instance *instance)
{
	volatile __u64 *times = (volatile __u64 *)instance->syscalls;
	__u32 i;

	_Static_assert(__builtin_offsetof(struct instance, syscalls) % 8 == 0,
		       "cleared by the word");
	instance->in_setup = 0;
	/* Never taken back here: user space may have marked it, as it detached meanwhile. */
	if (!control.calls_watched)
		instance->calls_missed = 1;
	/* The arrays are the struct's tail; clang has no memset for that many bytes. */
	for (i = 0; i < (sizeof(*instance) - __builtin_offsetof(struct instance, syscalls)) / 8;
	     i++)
		times[i] = 0;
}

#endif

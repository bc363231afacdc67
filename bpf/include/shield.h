/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The guard protects itself: what is its own, nobody in a container and nobody who is held to a
 * policy may touch. Who works on the host itself may, and that is told: a host has to be able to
 * start its next agent, and to be rid of this one. The agent goes about its own without a word.
 */
#ifndef PAHLEVAN_SHIELD_H
#define PAHLEVAN_SHIELD_H

#include "fact.h"

/* What is ours, as user space told it: see struct own_key. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1024);
	__type(key, struct own_key);
	__type(value, struct own_object);
} own_objects __attribute__((weak)) SEC(".maps");

/* Its child keeps what it has open until it runs another program. */
subprogram bool is_of_keeper(struct task_struct *task)
{
	struct task_struct *parent = READ(task, real_parent);
	struct mm_struct *mm = READ(task, mm), *other = READ(parent, mm);

	return is_keeper(task) ||
	       (is_keeper(parent) && mm && other && READ(mm, exe_file) == READ(other, exe_file));
}

/*
 * Threads of containers, and what descends from them, wherever that moves: another cgroup is
 * another instance.
 */
#ifndef BOUNDED_LOOPS /* before 5.11 only the instance tells */

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u32);
} strangers __attribute__((weak)) SEC(".maps");

#define mark_stranger(task)                                                                        \
	bpf_task_storage_get(&strangers, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE)
#define is_stranger(task) (bpf_task_storage_get(&strangers, task, NULL, 0) != NULL)
#define CURRENT bpf_get_current_task_btf()

#else

#define mark_stranger(task) ((void)(task))
#define is_stranger(task) ((void)(task), false)
#define CURRENT bpf_get_current_task()

#endif

/* Mounts of its own, and a root of its own in them: a container's process. */
static __always_inline bool is_elsewhere(struct task_struct *task)
{
	struct nsproxy *spaces = READ(task, nsproxy);
	struct fs_struct *fs = READ(task, fs);

	return control.host_root && spaces && fs &&
	       (__u64)READ(spaces, mnt_ns) != control.host_mounts &&
	       (__u64)READ(fs, root.dentry) != control.host_root;
}

static __always_inline bool is_on_host(struct task_struct *task)
{
	struct nsproxy *spaces = READ(task, nsproxy);

	return spaces && (__u64)READ(spaces, mnt_ns) == control.host_mounts;
}

/*
 * Where an instance comes from, by the first program in it that shows it: who comes into the host's
 * namespaces later, or leaves them, does not change that.
 */
static __always_inline void learn_origin(struct self *self, struct task_struct *task)
{
	struct instance *instance = self->instance;

	if (instance->origin || self->slot == SLOT_UNKNOWN)
		return;
	if (is_elsewhere(task))
		instance->origin = ORIGIN_ELSEWHERE;
	else if (is_on_host(task))
		instance->origin = ORIGIN_HOST;
}

/* The same of one that was there before: by the oldest of its processes. */
static __always_inline void adopt_origin(struct self *self, struct task_struct *task)
{
	struct instance *instance = self->instance;
	__u64 start_ns = READ(task, start_boottime);

	if (READ(task, pid) == 1) {
		struct nsproxy *spaces = READ(task, nsproxy);
		struct fs_struct *fs = READ(task, fs);

		control.host_mounts = (__u64)READ(spaces, mnt_ns);
		control.host_root = (__u64)READ(fs, root.dentry);
	}
	if (is_keeper(task) && is_elsewhere(task))
		control.keeper_elsewhere = 1;
	if (!instance->oldest_ns || instance->oldest_ns >= start_ns) {
		instance->oldest_ns = start_ns;
		instance->origin = ORIGIN_UNKNOWN;
		learn_origin(self, task);
	}
	if (instance->origin == ORIGIN_ELSEWHERE || is_elsewhere(task))
		mark_stranger(task);
}

/* What is done about an attempt on something of ours. */
subprogram enum action action_on_own(struct self *self)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	if (is_keeper(task))
		return ACTION_ALLOW;
#ifdef ONLY_OBSERVES
	return ACTION_ALERT;
#endif
	if (self->instance->policy)
		return ACTION_DENY;
	/* The next agent may be in a container where this one is. */
	if (!control.keeper_elsewhere && (self->instance->origin == ORIGIN_ELSEWHERE ||
					  is_elsewhere(task) || is_stranger(CURRENT)))
		return ACTION_DENY;
	return ACTION_ALERT;
}

static __always_inline struct own_object *own_of(__u32 sort, __u64 id)
{
	struct own_key key = {.sort = sort, .id = id};

	return bpf_map_lookup_elem(&own_objects, &key);
}

/* The graver of what a policy says of the act and what is said here. Of no policy: generation 0. */
subprogram enum action shielded(struct record *r, struct self *self)
{
	enum action action = action_on_own(self);

	if (action <= r->action)
		return r->action;
	r->policy = 0;
	r->facet = FACET_BPF;
	r->judged_uses = 0;
	r->action = action;
	return action;
}

static __always_inline bool is_own_folder(struct dentry *dentry, __u64 device)
{
	struct inode *inode = READ(dentry, d_inode);

	return inode && own_of(OWN_FOLDER, device << 32 | (__u32)READ(inode, i_ino));
}

#define BPF_FS_MAGIC 0xcafe4a11

/* A pin, or a folder that pins are in. */
subprogram bool is_own_pin(struct dentry *dentry)
{
	struct super_block *sb = READ(dentry, d_sb);
	__u64 device;

	if (READ(sb, s_magic) != BPF_FS_MAGIC)
		return false;
	device = READ(sb, s_dev);
	return is_own_folder(dentry, device) || is_own_folder(READ(dentry, d_parent), device);
}

/* The mount that pins are below, or one that takes it along when it goes. */
subprogram bool is_own_mount(struct vfsmount *mnt)
{
	struct mount *mount = mount_of(mnt);

	return own_of(OWN_MOUNT, (__u32)READ(mount, mnt_id));
}

#endif

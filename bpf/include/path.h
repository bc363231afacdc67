/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The path of a dentry, up to the root of its mount namespace (a chroot does not shorten it).
 * One bounded walk on every kernel and hook: bpf_d_path is refused by most hooks, by path_* ones
 * before 6.12, and stops at the caller's root. What is longer or deeper is cut and says so.
 */
#ifndef PAHLEVAN_PATH_H
#define PAHLEVAN_PATH_H

#include "count.h"

#ifdef BOUNDED_LOOPS /* each turn is verified by itself: what is deeper is cut */
#define PATH_PARTS 48
#else
#define PATH_PARTS 128
#endif
#define NAME_BYTES 256

/*
 * One kernel field. The pointer is evaluated first, else CO-RE would relocate our own structs too.
 * A const one is refused (the asm is never run): the compiler would take its field for the 0.
 */
#define READ(what, field)                                                                          \
	({                                                                                         \
		typeof(what) base_ = (what);                                                       \
		typeof(base_->field) value_ = (typeof(base_->field))0;                             \
		bpf_core_read(&value_, sizeof(value_), &base_->field);                             \
		if (0)                                                                             \
			asm volatile("" : "+r"(value_));                                           \
		value_;                                                                            \
	})

static __always_inline struct mount *mount_of(struct vfsmount *mnt)
{
	return (void *)mnt - bpf_core_field_offset(struct mount, mnt);
}

static __always_inline bool is_root_name(struct dentry *dentry)
{
	struct qstr name = {};
	char first = 0;

	bpf_core_read(&name, sizeof(name), &dentry->d_name);
	bpf_probe_read_kernel(&first, 1, name.name);
	return first == '/';
}

#define PROC_SUPER_MAGIC 0x9fa0

/* What the acting process is called in this /proc, in its pid namespace; 0 where it is no /proc. */
static __always_inline __u32 own_number(struct vfsmount *mnt)
{
	struct super_block *sb = READ(mnt, mnt_sb);
	struct task_struct *task = (void *)bpf_get_current_task(), *leader;
	struct proc_fs_info *info;
	struct pid_namespace *ns;
	struct upid number = {};
	struct pid *pid;
	__u32 level;

	if (READ(sb, s_magic) != PROC_SUPER_MAGIC)
		return 0;
	info = READ(sb, s_fs_info);
	ns = READ(info, pid_ns);
	level = READ(ns, level);
	leader = READ(task, group_leader);
	pid = READ(leader, thread_pid);
	if (READ(pid, level) < level)
		return 0; /* it is not to be seen there */
	bpf_probe_read_kernel(&number, sizeof(number),
			      (void *)pid + bpf_core_field_offset(struct pid, numbers) +
				      level * sizeof(number));
	return number.ns == ns ? number.nr : 0;
}

#define DIGITS 10

/* Puts a digit of s->own before the others; 1 when there is none left. */
STEP long spell_digit(__u32 turn, void *context)
{
	struct scratch *s = *(struct scratch **)context;
	__u32 left = s->unspelled;

	s->own_name[1] = s->own_name[1] << 8 | s->own_name[0] >> 56;
	s->own_name[0] = s->own_name[0] << 8 | ('0' + left % 10);
	s->unspelled = left / 10;
	return left < 10 ? 1 : 0;
}

/* The number's letters as words, to be compared at once. */
static __always_inline void spell_own(struct scratch *s)
{
	s->own_name[0] = s->own_name[1] = 0;
	s->unspelled = s->own;
	if (s->own)
		REPEAT(DIGITS, spell_digit, &s);
}

#define SELF 0x666c6573 /* the letters, little-endian */

/*
 * Puts the dentry's name before what is there. False when there is no room for it. Below /proc a
 * process' own number is another one each time: it is named as it may name itself.
 */
static __always_inline bool prepend_name(struct scratch *s)
{
	struct dentry *dentry = s->dentry;
	__u32 bytes, at = s->at;
	struct qstr name = {};
	bool is_own = false;
	long error = 0;

	bpf_core_read(&name, sizeof(name), &dentry->d_name);
	if (s->own && READ(dentry, d_parent) == s->root) {
		__u64 text[2] = {};

		bpf_probe_read_kernel_str(text, DIGITS + 1, name.name);
		if ((text[0] & 0xff) >= '0' && (text[0] & 0xff) <= '9')
			s->personal = 1; /* of names there, only numbers begin so */
		is_own = text[0] == s->own_name[0] && text[1] == s->own_name[1];
	}
	bytes = is_own ? sizeof(__u32) : name.len & (NAME_BYTES - 1);
	if (bytes + 1 > at)
		return false;
	at -= bytes;
	if (is_own)
		*(__u32 *)(s->walk + (at & (PATH_BYTES - 1))) = SELF;
	else
		error = bpf_probe_read_kernel(s->walk + (at & (PATH_BYTES - 1)), bytes, name.name);
	if (error) {
		count_failure(PLACE_PATH_NAME, error);
		s->flags |= FLAG_UNRESOLVED;
	}
	at--;
	s->walk[at & (PATH_BYTES - 1)] = '/';
	s->at = at;
	s->parts[s->names & (WALK_PARTS - 1)] = at;
	s->names++;
	return true;
}

/* A mount of the kernel's own: for memfds, or an overlay's copy of its layer's. */
static __always_inline bool is_internal(struct mount *mount)
{
	return (__u64)READ(mount, mnt_ns) == (__u64)-22; /* MNT_NS_INTERNAL */
}

struct climb {
	struct scratch *scratch;
	__u64 arrived;
};

/* One step towards the root; 1 when there is none left. */
STEP long climb(__u32 turn, void *context)
{
	struct climb *way = context;
	struct scratch *s = way->scratch;
	struct dentry *parent;

	if (s->dentry == s->root) {
		struct mount *above = READ(s->mount, mnt_parent);

		if (above == s->mount) {
			if (READ(s->mount, mnt_ns) && !is_internal(s->mount)) {
				way->arrived = 1;
				return 1;
			}
			/* In no namespace: go on to the root of its file system. */
			s->flags |= FLAG_DETACHED;
			s->root = NULL;
			return 0;
		}
		s->own = 0;
		s->dentry = READ(s->mount, mnt_mountpoint);
		s->root = READ(above, mnt.mnt_root);
		s->mount = above;
		return 0;
	}
	parent = READ(s->dentry, d_parent);
	if (parent == s->dentry) {
		/* The root of a file system, or a file that never had a name in one (memfd). */
		s->flags |= FLAG_DETACHED;
		way->arrived = 1;
		if (!is_root_name(s->dentry) && !prepend_name(s))
			s->flags |= FLAG_CUT;
		return 1;
	}
	if (!prepend_name(s)) {
		s->flags |= FLAG_CUT;
		way->arrived = 1;
		return 1;
	}
	s->dentry = parent;
	return 0;
}

/* Leaves the path at the end of s->walk, from s->at on, and what there is to say in s->flags. */
subprogram void walk_path(struct scratch *s, struct dentry *dentry, struct vfsmount *mnt)
{
	struct climb way = {.scratch = s};

	s->dentry = dentry;
	s->mount = mount_of(mnt);
	s->root = READ(mnt, mnt_root);
	s->at = PATH_BYTES;
	s->flags = 0;
	s->names = 0;
	s->own = own_number(mnt);
	spell_own(s);
	if (dentry != s->root && !READ(dentry, d_hash.pprev) && !is_root_name(dentry))
		s->flags |= FLAG_DELETED;
	REPEAT(PATH_PARTS, climb, &way);
	if (!way.arrived) {
		count_failure(PLACE_PATH_DEPTH, 0);
		s->flags |= FLAG_CUT;
	}
	if (s->at == PATH_BYTES) {
		s->at = PATH_BYTES - 1;
		s->walk[PATH_BYTES - 1] = '/';
	}
}

#endif

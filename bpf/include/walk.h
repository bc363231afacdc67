/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* The walk itself. */
#ifndef PAHLEVAN_WALK_H
#define PAHLEVAN_WALK_H

#include "load.h"

static __always_inline bool is_root_name(struct dentry *dentry)
{
	char first = 0;

	bpf_probe_read_kernel(&first, 1, LOAD(dentry, d_name.name));
	return first == '/';
}

#define PROC_SUPER_MAGIC 0x9fa0

/* What the acting process is called in this /proc, in its pid namespace; 0 where it is no /proc. */
static __always_inline __u32 own_number(struct mount *mount)
{
	struct super_block *sb = LOAD(mount, mnt.mnt_sb);
	struct task_struct *task = (void *)bpf_get_current_task(), *leader;
	struct proc_fs_info *info;
	struct pid_namespace *ns;
	struct upid *number;
	struct pid *pid;
	__u32 level;

	if (LOAD(sb, s_magic) != PROC_SUPER_MAGIC)
		return 0;
	info = LOAD(sb, s_fs_info);
	ns = LOAD(info, pid_ns);
	level = LOAD(ns, level);
	leader = LOAD(task, group_leader);
	pid = LOAD(leader, thread_pid);
	if (LOAD(pid, level) < level)
		return 0; /* it is not to be seen there */
	number = (void *)pid + bpf_core_field_offset(struct pid, numbers) + level * sizeof(*number);
	return LOAD(number, ns) == ns ? LOAD(number, nr) : 0;
}

#define DIGITS 10

/* Puts a digit of s->own before the others; 1 when there is none left. */
SCRATCH_STEP(spell_digit)
{
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
		REPEAT_IN(s, DIGITS, spell_digit);
}

#define SELF 0x666c6573 /* the letters, little-endian */

/* Where only a helper reads, once for both. */
static __always_inline struct qstr name_of(struct dentry *dentry)
{
	struct qstr name = {};

	if (TYPED_LOADS) {
		name.name = LOAD(dentry, d_name.name);
		name.len = LOAD(dentry, d_name.len);
	} else {
		bpf_core_read(&name, sizeof(name), &dentry->d_name);
	}
	return name;
}

/*
 * Puts the dentry's name before what is there. False when there is no room for it. Below /proc a
 * process' own number is another one each time: it is named as it may name itself.
 */
static __always_inline bool prepend_name(struct scratch *s)
{
	struct dentry *dentry = s->dentry;
	struct qstr name = name_of(dentry);
	__u32 bytes, at;
	bool is_own = false;
	long error = 0;

	if (s->own && LOAD(dentry, d_parent) == s->root) {
		__u64 *text = s->met_name; /* on the stack it would be too much below hooks */

		text[0] = text[1] = 0;
		bpf_probe_read_kernel_str(text, DIGITS + 1, name.name);
		if ((text[0] & 0xff) >= '0' && (text[0] & 0xff) <= '9')
			s->personal = 1; /* of names there, only numbers begin so */
		is_own = text[0] == s->own_name[0] && text[1] == s->own_name[1];
	}
	bytes = is_own ? sizeof(__u32) : name.len & (NAME_BYTES - 1);
	at = s->at;
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

/* One step towards the root; 1 when there is none left. */
SCRATCH_STEP(climb)
{
	struct dentry *parent;

	if (s->dentry == s->root) {
		struct mount *above = LOAD(s->mount, mnt_parent);

		if (above == s->mount) {
			if (LOAD(s->mount, mnt_ns) && !is_internal(s->mount)) {
				s->arrived = 1;
				return 1;
			}
			/* In no namespace: go on to the root of its file system. */
			s->flags |= FLAG_DETACHED;
			s->root = NULL;
			return 0;
		}
		s->own = 0;
		s->dentry = LOAD(s->mount, mnt_mountpoint);
		s->root = LOAD(above, mnt.mnt_root);
		s->mount = above;
		return 0;
	}
	parent = LOAD(s->dentry, d_parent);
	if (parent == s->dentry) {
		/* The root of a file system, or a file that never had a name in one (memfd). */
		s->flags |= FLAG_DETACHED;
		s->arrived = 1;
		if (!is_root_name(s->dentry) && !prepend_name(s))
			s->flags |= FLAG_CUT;
		return 1;
	}
	if (!prepend_name(s)) {
		s->flags |= FLAG_CUT;
		s->arrived = 1;
		return 1;
	}
	s->dentry = parent;
	return 0;
}

ONCE(walk)
{
	struct dentry *dentry = s->dentry;

	s->root = LOAD(s->mount, mnt.mnt_root);
	s->at = PATH_BYTES;
	s->flags = 0;
	s->names = 0;
	s->arrived = 0;
	s->own = own_number(s->mount);
	spell_own(s);
	if (dentry != s->root && !LOAD(dentry, d_hash.pprev) && !is_root_name(dentry))
		s->flags |= FLAG_DELETED;
	REPEAT_IN(s, PATH_PARTS, climb);
	if (!s->arrived) {
		count_failure(PLACE_PATH_DEPTH, 0);
		s->flags |= FLAG_CUT;
	}
	if (s->at == PATH_BYTES) {
		s->at = PATH_BYTES - 1;
		s->walk[PATH_BYTES - 1] = '/';
	}
}

#endif

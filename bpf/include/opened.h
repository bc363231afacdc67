/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* A file was opened: the hot path of file sensing, the same below an LSM hook and a tracepoint. */
#ifndef PAHLEVAN_OPENED_H
#define PAHLEVAN_OPENED_H

#include "folder.h"

#define FMODE_READ 0x1
#define FMODE_WRITE 0x2
#define FMODE_PATH 0x4000
#define FMODE_CREATED 0x100000
#define FMODE_NOACCOUNT 0x20000000
#define FLAGS_EXEC 0x20 /* __FMODE_EXEC, kept in f_flags */
#define O_CREAT 0100
#define O_TRUNC 01000
#define S_IFMT 00170000
#define S_IFDIR 0040000
#define S_IFREG 0100000

static __always_inline __u32 access_of(__u32 mode, __u32 flags, __u32 inode_mode)
{
	__u32 access = 0;

	if (mode & FMODE_READ)
		access |= ACCESS_READ;
	if (mode & FMODE_WRITE)
		access |= ACCESS_WRITE;
	if (flags & FLAGS_EXEC)
		access |= ACCESS_EXEC;
	if (mode & FMODE_CREATED)
		access |= ACCESS_CREATED;
	else if (flags & O_CREAT)
		access |= ACCESS_MAY_CREATE;
	if (flags & O_TRUNC)
		access |= ACCESS_TRUNCATED;
	if ((inode_mode & S_IFMT) == S_IFDIR)
		access |= ACCESS_DIRECTORY;
	return access;
}

/*
 * What of the file's flags makes another fact: as a number for the cache, before it is put in
 * words.
 */
static __always_inline __u64 raw_access(__u64 mode, __u64 flags)
{
	return (mode & (FMODE_READ | FMODE_WRITE | FMODE_CREATED)) |
	       (flags & (FLAGS_EXEC | O_CREAT | O_TRUNC));
}

/*
 * An open that asks for nothing still looks. One that may make the file takes being allowed to,
 * though it is there: path_mknod is asked before the kernel has looked, and answers the same.
 */
static __always_inline __u32 uses_of(__u32 access)
{
	__u32 uses = (access & ACCESS_READ ? USE_READ : 0) |
		     (access & ACCESS_WRITE ? USE_WRITE : 0) |
		     (access & ACCESS_EXEC ? USE_EXEC : 0) |
		     (access & (ACCESS_CREATED | ACCESS_MAY_CREATE) ? USE_CREATE : 0) |
		     (access & ACCESS_TRUNCATED ? USE_WRITE | USE_TRUNCATE : 0);

	return uses ? uses : USE_READ;
}

/* A file that was made in the opening: its dentry is new each time, its name may be old. */
#define CREATED_SUBJECT(access) ((access) << 8 | KIND_OPEN)

subprogram bool known_created(struct file *file, __u64 access, __u64 generation)
{
	return known_name(file->f_path.dentry, &file->f_path, CREATED_SUBJECT(access), generation);
}

static __always_inline void learn_opened(struct file *file, __u64 access, __u64 generation)
{
	if (file->f_mode & FMODE_CREATED)
		learn_name(file->f_path.dentry, &file->f_path, CREATED_SUBJECT(access), generation);
	else
		learn_file(file, access, generation);
}

#define SB_KERNMOUNT (1UL << 22)

/*
 * An overlay opens its layers by itself, to list a directory and to copy a file up before that is
 * changed: the one above was told. What only the kernel mounts (memfds) is no layer.
 */
static __always_inline bool is_of_layer(struct file *file)
{
	return is_internal(mount_of(file->f_path.mnt)) &&
	       !(file->f_inode->i_sb->s_flags & SB_KERNMOUNT);
}

/*
 * Describes what the cache did not know. Not inlined: the warm path then saves no registers.
 * `more_flags` are of those that the file forgets once it is open.
 */
subprogram int tell_opened(struct file *file, __u64 more_flags)
{
	struct dentry *dentry = file->f_path.dentry;
	struct vfsmount *mnt = file->f_path.mnt;
	__u64 mode = file->f_mode, flags = file->f_flags | more_flags;
	__u64 access = raw_access(mode, flags);
	struct named_act act = {.generation = control.cache_generation, .kind = KIND_OPEN};
	struct inode *inode;
	struct counters *c;
	__u32 knowing;
	struct scratch *s;
	enum action action;
	struct self self;
	__u32 index = 0;

	if (mode & FMODE_CREATED && known_created(file, access, act.generation))
		return 0;
	if (!known_as(&self, typed_cgroup_id(), NULL))
		return 0;
	act.how = access_of(mode, flags, file->f_inode->i_mode);
	act.uses = uses_of(act.how);
	knowing = know_by_folder(&self, dentry, &file->f_path, &act);
	if (knowing >= KNOWING_SEEN) {
		if (knowing == KNOWING_WELL && tree_settled(&self))
			learn_opened(file, access, act.generation);
		return 0;
	}
	if (is_of_layer(file))
		return 0;
	c = arise(KIND_OPEN);
	if (!c)
		return 0;
	s = prepare(&self, c, KIND_OPEN, &index);
	if (!s)
		return answer_of(judge_blindly(&self, FACET_FILE));
	append_path(s, TEXT_OBJECT, dentry, mnt);
	inode = file->f_inode;
	s->record.access = act.how;
	s->record.inode = inode->i_ino;
	s->record.device = inode->i_sb->s_dev;
	s->how = act.how | (__u64)(s->record.flags & FLAG_DELETED) << 32;
	if (knowing != KNOWING_ALLOWED) {
		judge_named(s, &self, act.uses, act.id);
		learn_folder(s, &self, dentry, &file->f_path, act.generation);
	}
	action = s->record.action; /* out of memory: the verifier takes what follows for one way */
	if (!conclude(s, index, &self, act.id, (void *)bpf_get_current_task()) ||
	    !tree_settled(&self))
		return answer_of(action);
	learn_opened(file, access, act.generation);
	return 0;
}

/* `file` is a typed pointer: its fields are plain loads, which is what keeps a warm open cheap. */
static __always_inline int file_opened(struct file *file)
{
	__u64 mode = file->f_mode;

	/*
	 * Below an overlay's file its layer's is opened, by the overlay itself: the one above was
	 * told. (Two questions, as the first alone is the cheaper one.)
	 */
	if (mode >= FMODE_NOACCOUNT && MASKED(mode, FMODE_NOACCOUNT))
		return 0;
	/*
	 * Of a file that was just made no row is ever known_file's: tell_opened asks by its name.
	 */
	if (known_file(file, raw_access(mode, file->f_flags)))
		return 0;
	return tell_opened(file, 0);
}

#endif

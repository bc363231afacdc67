/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* A file was opened: the hot path of file sensing, the same below an LSM hook and a tracepoint. */
#ifndef PAHLEVAN_OPENED_H
#define PAHLEVAN_OPENED_H

#include "decision.h"

#define FMODE_READ 0x1
#define FMODE_WRITE 0x2
#define FMODE_PATH 0x4000
#define FMODE_CREATED 0x100000
#define FLAGS_EXEC 0x20 /* __FMODE_EXEC, kept in f_flags */
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
static __always_inline __u32 raw_access(__u32 mode, __u32 flags)
{
	return (mode & (FMODE_READ | FMODE_WRITE | FMODE_CREATED)) |
	       (flags & (FLAGS_EXEC | O_TRUNC));
}

#define SB_NOUSER (1UL << 31)

/*
 * From 6.8 on the file below an overlay's is opened as its own, by the overlay's private copy
 * of the layer's mount. The overlay's file was told; this one nobody asked for.
 */
static __always_inline bool of_a_layer(struct vfsmount *mnt)
{
	struct super_block *sb = READ(mnt, mnt_sb);

	return is_internal(mount_of(mnt)) && !(READ(sb, s_flags) & SB_NOUSER);
}

/* `file` is a typed pointer: its fields are plain loads, which is what keeps a warm open cheap. */
static __always_inline int file_opened(struct file *file, __u32 flags)
{
	struct dentry *dentry = file->f_path.dentry;
	struct vfsmount *mnt = file->f_path.mnt;
	__u32 mode = file->f_mode, index = 0;
	struct inode *inode;
	struct asked asked;
	__u64 what[DECISION_WORDS];
	struct counters *c;
	struct scratch *s;
	struct self self;
	__u64 id[2];

	if (mode & FMODE_CREATED) {
		ask_letters(&asked, what, dentry, mnt, KIND_OPEN, raw_access(mode, flags));
		if (known(&asked, KIND_OPEN, what, LETTERS_WORDS))
			return 0;
	} else {
		ask_name(&asked, what, dentry, mnt, KIND_OPEN, raw_access(mode, flags));
		if (known(&asked, KIND_OPEN, what, NAME_WORDS))
			return 0;
	}
	if (of_a_layer(mnt))
		return 0;
	c = begin(&self, KIND_OPEN);
	if (!c)
		return 0;
	s = prepare(&self, c, KIND_OPEN, &index);
	if (!s)
		return 0;
	append_path(s, TEXT_OBJECT, dentry, mnt);
	inode = file->f_inode;
	s->record.access = access_of(mode, flags, inode->i_mode);
	s->record.inode = inode->i_ino;
	s->record.device = inode->i_sb->s_dev;
	sip_text(s, text_end(s), s->record.access | (__u64)(s->record.flags & FLAG_DELETED) << 32,
		 id);
	if (!conclude(s, index, &self, id, (void *)bpf_get_current_task()) || !tree_settled(&self))
		return 0;
	if (mode & FMODE_CREATED)
		remember(&asked, what, LETTERS_WORDS);
	else
		remember(&asked, what, NAME_WORDS);
	return 0;
}

#endif

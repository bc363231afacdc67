/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The cache's rows of system calls that name one thing in the tree: by the name as it was passed,
 * and by the directory that a relative one starts from. Where ends of system calls are all there is
 * to see, a rename empties the cache, so calls of two names never have a row.
 */
#ifndef PAHLEVAN_CALLED_H
#define PAHLEVAN_CALLED_H

#include "call.h"
#include "descriptor.h"
#include "name.h"

#define AT_CURRENT -100 /* AT_FDCWD */
#define CALLED_WORDS DECISION_WORDS
#define CALLED_LETTERS ((CALLED_WORDS - 5) * 8)

enum naming {
	NAMES_NOTHING,
	NAMES_FIRST,  /* by its first argument; the second may say how */
	NAMES_SECOND, /* by its second, the first is the directory; the third may say how */
};

static const __u8 naming_of_call[SYSCALLS] = {
#ifdef __NR_open
	[__NR_unlink] = NAMES_FIRST,     [__NR_mkdir] = NAMES_FIRST,
	[__NR_mknod] = NAMES_FIRST,      [__NR_chmod] = NAMES_FIRST,
	[__NR_chown] = NAMES_FIRST,      [__NR_lchown] = NAMES_FIRST,
#endif
	[__NR_unlinkat] = NAMES_SECOND,  [__NR_mkdirat] = NAMES_SECOND,
	[__NR_mknodat] = NAMES_SECOND,   [__NR_fchmodat] = NAMES_SECOND,
	[__NR_fchmodat2] = NAMES_SECOND, [__NR_fchownat] = NAMES_SECOND,
};

static __always_inline bool describe_base(__u64 *what, struct task_struct *task, __s32 directory)
{
	struct dentry *dentry;

	if (directory == AT_CURRENT) {
		struct fs_struct *fs = task->fs;

		dentry = fs->pwd.dentry;
		what[1] = (__u64)fs->pwd.mnt;
	} else {
		struct file *file = typed_file(task, directory);

		if (!file)
			return false;
		dentry = file->f_path.dentry;
		what[1] = (__u64)file->f_path.mnt;
	}
	what[0] = (__u64)dentry;
	/* Of one type, whichever way it came. */
	dentry = bpf_rdonly_cast(dentry, bpf_core_type_id_kernel(struct dentry));
	what[2] = mark_of(dentry->d_inode);
	return true;
}

/* False for what no row can hold. */
static __always_inline bool describe_call(__u64 *what, struct task_struct *task, struct call *call,
					  __u64 generation)
{
	__u32 naming = naming_of_call[MASKED(call->number, SYSCALLS - 1)];
	bool is_second = naming == NAMES_SECOND;
	const void *name = (void *)(is_second ? call->b : call->a);
	__u64 how = is_second ? call->c : call->b;
	long bytes;

	if (!naming)
		return false;
	__builtin_memset(what, 0, CALLED_WORDS * 8);
	what[0] = cgroup_id_of_current(task) + generation;
	what[1] = how << 32 | call->number << 8 | call->kind;
	bytes = bpf_probe_read_user_str(what + 5, CALLED_LETTERS, name);
	if (bytes <= 1 || bytes >= CALLED_LETTERS)
		return false;
	if ((what[5] & 0xff) == '/')
		return true;
	return describe_base(what + 2, task, is_second ? (__s32)call->a : AT_CURRENT);
}

static __always_inline __u32 row_of_call(const __u64 *what)
{
	__u64 mixed = what[4];
	__u32 i;

#pragma unroll
	for (i = 5; i < CALLED_WORDS; i++)
		mixed = (mixed ^ what[i]) * 0x9e3779b97f4a7c15ULL;
	return row_of(what, mixed);
}

subprogram bool known_call(struct task_struct *task, struct call *call)
{
	__u64 what[CALLED_WORDS];

	return describe_call(what, task, call, control.cache_generation) &&
	       known(row_of_call(what), call->kind, what, CALLED_WORDS);
}

subprogram void learn_call(struct call *call, __u64 generation)
{
	__u64 what[CALLED_WORDS];

	if (describe_call(what, bpf_get_current_task_btf(), call, generation))
		remember(row_of_call(what), what, CALLED_WORDS);
}

#endif

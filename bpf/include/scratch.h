/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* A record under construction: take a buffer, append texts to it, give it back. */
#ifndef PAHLEVAN_SCRATCH_H
#define PAHLEVAN_SCRATCH_H

#include "path.h"

static __always_inline struct scratch *take_scratch(__u32 *index)
{
	struct scratch *s;
	long error = bpf_map_pop_elem(&free_scratches, index);

	if (error) {
		count_failure(PLACE_SCRATCH, error);
		return NULL;
	}
	s = bpf_map_lookup_elem(&scratches, index);
	if (!s)
		return NULL;
	__builtin_memset(&s->record, 0, sizeof(s->record));
	s->record.bytes = sizeof(s->record);
	s->personal = 0;
	s->how = 0;
#ifdef BOUNDED_LOOPS
	s->number = *index;
#endif
	return s;
}

static __always_inline void give_back(__u32 index)
{
	bpf_map_push_elem(&free_scratches, &index, 0);
}

/* Where the next text begins; texts lie back to back after the fixed part. */
static __always_inline __u32 text_end(struct scratch *s)
{
	return s->record.bytes - sizeof(s->record);
}

/* The same, in bounds that the verifier can see; false when there is no room. */
static __always_inline bool text_room(struct scratch *s, __u32 *end)
{
	__u32 at = text_end(s);

	if (at >= TEXT_START_LIMIT)
		return false;
	barrier_var(at);
	*end = at & (TEXT_START_LIMIT - 1);
	return true;
}

static __always_inline void text_added(struct scratch *s, enum text which, __u32 bytes)
{
	s->record.text_bytes[which] = bytes;
	s->record.bytes += bytes;
}

static __always_inline void add_path(struct scratch *s, enum text which, struct dentry *dentry,
				     struct vfsmount *mnt)
{
	__u32 end, bytes;

	if (!text_room(s, &end) || (__u32)which >= TEXT_MAX)
		return;
	walk_path(s, dentry, mnt);
	bytes = PATH_BYTES - s->at;
	if (bytes > PATH_BYTES)
		return;
	bpf_probe_read_kernel(s->text + end, bytes, s->walk + PATH_BYTES - bytes);
	s->record.flags |= s->flags;
	text_added(s, which, bytes);
}

subprogram void append_path(struct scratch *s, enum text which, struct dentry *dentry,
			    struct vfsmount *mnt)
{
	add_path(s, which, dentry, mnt);
}

static __always_inline void append_file(struct scratch *s, enum text which, struct file *file)
{
	struct path path = {};

	bpf_core_read(&path, sizeof(path), &file->f_path);
	if (path.dentry && path.mnt)
		append_path(s, which, path.dentry, path.mnt);
}

/* A string of the kernel's (kernel) or of the caller's: at most PATH_BYTES - 1 of it. */
subprogram void append_string(struct scratch *s, enum text which, const void *string, bool kernel)
{
	long bytes;
	__u32 end;

	if (!text_room(s, &end) || (__u32)which >= TEXT_MAX)
		return;
	if (kernel)
		bytes = bpf_probe_read_kernel_str(s->text + end, PATH_BYTES, string);
	else
		bytes = bpf_probe_read_user_str(s->text + end, PATH_BYTES, string);
	if (bytes < 0) {
		count_failure(PLACE_USER_PATH, bytes);
		s->record.flags |= FLAG_UNRESOLVED;
		return;
	}
	if (bytes == PATH_BYTES)
		s->record.flags |= FLAG_CUT;
	if (bytes > 0 && bytes <= PATH_BYTES)
		text_added(s, which, bytes - 1);
}

/* argv as it lies in the fresh program's memory, NUL separated. */
subprogram void append_args(struct scratch *s, struct task_struct *task)
{
	struct mm_struct *mm = READ(task, mm);
	unsigned long start = READ(mm, arg_start), stop = READ(mm, arg_end);
	__u64 bytes = stop - start;
	long error;
	__u32 end;

	if (!mm || !text_room(s, &end))
		return;
	if (bytes > ARGS_BYTES) {
		bytes = ARGS_BYTES;
		s->record.flags |= FLAG_CUT;
	}
	error = bpf_probe_read_user(s->text + end, bytes, (void *)start);
	if (error) {
		count_failure(PLACE_ARGS, error);
		s->record.flags |= FLAG_UNRESOLVED;
		return;
	}
	text_added(s, TEXT_ARGS, bytes);
}

#endif

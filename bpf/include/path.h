/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The path of a dentry, up to the root of its mount namespace (a chroot does not shorten it).
 * One bounded walk on every kernel and hook: bpf_d_path is refused by most hooks, by path_* ones
 * before 6.12, and stops at the caller's root. What is longer or deeper is cut and says so.
 */
#ifndef PAHLEVAN_PATH_H
#define PAHLEVAN_PATH_H

#include "count.h"

#define PATH_PARTS 128
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

/* A mount of the kernel's own: for memfds, or an overlay's copy of its layer's. */
static __always_inline bool is_internal(struct mount *mount)
{
	return (__u64)READ(mount, mnt_ns) == (__u64)-22; /* MNT_NS_INTERNAL */
}

/* Leaves the path at the end of s->walk, from s->at on, and what there is to say in s->flags. */
DECLARE_ONCE(walk);

static __always_inline void walk_path(struct scratch *s, struct dentry *dentry,
				      struct vfsmount *mnt)
{
	s->dentry = dentry;
	s->mount = mount_of(mnt);
	walk(s);
}

#endif

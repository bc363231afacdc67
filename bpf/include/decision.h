/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The cache in front of everything: "this cgroup is known to do this". It answers the warm path
 * before an instance is looked up, a counter block fetched or a path resolved, which costs ten to
 * thirty times as much. Nothing is put in while somebody wants every occurrence, during set-up, or
 * shortly after the instance changed the tree; a bump of cache_generation empties it.
 */
#ifndef PAHLEVAN_DECISION_H
#define PAHLEVAN_DECISION_H

#include "fact.h"

/*
 * A hook runs before its rename or mount takes effect: until it surely has, nothing is remembered.
 */
#define TREE_SETTLES_NS (2 * NANOSECONDS)

struct asked {
	__u64 tag;
	__u32 cpu;
	__u32 row; /* an index: 6.1 loses track of a pointer that may be none over a call */
};

#define MIX(h, word) ((h) = ((h) ^ (word)) * 0x9e3779b97f4a7c15ULL, (h) ^= (h) >> 32)

/*
 * `subject` is small: kind, access, port, protocol; `more` is what else is a number. MIX is quick
 * and no hash: what somebody chooses, or what an address used again could be mistaken for, is
 * compared whole (`what`, which may be typed pointers).
 */
static __always_inline void ask(struct asked *asked, __u64 cgroup_id, __u64 subject, __u64 more)
{
	__u64 tag = settings.secret[0] ^ control.cache_generation;

	MIX(tag, cgroup_id);
	MIX(tag, subject);
	MIX(tag, more ^ settings.secret[1]);
	asked->tag = tag | 1; /* 0 is an empty row */
	asked->cpu = bpf_get_smp_processor_id();
	asked->row = asked->cpu * DECISIONS_PER_CPU + (__u32)(tag >> 54);
}

/*
 * The tag is looked at twice: a hook that was preempted in between may otherwise compare with half
 * of one row and half of another. Only one processor ever writes a row.
 */
static __always_inline bool known(struct asked *asked, __u32 kind, const __u64 *what, __u32 words)
{
	volatile struct decision *row = bpf_map_lookup_elem(&decisions, &asked->row);
	__u32 i;

	if (!row || row->tag != asked->tag)
		return false;
#pragma unroll
	for (i = 0; i < words; i++)
		if (row->what[i] != what[i])
			return false;
	if (row->tag != asked->tag)
		return false;
	count_hit(asked->cpu, kind);
	return true;
}

static __always_inline void remember(struct asked *asked, const __u64 *what, __u32 words)
{
	volatile struct decision *row = bpf_map_lookup_elem(&decisions, &asked->row);
	__u32 i;

	if (!row)
		return;
	row->tag = 0;
#pragma unroll
	for (i = 0; i < words; i++)
		row->what[i] = what[i];
	row->tag = asked->tag;
}

static __always_inline void forget_decisions(void)
{
	__sync_fetch_and_add(&control.cache_generation, 1);
}

static __always_inline void tree_changed(void)
{
	struct self self;

	if (current_self(&self))
		self.instance->tree_changed_ns = bpf_ktime_get_boot_ns();
	forget_decisions();
}

static __always_inline bool tree_settled(struct self *self)
{
	return bpf_ktime_get_boot_ns() - self->instance->tree_changed_ns > TREE_SETTLES_NS;
}

/*
 * A name in the tree. Path and deletedness follow from these: the dentry and its parent by address,
 * the hash of the name (that of a dentry's address used again for another name), and the mount.
 * They are typed pointers, so that their fields are plain loads.
 *
 * A parent's address may be another directory's by now, with a file of the same name in it: so the
 * directory is also known by its inode's number and generation. Where there are no generations
 * (overlay), a number is used again only after an rmdir, which empties the cache.
 */
#define NAME_WORDS 4

static __always_inline void ask_name(struct asked *asked, __u64 *what, struct dentry *dentry,
				     struct vfsmount *mnt, __u32 kind, __u32 access)
{
	struct dentry *parent = dentry->d_parent;
	struct inode *directory = parent->d_inode;

	what[0] = (__u64)dentry;
	what[1] = (__u64)parent;
	what[2] = (__u64)mnt;
	what[3] = directory->i_ino;
	ask(asked, current_cgroup_id(),
	    (__u64)directory->i_generation << 32 | (__u64)access << 8 | kind |
		    (dentry->d_hash.pprev ? 1 << 7 : 0),
	    (__u64)dentry->d_name.len << 32 | dentry->d_name.hash);
}

/*
 * A name that comes and goes with its dentry, as a lock file's does: by all its letters and the
 * directory instead of the dentry. One that is too long for that is not remembered.
 */
#define SHORT_NAME 32
#define LETTERS_WORDS 7

static __always_inline void ask_letters(struct asked *asked, __u64 *what, struct dentry *dentry,
					struct vfsmount *mnt, __u32 kind, __u32 access)
{
	struct dentry *parent = dentry->d_parent;
	struct inode *directory = parent->d_inode;
	const void *name = dentry->d_name.name;
	__u32 length = dentry->d_name.len;

	what[0] = what[1] = what[2] = what[3] = 0;
	bpf_probe_read_kernel(what, length & (SHORT_NAME - 1), name);
	what[4] = (__u64)parent;
	what[5] = (__u64)mnt;
	what[6] = directory->i_ino;
	ask(asked, current_cgroup_id(),
	    (__u64)directory->i_generation << 32 | (__u64)access << 8 | kind,
	    (__u64)length << 32 | dentry->d_name.hash);
	asked->row += (length / SHORT_NAME) << 24; /* too long: no row of the map */
}

#endif

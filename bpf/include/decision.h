/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The cache in front of everything: "this cgroup is known to do this". It answers the warm path
 * before an instance is looked up, a counter block fetched or a path resolved, which costs ten to
 * thirty times as much. Nothing is put in while somebody wants every occurrence, during set-up, or
 * shortly after the instance changed the tree; a bump of cache_generation empties it.
 *
 * What it compares, it compares whole; where a name's hash stands for a name, which file it is
 * stands beside it.
 */
#ifndef PAHLEVAN_DECISION_H
#define PAHLEVAN_DECISION_H

#include "fact.h"

/*
 * A hook runs before its rename or mount takes effect: until it surely has, nothing is remembered.
 */
#define TREE_SETTLES_NS (2 * NANOSECONDS)

/*
 * Whose decision, and of which generation of the cache, in one word: a bump makes every row another
 * one's. The upper half of a cgroup's id counts how often the lower was used up.
 */
#define GENERATION_STEP (1ULL << GENERATION_SHIFT)

#define CLONE_NEWNS 0x20000 /* with copies of all mounts, each at an address of its own */

#define NO_ROW (~0u) /* of no map: neither known nor remembered */

/*
 * Rows go by number: 6.1 loses track of a pointer that may be none over a call. `what` begins with
 * the owner's word and the subject: kind, access, port, protocol.
 */
static __always_inline __u32 row_of(const __u64 *what, __u64 more)
{
	__u64 mixed = (what[0] ^ what[1] << 24 ^ more) * 0x9e3779b97f4a7c15ULL;

	return this_cpu() * DECISIONS_PER_CPU | mixed >> 54;
}

/*
 * The processor once more, out of the row: kept in a register it would cost saving one. Its hits
 * take as many bytes as it has rows, so that what is left of the row's number is their offset.
 */
static __always_inline void count_hit_in(__u32 row, __u32 kind)
{
	void *hits = control.hits;

	_Static_assert(HITS_PER_CPU * 8 == DECISIONS_PER_CPU, "a row's number is an offset");
	hits += MASKED(row, (HIT_CPUS - 1) * DECISIONS_PER_CPU);
	__sync_fetch_and_add((__u64 *)hits + (kind & (HITS_PER_CPU - 1)), 1);
}

/*
 * The stamp is looked at twice: a hook that was preempted in between may otherwise compare with
 * half of one row and half of another. One that is odd need not be told apart: see write_row().
 */
static __always_inline bool holds(volatile struct decision *row, const __u64 *what, __u32 words)
{
	__u64 stamp;
	__u32 i;

	if (!row)
		return false;
	stamp = row->stamp;
#pragma unroll
	for (i = 0; i < words; i++)
		if (row->what[i] != what[i])
			return false;
	return row->stamp == stamp;
}

static __always_inline bool known(__u32 index, __u32 kind, const __u64 *what, __u32 words)
{
	if (!holds(bpf_map_lookup_elem(&decisions, &index), what, words))
		return false;
	count_hit_in(index, kind);
	return true;
}

#ifndef BOUNDED_LOOPS

/*
 * Hooks that are preempted on one processor share its rows. Who turns the stamp from even to odd
 * has the row alone until he makes it even again; who does not leaves it to the other.
 *
 * The row is nobody's before it is taken, and somebody's once it is whole. So a reader that sees
 * an odd stamp sees either no owner or a whole row, and asking for the same stamp twice is enough.
 * (A row that is made nobody's and then not taken is only forgotten.)
 */
static __always_inline void write_row(volatile struct decision *row, const __u64 *what, __u32 words)
{
	__u64 stamp;
	__u32 i;

	if (!row)
		return;
	stamp = row->stamp;
	if (stamp & 1)
		return;
	row->what[0] = 0;
	if (__sync_val_compare_and_swap(&row->stamp, stamp, stamp + 1) != stamp)
		return;
#pragma unroll
	for (i = 1; i < words; i++)
		row->what[i] = what[i];
	row->what[0] = what[0];
	row->stamp = stamp + 2;
}

#else

/*
 * Before 5.12 there is no compare-and-swap. Nor does it need one: there a program keeps its
 * processor, and only an interrupt (accept, the end of a socket) comes between, which writes its
 * row whole. It is then this one that is a mixture, and is made nobody's. Kernels from 5.11 to 5.16
 * that preempt programs could vouch for a mixture of three; this build judges nothing that would
 * matter to, it could only hide a first sight.
 */
static __always_inline void write_row(volatile struct decision *row, const __u64 *what, __u32 words)
{
	__u64 stamp;
	__u32 i;

	if (!row)
		return;
	stamp = row->stamp + 1;
	row->what[0] = 0; /* nobody's, while it is written */
	row->stamp = stamp;
#pragma unroll
	for (i = 1; i < words; i++)
		row->what[i] = what[i];
	row->what[0] = what[0];
#pragma unroll
	for (i = 1; i < words; i++)
		if (row->what[i] != what[i])
			row->what[0] = 0;
}

#endif

static __always_inline void remember(__u32 index, const __u64 *what, __u32 words)
{
	write_row(bpf_map_lookup_elem(&decisions, &index), what, words);
}

static __always_inline void forget_decisions(void)
{
	__sync_fetch_and_add(&control.cache_generation, GENERATION_STEP);
}

static __always_inline void tree_changed(void)
{
	struct self self;

	control.tree_changed_ns = bpf_ktime_get_boot_ns();
	if (current_self(&self))
		self.instance->tree_changed_ns = control.tree_changed_ns;
	forget_decisions();
}

static __always_inline bool tree_settled(struct self *self)
{
	return bpf_ktime_get_boot_ns() - self->instance->tree_changed_ns > TREE_SETTLES_NS;
}

/*
 * An opened file, by its dentry (an address), its name's hash, its mount and which inode it is: a
 * dentry's address that is used again is another file's then, or the same file's by a name that
 * collides. The links' number tells a name that was removed. Where inodes have no generations
 * (overlay, proc), the directory's number stands for it; that is used again only after an rmdir,
 * which empties the cache.
 *
 * These are typed pointers, so that their fields are plain loads: eight instructions each where
 * the verifier does not trust the pointer, else one.
 */
#define FILE_WORDS 7

static __always_inline __u64 inode_word(struct inode *inode)
{
	return inode->i_ino ^ (__u64)inode->i_nlink << 40;
}

static __always_inline __u64 directory_word(struct dentry *dentry)
{
	return dentry->d_parent->d_inode->i_ino;
}

/*
 * By the hash as it is: it is a good one, salted with the directory's address. Addresses themselves
 * are compared only, the verifier takes no sums of them.
 */
static __always_inline __u32 row_by_hash(__u64 cpu, __u64 owner, __u64 subject, __u64 hash)
{
	return cpu * DECISIONS_PER_CPU | ((owner ^ subject ^ hash) & (DECISIONS_PER_CPU - 1));
}

/*
 * The warm open: each word is compared as it is loaded, which keeps it out of registers that would
 * have to be saved. The same words in the same order as learn_file's. Where other subjects have a
 * kind that is cached, an access as raw_access() tells it has none of them.
 */
static __always_inline bool known_file_of(__u64 cgroup_id, struct file *file, __u64 access)
{
	__u64 generation, stamp;
	__u64 owner = cgroup_id + control.cache_generation;
	__u64 cpu = this_cpu(); /* before the hash is loaded: calls take registers */
	__u64 hash = file->f_path.dentry->d_name.hash;
	__u32 index = row_by_hash(cpu, owner, access, hash);
	volatile struct decision *row = bpf_map_lookup_elem(&decisions, &index);
	struct inode *inode = file->f_inode;

	if (!row)
		return false;
	stamp = row->stamp;
	if (row->what[0] != owner || row->what[1] != access ||
	    row->what[2] != (__u64)file->f_path.dentry || row->what[3] != (__u64)file->f_path.mnt ||
	    row->what[4] != hash || row->what[5] != inode_word(inode))
		return false;
	generation = inode->i_generation;
	if (row->what[6] != (generation ?: directory_word(file->f_path.dentry)))
		return false;
	if (row->stamp != stamp)
		return false;
	count_hit_in(index, KIND_OPEN);
	return true;
}

/* By who is current. */
static __always_inline bool known_file(struct file *file, __u64 access)
{
	return known_file_of(typed_cgroup_id(), file, access);
}

/*
 * What was asked is put together anew: kept over the description of a fact, it would not fit into
 * the 512 bytes that all frames of a program have together. But it is of the generation at which
 * the description began.
 */
subprogram void learn_file(struct file *file, __u64 access, __u64 generation)
{
	struct dentry *dentry = file->f_path.dentry;
	struct inode *inode = file->f_inode;
	__u64 what[FILE_WORDS] = {
		typed_cgroup_id() + generation,
		access,
		(__u64)dentry,
		(__u64)file->f_path.mnt,
		dentry->d_name.hash,
		inode_word(inode),
		inode->i_generation ?: directory_word(dentry),
	};

	remember(row_by_hash(this_cpu(), what[0], access, what[4]), what, FILE_WORDS);
}

#endif

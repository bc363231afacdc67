/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The cache's rows of names that come and go with their dentry, as a lock file's do: by all their
 * letters and the directory instead of the dentry. What is too long for that is not remembered.
 *
 * Below, `known` is what a row says of one name: where it is (the directory's dentry, an address,
 * and its inode, as an address is used again), then its letters.
 */
#ifndef PAHLEVAN_NAME_H
#define PAHLEVAN_NAME_H

#include "decision.h"

#define SHORT_NAME 32
#define LETTER_WORDS (SHORT_NAME / 8)
#define PLACED_WORDS (2 + LETTER_WORDS)
#define NAME_WORDS (3 + PLACED_WORDS)
#define RENAME_WORDS (3 + 2 * PLACED_WORDS)

/*
 * The kernel keeps the letters of short names in the dentry itself. There they are plain loads: a
 * helper's read of a few costs ninety instructions.
 */
static __always_inline const __u64 *letters_in(struct dentry *dentry)
{
	__u64 at = bpf_core_field_exists(dentry->d_shortname)
			   ? bpf_core_field_offset(dentry->d_shortname)
			   : bpf_core_field_offset(dentry->d_iname);

	return (void *)dentry + at;
}

/* The word that a name ends in, without what an earlier name left behind it. */
static __always_inline __u64 last_word(__u64 word, __u64 length)
{
	return word << (-(length * 8) & 63);
}

/* Their numbers rarely have more than 32 bits; then the upper ones are still compared. */
static __always_inline __u64 mark_of(struct inode *directory)
{
	return directory->i_ino ^ (__u64)directory->i_generation << 32;
}

/* Of a length that was compared before, as a part of the subject. */
static __always_inline bool same_letters(const volatile __u64 *known, const __u64 *letters,
					 __u64 length)
{
	if (length >= SHORT_NAME)
		return false;
#pragma clang loop unroll(disable)
	for (; length > 8; length -= 8)
		if (*known++ != *letters++)
			return false;
	return *known == last_word(*letters, length);
}

static __always_inline bool same_name(const volatile __u64 *known, struct dentry *dentry,
				      __u64 length)
{
	struct dentry *parent = dentry->d_parent;

	return known[0] == (__u64)parent && known[1] == mark_of(parent->d_inode) &&
	       same_letters(known + 2, letters_in(dentry), length);
}

/* As same_name() asks for it; false for a name that no row can hold. */
static __always_inline bool describe_name(__u64 *known, struct dentry *dentry)
{
	const __u64 *letters = letters_in(dentry);
	__u64 length = dentry->d_name.len;
	__u32 i;

	known[0] = (__u64)dentry->d_parent;
	known[1] = mark_of(dentry->d_parent->d_inode);
#pragma unroll
	for (i = 0; i < LETTER_WORDS; i++)
		known[2 + i] = length >= 8 * (i + 1) ? letters[i]
			       : length > 8 * i      ? last_word(letters[i], length)
						     : 0;
	return length - 1 < SHORT_NAME - 1 && (void *)dentry->d_name.name == (void *)letters;
}

static __always_inline __u64 with_length(__u64 subject, __u64 length)
{
	return subject | length << 48;
}

/* The subject's bits from 48 on are for the length. */
static __always_inline bool known_name(struct dentry *dentry, struct path *where, __u64 subject,
				       __u64 generation)
{
	__u64 owner = typed_cgroup_id() + generation;
	__u64 cpu = this_cpu();
	__u32 index = row_by_hash(cpu, owner, subject, dentry->d_name.hash);
	volatile struct decision *row = bpf_map_lookup_elem(&decisions, &index);
	__u64 stamp, length = dentry->d_name.len;

	if (!row)
		return false;
	stamp = row->stamp;
	if (row->what[0] != owner || row->what[1] != with_length(subject, length) ||
	    row->what[2] != (__u64)where->mnt || !same_name(row->what + 3, dentry, length) ||
	    row->stamp != stamp)
		return false;
	count_hit_in(index, (__u8)subject);
	return true;
}

subprogram void learn_name(struct dentry *dentry, struct path *where, __u64 subject,
			   __u64 generation)
{
	__u64 what[NAME_WORDS] = {typed_cgroup_id() + generation,
				  with_length(subject, dentry->d_name.len), (__u64)where->mnt};

	if (describe_name(what + 3, dentry))
		remember(row_by_hash(this_cpu(), what[0], subject, dentry->d_name.hash), what,
			 NAME_WORDS);
}

/* Both names of a rename, within one mount. */
static __always_inline __u64 rename_hash(struct dentry *from, struct dentry *to)
{
	return from->d_name.hash ^ (__u64)to->d_name.hash << 5;
}

static __always_inline __u64 rename_subject(__u64 from_length, __u64 to_length)
{
	return with_length(KIND_RENAME, from_length | to_length << 8);
}

static __always_inline bool known_rename(struct dentry *from, struct dentry *to, struct path *where,
					 __u64 generation)
{
	__u64 owner = typed_cgroup_id() + generation;
	__u64 cpu = this_cpu();
	__u32 index = row_by_hash(cpu, owner, KIND_RENAME, rename_hash(from, to));
	volatile struct decision *row = bpf_map_lookup_elem(&decisions, &index);
	__u64 stamp, length = from->d_name.len, to_length = to->d_name.len;

	if (!row)
		return false;
	stamp = row->stamp;
	if (row->what[0] != owner || row->what[1] != rename_subject(length, to_length) ||
	    row->what[2] != (__u64)where->mnt || !same_name(row->what + 3, from, length) ||
	    !same_name(row->what + 3 + PLACED_WORDS, to, to_length) || row->stamp != stamp)
		return false;
	count_hit_in(index, KIND_RENAME);
	return true;
}

subprogram void learn_rename(struct dentry *from, struct dentry *to, struct path *where,
			     __u64 generation)
{
	__u64 what[RENAME_WORDS] = {typed_cgroup_id() + generation,
				    rename_subject(from->d_name.len, to->d_name.len),
				    (__u64)where->mnt};
	__u64 hash = rename_hash(from, to);

	if (describe_name(what + 3, from) && describe_name(what + 3 + PLACED_WORDS, to))
		remember(row_by_hash(this_cpu(), what[0], KIND_RENAME, hash), what, RENAME_WORDS);
}

#endif

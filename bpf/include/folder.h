/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What is known of a directory's path, so that nobody walks it again for the next name in it: its
 * hash so far, and what the policy's entries for directories say of everything there. With the last
 * name that is the id of the file's path, which the seen-set and the policy's tables are asked for.
 *
 * It answers only for what is known and allowed; everything else is walked and described. Rows lie
 * behind those of the decision cache, in its map, and are written, read and emptied like them.
 */
#ifndef PAHLEVAN_FOLDER_H
#define PAHLEVAN_FOLDER_H

#include "name.h"

/* One name in a directory, and what is done with it. */
struct named_act {
	__u64 generation; /* of the cache, when the hook began */
	__u64 how;        /* what makes another fact of the same path */
	__u32 kind;
	__u32 uses;
	__u64 id[2]; /* of the path, where it is known */
};

enum knowing {
	KNOWING_NOTHING, /* the path is to be walked */
	KNOWING_ALLOWED, /* it is allowed, by `id`; nobody did it yet */
	KNOWING_SEEN,    /* it is known, and was counted … */
	KNOWING_WELL,    /* … and the cache may answer for it */
};

#ifndef BOUNDED_LOOPS /* which has no hash of names, as it judges nothing */

#define FOLDER_WORDS 10
#define HAS_SHAPES (1ULL << 48)

static __always_inline __u32 folder_row(__u64 owner, __u64 mark)
{
	__u64 mixed = (owner ^ mark << 8) * 0x9e3779b97f4a7c15ULL;

	return settings.cpus * DECISIONS_PER_CPU + this_cpu() * FOLDERS_PER_CPU +
	       (mixed >> 32 & (FOLDERS_PER_CPU - 1));
}

/* The row of `policies` that paths are judged by, never 0: a row of nobody's is all zero. */
static __always_inline __u64 folder_owner(struct policy *policy, __u32 row, __u64 generation)
{
	return generation + 1 + (policy ? row : 0);
}

static __always_inline struct policy *judges_paths(struct self *self)
{
	struct policy *policy = policy_for(self, FACET_FILE);

	return policy && policy->mode[FACET_FILE] != MODE_OFF ? policy : NULL;
}

/* A short name's letters, as begin_name() and next_part() take them in. */
static __always_inline bool sip_name(struct sip *sip, struct dentry *dentry)
{
	const __u64 *letters = letters_in(dentry);
	__u64 length = dentry->d_name.len;

	if (!length || length >= SHORT_NAME || (void *)dentry->d_name.name != (void *)letters)
		return false;
	sip_word(sip, length);
#pragma clang loop unroll(disable)
	for (; length > 8; length -= 8)
		sip_word(sip, *letters++);
	sip_word(sip, last_word(*letters, length) >> (-(length * 8) & 63));
	return true;
}

/* Whether the tables allow it; the row says what holds for the whole directory. */
static __always_inline bool allows_name(struct self *self, struct policy *policy,
					struct named_act *act, __u64 said, __u64 names)
{
	struct rule_key key = {.id = {act->id[0], act->id[1]}, .facet = FACET_FILE};
	struct found found = {said & 0xffff, said >> 16 & 0xffff, said >> 32 & 0xffff};
	__u32 depth = names < 63 ? names : 63, row = self->instance->policy, at_fault;

	if (said & HAS_SHAPES && policy->has_denies >> FACET_FILE & 1)
		return false;
	ask_rule(&found, row, &key);
	if (policy->tree_depths[PATHS_FILE] >> depth & 1) {
		key.kind = RULE_KIND_TREE;
		ask_rule(&found, row, &key);
	}
	return outcome_of(&found, policy, FACET_FILE, self->instance->phase, act->uses,
			  &at_fault) == OUTCOME_ALLOW;
}

/* The seen-set's word: as conclude() would have it, of what has been told. */
static __always_inline enum knowing seen_before(struct self *self, struct named_act *act)
{
	struct seen_key key = {.instance = self->slot,
			       .generation = self->instance->generation,
			       .kind = act->kind,
			       .chapter = chapter_of(self->instance),
			       .id = {act->id[0], act->id[1]},
			       .how = act->how};
	struct seen_value *seen_before = bpf_map_lookup_elem(&seen, &key);
	struct counters *c = my_counters();
	__u32 kind = act->kind;

	barrier_var(kind); /* one that was bounded is not loaded anew */
	if (!seen_before || !c || kind >= KIND_MAX)
		return KNOWING_ALLOWED;
	COUNT(c, generated, kind);
	COUNT(c, aggregated, kind);
	if (seen_before->count < 0xffffffff)
		__sync_fetch_and_add(&seen_before->count, 1);
	return seen_before->count >= COUNT_UNTIL ? KNOWING_WELL : KNOWING_SEEN;
}

/* Of a typed dentry. Fills in the path's id where the directory is known. */
subprogram __u32 know_by_folder(struct self *self, struct dentry *dentry, struct path *where,
				struct named_act *act)
{
	struct policy *policy = judges_paths(self);
	struct dentry *parent = dentry->d_parent;
	__u64 mark = mark_of(parent->d_inode), stamp, said, names;
	__u64 owner = folder_owner(policy, self->instance->policy, act->generation);
	__u32 index = folder_row(owner, mark);
	volatile struct decision *row = bpf_map_lookup_elem(&decisions, &index);
	struct sip sip;

	if (!row || self->instance->in_setup || control.unattended || every(self, act->kind))
		return KNOWING_NOTHING;
	stamp = row->stamp;
	if (row->what[0] != owner || row->what[1] != (__u64)parent ||
	    row->what[2] != (__u64)where->mnt || row->what[3] != mark)
		return KNOWING_NOTHING;
	sip.v0 = row->what[4];
	sip.v1 = row->what[5];
	sip.v2 = row->what[6];
	sip.v3 = row->what[7];
	said = row->what[8];
	names = row->what[9];
	if (row->stamp != stamp)
		return KNOWING_NOTHING;
	/* Taken out of the tree: its name may be another's by now. What is made comes into it. */
	if (!dentry->d_hash.pprev && act->kind != KIND_CREATE)
		return KNOWING_NOTHING;
	if (!sip_name(&sip, dentry))
		return KNOWING_NOTHING;
	sip_end(&sip, act->id);
	if (policy && !allows_name(self, policy, act, said, names + 1))
		return KNOWING_NOTHING;
	return seen_before(self, act);
}

/* Whoever moved something: a row that is wrong here is wrong of all that the directory holds. */
static __always_inline bool trees_settled(void)
{
	return bpf_ktime_get_boot_ns() - control.tree_changed_ns > TREE_SETTLES_NS;
}

/*
 * Of the path that was walked and asked for last. Not of a file that something is mounted on, whose
 * directory is another mount's; nor of names that are not everybody's, as in /proc.
 */
subprogram void learn_folder(struct scratch *s, struct self *self, struct dentry *dentry,
			     struct path *where, __u64 generation)
{
	struct asking *a = &s->asking;
	struct dentry *parent = dentry->d_parent;
	struct found *found = &a->folder_found;
	__u64 what[FOLDER_WORDS] = {
		folder_owner(judges_paths(self), self->instance->policy, generation),
		(__u64)parent,
		(__u64)where->mnt,
		mark_of(parent->d_inode),
		a->folder.v0,
		a->folder.v1,
		a->folder.v2,
		a->folder.v3,
		found->deny | (__u64)found->allow << 16 | (__u64)found->start << 32 |
			(a->has_shapes ? HAS_SHAPES : 0),
		s->names - 1,
	};

	if (s->flags || s->personal || !s->names || parent == dentry ||
	    dentry == where->mnt->mnt_root || !trees_settled())
		return;
	remember(folder_row(what[0], what[3]), what, FOLDER_WORDS);
}

#else

static __always_inline __u32 know_by_folder(struct self *self, struct dentry *dentry,
					    struct path *where, struct named_act *act)
{
	return KNOWING_NOTHING;
}

static __always_inline void learn_folder(struct scratch *s, struct self *self,
					 struct dentry *dentry, struct path *where,
					 __u64 generation)
{
}

#endif

#endif

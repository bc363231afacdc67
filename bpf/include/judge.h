/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What an instance's policy says of an act. Tables are looked up, never searched: a path costs a
 * lookup for itself, one for each depth at which the policy has directories, and one for each
 * shape of its patterns. Nothing of it runs on the warm path: what was allowed, the decision cache
 * answers for.
 */
#ifndef PAHLEVAN_JUDGE_H
#define PAHLEVAN_JUDGE_H

#include "count.h"
#include "instance.h"
#include "siphash.h"

#define EPERM 1

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct policy);
} policies __attribute__((weak)) SEC(".maps");

struct policy_rules {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(struct rule_key));
	__uint(value_size, sizeof(struct rule));
};

/* A table for each row of `policies`: written whole before an instance is given that row. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 64);
	__type(key, __u32);
	__array(values, struct policy_rules);
} rules __attribute__((weak)) SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct guarded);
} guarded __attribute__((weak)) SEC(".maps");

/* What a runtime does to set an instance up is its own affair, but for what it then runs there. */
static __always_inline struct policy *policy_for(struct self *self, __u32 facet)
{
	__u32 row = self->instance->policy;

	if (settings.guard == GUARD_OFF || !row ||
	    (self->instance->in_setup && facet != FACET_EXEC))
		return NULL;
	return bpf_map_lookup_elem(&policies, &row);
}

/* What the tables say, without regard to the mode. */
enum outcome {
	OUTCOME_ALLOW,
	OUTCOME_TELL,
	OUTCOME_DENY,
};

static __always_inline enum outcome outcome_of_unlisted(struct policy *policy, __u32 facet)
{
	switch (policy->unlisted[facet & 15]) {
	case UNLISTED_ALLOW:
		return OUTCOME_ALLOW;
	case UNLISTED_TELL:
		return OUTCOME_TELL;
	default:
		return OUTCOME_DENY;
	}
}

/* No entry can be asked. It may be one of the denied, so that it never passes in silence. */
static __always_inline enum outcome outcome_of_unclear(struct policy *policy, __u32 facet)
{
	enum outcome outcome = outcome_of_unlisted(policy, facet);

	if (outcome == OUTCOME_ALLOW && policy->has_denies >> (facet & 15) & 1)
		return OUTCOME_TELL;
	return outcome;
}

static __always_inline enum action action_of(struct policy *policy, __u32 facet,
					     enum outcome outcome)
{
	__u8 mode = policy->mode[facet & 15];

	if (outcome == OUTCOME_ALLOW || mode == MODE_OFF)
		return ACTION_ALLOW;
	if (outcome == OUTCOME_TELL)
		return ACTION_TELL;
	if (mode == MODE_MONITOR)
		return ACTION_WOULD;
#ifdef ONLY_OBSERVES /* a program that runs when it has happened */
	return ACTION_ALERT;
#endif
	return mode == MODE_ALERT ? ACTION_ALERT : ACTION_DENY;
}

/* The graver of two verdicts on one act stands in the record. */
static __always_inline enum action judged(struct record *r, struct policy *policy, __u32 facet,
					  enum outcome outcome, __u32 uses)
{
	enum action action = action_of(policy, facet, outcome);

	if (action <= r->action)
		return r->action;
	r->policy = policy->generation;
	r->facet = facet;
	r->action = action;
	r->judged_uses = uses;
	return action;
}

static __always_inline enum outcome outcome_of(struct found *found, struct policy *policy,
					       __u32 facet, __u32 phase, __u32 uses,
					       __u32 *at_fault)
{
	__u32 allowed = found->allow | (phase == PHASE_START ? found->start : 0);

	*at_fault = uses & found->deny;
	if (*at_fault)
		return OUTCOME_DENY;
	*at_fault = uses & ~allowed;
	return *at_fault ? outcome_of_unlisted(policy, facet) : OUTCOME_ALLOW;
}

static __always_inline void take(struct found *found, const struct rule *rule)
{
	found->deny |= rule->deny;
	found->allow |= rule->allow;
	found->start |= rule->start;
}

/* Whether there is such an entry. */
static __always_inline bool ask_rule(struct found *found, __u32 row, struct rule_key *key)
{
	void *table = bpf_map_lookup_elem(&rules, &row);
	struct rule *rule;

	if (!table)
		return false;
	rule = bpf_map_lookup_elem(table, key);
	if (rule)
		take(found, rule);
	return rule;
}

/* How a program comes to be asked for. */
enum pass {
	PASS_SCRIPT = 1 << 0, /* it begins with #!: the kernel runs another program in its place */
	PASS_LATER = 1 << 1,  /* it is that other program */
};

#ifndef BOUNDED_LOOPS /* without bpf_loop the verifier would not get to the end of it */

/*
 * What a look-up knows is in memory (scratch), not on the stack: before 6.7 the verifier takes what
 * the stack holds at the first turn of a loop for what it holds at each, and cuts branches off.
 */
struct lookup {
	struct scratch *scratch;
};

subprogram void ask_names(struct scratch *s, __u32 kind)
{
	struct asking *a = &s->asking;
	struct rule_key key = {.kind = kind, .facet = a->facet};
	struct sip sip = a->sip;

	if (kind == RULE_KIND_SCRIPT) {
		sip_word(&sip, a->begun.id[0]);
		sip_word(&sip, a->begun.id[1]);
	}
	sip_end(&sip, key.id);
	if (kind == RULE_KIND_EXACT) {
		a->id[0] = key.id[0];
		a->id[1] = key.id[1];
	}
	ask_rule(kind == RULE_KIND_SCRIPT ? &a->pair : &a->found, a->row, &key);
}

/* Before each name: is there an entry for the directory up to here? */
static __always_inline void ask_directory(struct scratch *s, __u32 names)
{
	struct asking *a = &s->asking;
	struct policy *policy = bpf_map_lookup_elem(&policies, &a->row);
	__u32 depth = a->name < 63 ? a->name : 63, paths = a->paths & 1;

	if (!policy)
		return;
	if (policy->tree_depths[paths] >> depth & 1)
		ask_names(s, RULE_KIND_TREE);
	if (a->name + 1 == names && policy->child_depths[paths] >> depth & 1)
		ask_names(s, RULE_KIND_CHILDREN);
	if (a->name == names)
		ask_names(s, RULE_KIND_EXACT);
	if (a->name == names && a->asks_pair)
		ask_names(s, RULE_KIND_SCRIPT);
}

static __always_inline struct wildcard *wildcard_at(struct asking *a, struct policy *policy)
{
	struct shape *shape =
		&policy->shapes[MASKED((a->paths & 1) * SHAPES + a->shape, 2 * SHAPES - 1)];
	__u32 i;

#pragma unroll
	for (i = 0; i < SHAPE_WILDCARDS; i++)
		if (i < shape->wildcards && shape->wildcard[i].at == a->name)
			return &shape->wildcard[i];
	return NULL;
}

#define WILD_NAME (1ULL << 63)

/* What stands first of each name, so that no two rows of names look alike. */
static __always_inline __u64 begin_name(struct scratch *s, __u32 names)
{
	struct asking *a = &s->asking;
	__u32 part = names - 1 - a->name;
	__u32 start = s->parts[MASKED(part, WALK_PARTS - 1)] + 1;
	__u32 end = part ? s->parts[MASKED(part - 1, WALK_PARTS - 1)] : PATH_BYTES;
	struct wildcard *wildcard;
	struct policy *policy;

	a->at = start;
	a->end = end;
	if (a->shape >= SHAPES)
		return end - start;
	policy = bpf_map_lookup_elem(&policies, &a->row);
	wildcard = policy ? wildcard_at(a, policy) : NULL;
	if (!wildcard)
		return end - start;
	if (end - start <= (__u32)wildcard->head + wildcard->tail ||
	    (!wildcard->head && s->walk[MASKED(start, PATH_BYTES - 1)] == '.'))
		a->misfit = 1;
	a->end = start + wildcard->head;
	a->tail_at = end - wildcard->tail;
	a->tail_end = end;
	return WILD_NAME | (__u64)wildcard->head << 8 | wildcard->tail;
}

STEP long next_part(__u32 turn, void *context)
{
	struct scratch *s = ((struct lookup *)context)->scratch;
	struct asking *a = &s->asking;
	__u32 names = s->names, left;
	__u64 word;

	if (a->at >= a->end && a->tail_at < a->tail_end) {
		a->at = a->tail_at;
		a->end = a->tail_end;
		a->tail_at = a->tail_end = 0;
	}
	if (a->at >= a->end) {
		if (a->shape >= SHAPES) {
			ask_directory(s, names);
			if (a->name + 1 == names) {
				a->folder = a->sip;
				a->folder_found = a->found;
			}
		}
		if (a->name >= names)
			return 1;
		sip_word(&a->sip, begin_name(s, names));
		a->name++;
		return a->misfit ? 1 : 0;
	}
	left = a->end - a->at;
	word = *(__u64 *)(s->walk + MASKED(a->at, PATH_BYTES - 1));
	if (left < 8)
		word &= (1ULL << (left * 8)) - 1;
	sip_word(&a->sip, word);
	a->at += 8;
	return 0;
}

#define PATH_TURNS (PATH_BYTES / 8 + 3 * WALK_PARTS)

static __always_inline void ask_path(struct lookup *lookup)
{
	struct asking *a = &lookup->scratch->asking;

	sip_start(&a->sip);
	a->name = a->at = a->end = a->tail_at = a->tail_end = a->misfit = 0;
	bpf_loop(PATH_TURNS, next_part, lookup, 0);
}

enum guarding {
	GUARDING_UNKNOWN,
	GUARDING_YES,
	GUARDING_NO,
};

STEP long next_state(__u32 turn, void *context)
{
	struct scratch *s = ((struct lookup *)context)->scratch;
	struct asking *a = &s->asking;
	__u32 at = s->at + turn, zero = 0, class;
	struct guarded *table = bpf_map_lookup_elem(&guarded, &zero);

	if (!table || at >= PATH_BYTES)
		return 1;
	class = table->class_of[s->walk[MASKED(at, PATH_BYTES - 1)]];
	a->state = table->next[MASKED(a->state + class, GUARDED_CELLS - 1)];
	return 0;
}

/* Asked once of a path, and only where a pattern that spares what is guarded may be the path's. */
static __always_inline bool is_guarded(struct lookup *lookup)
{
	struct asking *a = &lookup->scratch->asking;
	struct guarded *table;
	__u32 zero = 0;

	if (a->guard == GUARDING_UNKNOWN) {
		a->state = 0;
		bpf_loop(PATH_BYTES, next_state, lookup, 0);
		table = bpf_map_lookup_elem(&guarded, &zero);
		a->guard = table && table->next[MASKED(a->state, GUARDED_CELLS - 1)] ? GUARDING_NO
										     : GUARDING_YES;
	}
	return a->guard == GUARDING_YES;
}

STEP long next_shape(__u32 turn, void *context)
{
	struct lookup *lookup = context;
	struct scratch *s = lookup->scratch;
	struct asking *a = &s->asking;
	struct policy *policy = bpf_map_lookup_elem(&policies, &a->row);
	__u32 paths = a->paths & 1;
	__u32 at = MASKED(paths * SHAPES + turn, 2 * SHAPES - 1);

	if (!policy || turn >= policy->shapes_used[paths] || turn >= SHAPES)
		return 1;
	if (policy->shapes[at].names != s->names)
		return 0;
	a->has_shapes = 1;
	if (policy->shapes[at].spares_guarded && is_guarded(lookup))
		return 0;
	a->shape = turn;
	ask_path(lookup);
	if (!a->misfit)
		ask_names(s, RULE_KIND_SHAPE + turn);
	return 0;
}

/* All entries that hold the path that was walked last; without a row only the path's id. */
subprogram void look_up(struct scratch *s, __u32 row, __u32 facet, bool asks_pair)
{
	struct lookup lookup = {.scratch = s};
	struct asking *a = &s->asking;

	a->found = a->pair = (struct found){};
	a->asks_pair = asks_pair;
	a->row = row;
	a->facet = facet;
	a->paths = facet == FACET_EXEC ? PATHS_EXEC : PATHS_FILE;
	a->shape = SHAPES;
	a->guard = GUARDING_UNKNOWN;
	a->has_shapes = 0;
	ask_path(&lookup);
	bpf_loop(SHAPES, next_shape, &lookup, 0);
}

static __always_inline enum action weigh_path(struct scratch *s, struct self *self,
					      struct policy *policy, __u32 facet, __u32 uses)
{
	enum outcome outcome;
	__u32 at_fault = uses;

	if (s->flags & (FLAG_CUT | FLAG_UNRESOLVED)) {
		outcome = outcome_of_unclear(policy, facet);
	} else {
		look_up(s, self->instance->policy, facet, false);
		outcome = outcome_of(&s->asking.found, policy, facet, self->instance->phase, uses,
				     &at_fault);
	}
	return judged(&s->record, policy, facet, outcome, at_fault);
}

/* Of the path that was walked last, which is the record's object or its second text. */
subprogram enum action judge_path(struct scratch *s, struct self *self, __u32 facet, __u32 uses)
{
	struct policy *policy = policy_for(self, facet);

	if (!policy || policy->mode[facet & 15] == MODE_OFF)
		return ACTION_ALLOW;
	return weigh_path(s, self, policy, facet, uses);
}

/* The same of a file, and the path's id, whether anybody judges it or not. */
subprogram enum action judge_named(struct scratch *s, struct self *self, __u32 uses, __u64 *id)
{
	struct policy *policy = policy_for(self, FACET_FILE);
	enum action action = ACTION_ALLOW;

	if (policy && policy->mode[FACET_FILE] != MODE_OFF)
		action = weigh_path(s, self, policy, FACET_FILE, uses);
	else if (!(s->flags & (FLAG_CUT | FLAG_UNRESOLVED)))
		look_up(s, 0, FACET_FILE, false);
	id[0] = s->asking.id[0];
	id[1] = s->asking.id[1];
	return action;
}

/* A pair of a script and an interpreter is allowed as such, or where both are. */
static __always_inline void weigh_pair(struct asking *a)
{
	struct begun *script = &a->begun;
	struct found *found = &a->found, *pair = &a->pair;
	__u32 at_start = (script->allow | script->start) & (found->allow | found->start);

	if (script->is_removed)
		pair->allow = pair->start = 0;
	found->allow = (script->allow & found->allow) | pair->allow;
	found->start = at_start | pair->start;
}

/*
 * A program that was walked last. Of a script the first time only what denies it counts, and it is
 * kept in `begun`; its interpreter decides. (A script that runs a script is asked for in between:
 * only whether it is denied, for who may write the first may have its interpreter do anything.)
 */
subprogram enum action judge_program(struct scratch *s, struct self *self, __u32 pass)
{
	struct policy *policy = policy_for(self, FACET_EXEC);
	struct asking *a = &s->asking;
	__u32 at_fault = USE_EXEC;
	enum outcome outcome;
	bool is_removed;

	if (!(pass & PASS_LATER))
		a->begun.is_known = 0;
	if (!policy || policy->mode[FACET_EXEC] == MODE_OFF)
		return ACTION_ALLOW;
	if (s->flags & (FLAG_CUT | FLAG_UNRESOLVED)) {
		outcome = outcome_of_unclear(policy, FACET_EXEC);
		return judged(&s->record, policy, FACET_EXEC, outcome, at_fault);
	}
	look_up(s, self->instance->policy, FACET_EXEC, a->begun.is_known);
	/* A removed file's path may be another's by now: it can deny, and grants nothing. */
	is_removed = s->flags & (FLAG_DELETED | FLAG_DETACHED);
	if (is_removed)
		a->found.allow = a->found.start = a->pair.allow = a->pair.start = 0;
	a->found.deny |= a->pair.deny;
	if (pass & PASS_SCRIPT && !(a->found.deny & USE_EXEC)) {
		if (!a->begun.is_known) {
			a->begun.id[0] = a->id[0];
			a->begun.id[1] = a->id[1];
			a->begun.allow = a->found.allow;
			a->begun.start = a->found.start;
			a->begun.is_removed = is_removed;
			a->begun.is_known = 1;
		}
		return s->record.action;
	}
	if (a->begun.is_known)
		weigh_pair(a);
	outcome = outcome_of(&a->found, policy, FACET_EXEC, self->instance->phase, USE_EXEC,
			     &at_fault);
	return judged(&s->record, policy, FACET_EXEC, outcome, at_fault);
}

#else

static __always_inline enum action judge_path(struct scratch *s, struct self *self, __u32 facet,
					      __u32 uses)
{
	return ACTION_ALLOW;
}

static __always_inline enum action judge_named(struct scratch *s, struct self *self, __u32 uses,
					       __u64 *id)
{
	sip_text(s, text_end(s), 0, id);
	return ACTION_ALLOW;
}

static __always_inline enum action judge_program(struct scratch *s, struct self *self, __u32 pass)
{
	return ACTION_ALLOW;
}

#endif

/* Of an act of which no entry can be asked. */
static __always_inline enum action judge_unclear(struct scratch *s, struct self *self, __u32 facet)
{
	struct policy *policy = policy_for(self, facet);

	if (!policy)
		return ACTION_ALLOW;
	return judged(&s->record, policy, facet, outcome_of_unclear(policy, facet), 0);
}

static __always_inline __u32 phase_of(struct self *self)
{
	return self->instance->phase == PHASE_START ? PHASE_START : PHASE_STEADY;
}

/* Of a system call: its number in the 64-bit or the 32-bit table. */
static __always_inline enum outcome outcome_of_call(struct self *self, __u32 number, bool compat)
{
	struct policy *policy = policy_for(self, FACET_SYSCALL);
	__u32 word;

	if (!policy)
		return OUTCOME_ALLOW;
	word = (compat * PHASE_MAX + phase_of(self)) * (SYSCALLS / 64) +
	       (number & (SYSCALLS - 1)) / 64;
	word = MASKED(word, 2 * PHASE_MAX * (SYSCALLS / 64) - 1);
	return policy->denied_syscalls[word] >> (number & 63) & 1 ? OUTCOME_DENY : OUTCOME_ALLOW;
}

/* What is one of few: a capability, an operation. */
static __always_inline enum outcome outcome_of_number(struct self *self, __u32 facet, __u32 number)
{
	struct policy *policy = policy_for(self, facet);
	__u32 word = (facet & 15) * PHASE_MAX + phase_of(self);

	if (!policy)
		return OUTCOME_ALLOW;
	if (policy->denied[word] >> (number & 63) & 1)
		return OUTCOME_DENY;
	return policy->told[word] >> (number & 63) & 1 ? OUTCOME_TELL : OUTCOME_ALLOW;
}

static __always_inline enum action judge_number(struct record *r, struct self *self, __u32 facet,
						__u32 number)
{
	struct policy *policy = policy_for(self, facet);

	if (!policy)
		return ACTION_ALLOW;
	return judged(r, policy, facet, outcome_of_number(self, facet, number), 0);
}

#define SIGKILL 9

/* For hooks that cannot refuse. It does not come back to user space from here. */
static __always_inline enum action kill_if_denied(enum action action)
{
	if (action != ACTION_DENY)
		return action;
	bpf_send_signal(SIGKILL);
	return ACTION_KILL;
}

/* What a hook answers. */
static __always_inline int answer_of(enum action action)
{
	return action == ACTION_DENY ? -EPERM : 0;
}

#define MAY_CACHE 0x100 /* beside an action: the cache may answer from now on */

static __always_inline int answer_to(__u32 answer)
{
	return answer_of(answer & (MAY_CACHE - 1));
}

#endif

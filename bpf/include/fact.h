/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The way of one fact: count it; if this instance is known to do it, that is all; else describe it
 * in full and send it. A fact that could not be sent is not remembered as seen.
 */
#ifndef PAHLEVAN_FACT_H
#define PAHLEVAN_FACT_H

#include "judge.h"

#define NANOSECONDS 1000000000ULL

static __always_inline bool every(struct self *self, __u32 kind)
{
	return ((control.every_kinds | self->instance->every_kinds) >> (kind & 63)) & 1;
}

static __always_inline void drop(struct counters *c, struct instance *instance, __u32 kind,
				 enum drop why)
{
	__sync_fetch_and_add(&c->dropped[kind][why], 1);
	__sync_fetch_and_add(&instance->lost, 1);
}

#define TICK_NS 10000000 /* in which user space knows when a process started */

/* The agent, by its number and its start: once it has ended, its number may be another's. */
static __always_inline bool is_keeper(struct task_struct *task)
{
	struct task_struct *leader;
	__u32 pid;

	if (task == (void *)bpf_get_current_task()) /* as nearly always: without a read */
		pid = bpf_get_current_pid_tgid() >> 32;
	else
		pid = READ(task, tgid);
	if (pid != settings.agent_pid)
		return false;
	leader = READ(task, group_leader);
	return READ(leader, start_boottime) / TICK_NS == settings.agent_start;
}

/* The thread's process, its parent and whom it acts as. */
DECLARE_ONCE(describe_process);
DECLARE_ONCE(append_program);

subprogram bool deliver_of(struct scratch *s, struct instance *instance, struct counters *c,
			   struct task_struct *task)
{
	struct record *r = &s->record;
	__u32 kind = r->kind, bytes;

	if (kind >= KIND_MAX)
		return false;
	r->time_ns = bpf_ktime_get_boot_ns();
	r->instance_generation = instance->generation;
	if (instance->lost)
		r->flags |= FLAG_LOSSY;
	if (instance->in_setup)
		r->flags |= FLAG_SETUP;
	if (task) {
		s->task = task;
		describe_process(s);
		if (kind != KIND_EXEC || r->action == ACTION_DENY)
			append_program(s); /* else the object is it */
	} else {
		r->flags |= FLAG_NO_PROCESS;
	}
	bytes = r->bytes;
	if (bytes > sizeof(*r) + SCRATCH_TEXT)
		bytes = sizeof(*r);
	if (bpf_ringbuf_output(&ring, r, bytes, 0)) {
		drop(c, instance, kind, DROP_RING_FULL);
		return false;
	}
	COUNT(c, delivered, kind);
	return true;
}

/*
 * Completes the record and puts it into the ring. False, and counted, if it does not fit. No
 * pointer to a caller's stack goes further down from here: 7.2 takes what one way to a call reads
 * of it for what all ways to that call read, and refuses the others ("poisoned by dead code
 * elimination").
 */
static __always_inline bool deliver(struct scratch *s, struct self *self, struct counters *c,
				    struct task_struct *task)
{
	s->record.cgroup_id = self->cgroup_id;
	s->record.instance = self->slot;
	return deliver_of(s, self->instance, c, task);
}

/*
 * Each instance has a part of the seen-set that is its own; past it, it takes from what is shared,
 * up to its most. Returns false when there is nothing left for it.
 */
static __always_inline bool room_for(struct self *self)
{
	__u32 have = self->instance->entries;

	if (have < settings.own_entries)
		return true;
	return have < settings.most_entries && control.spare_used < settings.spare;
}

static __always_inline void entry_taken(struct self *self)
{
	if (self->instance->entries >= settings.own_entries) {
		__sync_fetch_and_add(&control.spare_used, 1);
		__sync_fetch_and_add(&self->instance->spare, 1);
	}
	__sync_fetch_and_add(&self->instance->entries, 1);
}

static __always_inline void entry_returned(struct self *self)
{
	__sync_fetch_and_add(&self->instance->entries, -1);
	if (self->instance->entries >= settings.own_entries) {
		__sync_fetch_and_add(&control.spare_used, -1);
		__sync_fetch_and_add(&self->instance->spare, -1);
	}
}

/* What a full set may still send: some a second, so that it can neither hide nor flood. */
static __always_inline bool may_send_unremembered(struct self *self)
{
	__u64 now = bpf_ktime_get_boot_ns();

	if (now - self->instance->full_window_ns > NANOSECONDS) {
		self->instance->full_window_ns = now;
		self->instance->full_sent = 0;
	}
	return self->instance->full_sent++ < settings.full_per_second;
}

/*
 * Every decision is counted, for the instance and by facet; so many a second are told of. What was
 * only watched gets half of that, so that it leaves room for what was denied.
 */
static __always_inline bool may_tell_decision(struct self *self, struct record *r)
{
	__u64 now = bpf_ktime_get_boot_ns();
	struct instance *instance = self->instance;
	__u32 row = MASKED((__u32)r->facet * ACTION_MAX + r->action, 127);
	__u32 most = settings.full_per_second;

	if (row < FACET_MAX * ACTION_MAX)
		__sync_fetch_and_add(&instance->decided[row], 1);
	if (now - instance->decision_window_ns > NANOSECONDS) {
		instance->decision_window_ns = now;
		instance->decisions_sent = 0;
	}
	if (r->action < ACTION_ALERT)
		most /= 2;
	if (instance->decisions_sent < most) {
		instance->decisions_sent++;
		return true;
	}
	__sync_fetch_and_add(&instance->decisions_untold, 1);
	return false;
}

/*
 * How often a fact has to be seen before the cache may hide it from the set: once tells f1 from f2.
 */
#define COUNT_UNTIL 2

/*
 * What is remembered of another chapter counts as not seen: user space turns the page when a start
 * is over, and takes the old rows out of the set by itself.
 */
static __always_inline __u32 chapter_of(struct instance *instance)
{
	return instance->in_setup ? SETUP_CHAPTER : instance->chapter + 1;
}

/*
 * Judges a fact whose record is prepared and whose id is known. Returns true once the cache may
 * answer for it. Gives the scratch back.
 */
subprogram bool conclude(struct scratch *s, __u32 scratch_index, struct self *self, __u64 *id,
			 struct task_struct *task)
{
	struct seen_key key = {.instance = self->slot,
			       .generation = self->instance->generation,
			       .kind = s->record.kind,
			       .chapter = chapter_of(self->instance),
			       .id = {id[0], id[1]},
			       .how = s->how};
	struct seen_value fresh = {.count = 1}, *seen_before;
	__u32 kind = s->record.kind;
	struct counters *c = my_counters();
	bool cacheable = false, inserted = false, tell;

	if (!c || kind >= KIND_MAX)
		goto out;
	tell = s->record.action == ACTION_ALLOW || may_tell_decision(self, &s->record);
	if (task && kind != KIND_EXEC && is_keeper(task)) {
		COUNT(c, aggregated, kind);
		goto out;
	}
	/* Nobody hears of it, and nobody would take out of the set what is put in. */
	if (control.unattended) {
		COUNT(c, aggregated, kind);
		cacheable = s->record.action == ACTION_ALLOW && !s->personal &&
			    !self->instance->in_setup &&
			    !(s->record.flags & (FLAG_CUT | FLAG_UNRESOLVED));
		goto out;
	}
	/* What was denied did not happen: it is no behaviour. */
	if (s->record.action >= ACTION_DENY) {
		if (!tell)
			COUNT(c, aggregated, kind);
		else
			deliver(s, self, c, task);
		goto out;
	}
	/*
	 * A path that was cut or not resolved may be another one's: never remembered, always sent.
	 */
	if (!(s->record.flags & (FLAG_CUT | FLAG_UNRESOLVED))) {
		seen_before = bpf_map_lookup_elem(&seen, &key);
		if (!seen_before && room_for(self)) {
			long error = bpf_map_update_elem(&seen, &key, &fresh, BPF_NOEXIST);

			if (!error) {
				inserted = true;
				entry_taken(self);
			} else {
				seen_before = bpf_map_lookup_elem(&seen, &key);
				if (!seen_before)
					count_failure(PLACE_SEEN_INSERT, error);
			}
		}
		if (seen_before) {
			if (seen_before->count < 0xffffffff)
				__sync_fetch_and_add(&seen_before->count, 1);
			if (!every(self, kind) && (s->record.action == ACTION_ALLOW || !tell)) {
				cacheable = s->record.action == ACTION_ALLOW &&
					    seen_before->count >= COUNT_UNTIL && !s->personal &&
					    !self->instance->in_setup;
				COUNT(c, aggregated, kind);
				goto out;
			}
			s->record.flags |= FLAG_EVERY;
		} else if (!inserted) {
			s->record.flags |= FLAG_SET_FULL;
		}
	}
	if (!inserted && !(s->record.flags & FLAG_EVERY) && !every(self, kind) &&
	    !may_send_unremembered(self)) {
		drop(c, self->instance, kind, DROP_SET_FULL);
		goto out;
	}
	if (kind == KIND_EXEC && task) {
		struct fs_struct *fs = READ(task, fs);
		struct path cwd = {};

		bpf_core_read(&cwd, sizeof(cwd), &fs->pwd);
		if (cwd.dentry && cwd.mnt)
			append_path(s, TEXT_CWD, cwd.dentry, cwd.mnt);
		if (!(s->record.flags & FLAG_ADOPTED))
			append_args(s, task);
	}
	if (!deliver(s, self, c, task)) {
		if (inserted && !bpf_map_delete_elem(&seen, &key))
			entry_returned(self);
	} else if (inserted) {
		__sync_fetch_and_add(&self->instance->facts, 1);
	}
out:
	give_back(scratch_index);
	return cacheable;
}

/* Of what was denied there is no fact, only this. */
static __always_inline void tell_denied(struct scratch *s, struct self *self, struct counters *c,
					__u32 kind)
{
	COUNT(c, generated, kind);
	if (may_tell_decision(self, &s->record))
		deliver(s, self, c, (void *)bpf_get_current_task());
	else
		COUNT(c, aggregated, kind);
}

/* One more fact generated, of who is known. */
static __always_inline struct counters *arise(__u32 kind)
{
	struct counters *c = my_counters();

	if (c)
		COUNT(c, generated, kind);
	return c;
}

/* First steps of every hook: who, and the fact. */
static __always_inline struct counters *begin_in(struct self *self, __u64 cgroup_id, __u32 kind)
{
	return known_as(self, cgroup_id, NULL) ? arise(kind) : NULL;
}

static __always_inline struct counters *begin(struct self *self, __u32 kind)
{
	return begin_in(self, current_cgroup_id(), kind);
}

static __always_inline struct scratch *prepare(struct self *self, struct counters *c, __u32 kind,
					       __u32 *index)
{
	struct scratch *s = take_scratch(index);

	if (!s) {
		drop(c, self->instance, kind, DROP_SCRATCH_BUSY);
		return NULL;
	}
	s->record.kind = kind;
	return s;
}

/* Of an act that could not even be described: what is unclear is not let pass for that. */
static __always_inline enum action judge_blindly(struct self *self, __u32 facet)
{
	struct policy *policy = policy_for(self, facet);
	enum action action;

	if (!policy)
		return ACTION_ALLOW;
	action = action_of(policy, facet, outcome_of_unclear(policy, facet));
	__sync_fetch_and_add(&self->instance->decisions_untold, action != ACTION_ALLOW);
	return action;
}

static __always_inline void describe_inode(struct record *r, struct file *file)
{
	struct inode *inode = READ(file, f_inode);
	struct super_block *sb = READ(inode, i_sb);

	r->inode = READ(inode, i_ino);
	r->device = READ(sb, s_dev);
}

/*
 * What is done about one of few that is not simply allowed (the others never come here), told of by
 * its number. System calls are not refused: who makes one that is denied is killed.
 */
subprogram enum action decide_few(struct self *self, __u32 facet, __u32 number,
				  __u32 flags_and_kind, enum outcome outcome)
{
	struct policy *policy = policy_for(self, facet);
	struct counters *c = my_counters();
	__u32 index = 0, kind = flags_and_kind & 0xff;
	enum action action;
	struct scratch *s;

	if (!policy || !c || kind >= KIND_MAX)
		return ACTION_ALLOW;
	action = action_of(policy, facet, outcome);
	if (facet == FACET_SYSCALL)
		action = kill_if_denied(action);
	if (action == ACTION_ALLOW)
		return ACTION_ALLOW;
	s = take_scratch(&index);
	if (!s) {
		__sync_fetch_and_add(&self->instance->decisions_untold, 1);
		return action;
	}
	s->record.kind = kind;
	s->record.number = number;
	s->record.flags |= flags_and_kind >> 8;
	s->record.policy = policy->generation;
	s->record.facet = facet;
	s->record.action = action;
	tell_denied(s, self, c, kind);
	give_back(index);
	return action;
}

/* A fact without a memory: counted, and sent only if somebody asked for every one. */
static __always_inline struct scratch *prepare_if_every(struct self *self, struct counters *c,
							__u32 kind, __u32 *index)
{
	if (!every(self, kind)) {
		COUNT(c, aggregated, kind);
		return NULL;
	}
	return prepare(self, c, kind, index);
}

/*
 * A fact that is one of few (a system call, a capability): its memory is a counter in the
 * instance's slot. True if it is to be sent.
 */
static __always_inline bool first_of_few(struct self *self, struct counters *c, __u8 *times,
					 __u32 kind)
{
	__u8 before = *times;

	if (before < 255)
		*times = before + 1;
	if (before && !every(self, kind)) {
		COUNT(c, aggregated, kind);
		return false;
	}
	return true;
}

/* Sends the number of one of few; forgets it again when it could not be sent. */
subprogram void send_number(struct self *self, struct counters *c, __u8 *times, __u32 number,
			    __u32 flags_and_kind)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	__u32 index = 0, kind = flags_and_kind & 0xff;
	struct scratch *s;

	if (kind >= KIND_MAX)
		return;
	if (is_keeper(task)) {
		COUNT(c, aggregated, kind);
		*times = 0;
		return;
	}
	s = prepare(self, c, kind, &index);
	if (!s) {
		*times = 0;
		return;
	}
	s->record.number = number;
	s->record.flags |= flags_and_kind >> 8;
	if (*times > 1)
		s->record.flags |= FLAG_EVERY;
	if (!deliver(s, self, c, task))
		*times = 0;
	else if (*times == 1)
		__sync_fetch_and_add(&self->instance->facts, 1);
	give_back(index);
}

/* One of few is used: what was decided is told of as that, and not once more as something new. */
static __always_inline enum action use_few(struct self *self, __u32 facet, __u32 number,
					   __u32 flags_and_kind, enum outcome outcome, __u8 *times)
{
	__u32 kind = flags_and_kind & 0xff;
	enum action action = ACTION_ALLOW;
	struct counters *c;

	if (outcome != OUTCOME_ALLOW)
		action = decide_few(self, facet, number, flags_and_kind, outcome);
	if (action == ACTION_DENY)
		return action;
	if (action != ACTION_ALLOW) {
		if (*times < 255)
			++*times;
		return action;
	}
	c = my_counters();
	if (!c)
		return action;
	COUNT(c, generated, kind);
	if (first_of_few(self, c, times, kind))
		send_number(self, c, times, number, flags_and_kind);
	return action;
}

#endif

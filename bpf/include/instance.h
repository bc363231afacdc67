/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Which instance acts. An instance is the topmost cgroup below the root that holds processes; what
 * is made below it belongs to it. The first look at an unknown cgroup decides, in the kernel, so
 * there is no window before user space has heard of it.
 */
#ifndef PAHLEVAN_INSTANCE_H
#define PAHLEVAN_INSTANCE_H

#include "scratch.h"

#define CGROUP_DEPTH 24
#define CGROUP_NAME 256
#define SLOT_UNKNOWN 0 /* what found no slot: attributed late, by the record's cgroup id */

struct self {
	struct instance *instance;
	__u64 cgroup_id;
	__u32 slot;
};

static __always_inline struct cgroup *cgroup_of(struct task_struct *task)
{
	struct css_set *set = READ(task, cgroups);
	struct cgroup_subsys_state *css = NULL;

	if (settings.subsystem < 0)
		return READ(set, dfl_cgrp);
	bpf_probe_read_kernel(&css, sizeof(css),
			      (void *)set + bpf_core_field_offset(struct css_set, subsys) +
				      (settings.subsystem & 15) * sizeof(void *));
	return READ(css, cgroup);
}

static __always_inline __u64 id_of(struct cgroup *cgroup)
{
	struct kernfs_node *node = READ(cgroup, kn);

	return READ(node, id);
}

static __always_inline __u64 current_cgroup_id(void)
{
	if (!settings.hierarchy_id)
		return bpf_get_current_cgroup_id();
	return id_of(cgroup_of((void *)bpf_get_current_task()));
}

enum bpf_type_flag {
	MEM_RCU = 1,
};

/*
 * The same for tracing and LSM programs. Where the verifier knows pointers under RCU (6.2), four
 * plain loads are half of what the helper's call costs.
 */
static __always_inline __u64 typed_cgroup_id(void)
{
	if (settings.hierarchy_id)
		return current_cgroup_id();
#ifndef BOUNDED_LOOPS /* before 5.11 there is no typed current task */
	if (bpf_core_enum_value_exists(enum bpf_type_flag, MEM_RCU))
		return bpf_get_current_task_btf()->cgroups->dfl_cgrp->kn->id;
#endif
	return bpf_get_current_cgroup_id();
}

/* The same where the current task is at hand. */
static __always_inline __u64 cgroup_id_of_current(struct task_struct *task)
{
	if (!settings.hierarchy_id && bpf_core_enum_value_exists(enum bpf_type_flag, MEM_RCU))
		return task->cgroups->dfl_cgrp->kn->id;
	return typed_cgroup_id();
}

static __always_inline struct cgroup *parent_of(struct cgroup *cgroup)
{
	struct cgroup_subsys_state *css = READ(cgroup, self.parent);

	return css ? (void *)css - bpf_core_field_offset(struct cgroup, self) : NULL;
}

static __always_inline bool counts(struct cgroup *cgroup)
{
	struct cgroup_root *root = READ(cgroup, root);

	return READ(root, hierarchy_id) == settings.hierarchy_id;
}

/* Puts the name of s->cgroup before what is there, and goes up; 1 at the root. */
SCRATCH_STEP(prepend_cgroup)
{
	struct cgroup *parent = parent_of(s->cgroup);
	struct kernfs_node *node = READ(s->cgroup, kn);
	const char *name = READ(node, name);
	char *pad = (char *)s->walk + PATH_BYTES;
	__u32 at = s->at;
	long bytes;

	if (!parent)
		return 1;
	/* Its length is known only once it is read: read it behind the buffer first. */
	bytes = bpf_probe_read_kernel_str(pad, CGROUP_NAME, name);
	if (bytes <= 0 || bytes > CGROUP_NAME || (__u32)bytes > at) {
		s->record.flags |= FLAG_CUT;
		return 1;
	}
	at -= bytes - 1;
	bpf_probe_read_kernel(s->walk + (at & (PATH_BYTES - 1)), (bytes - 1) & (CGROUP_NAME - 1),
			      pad);
	at--;
	s->walk[at & (PATH_BYTES - 1)] = '/';
	s->at = at;
	s->cgroup = parent;
	return 0;
}

/* "/a/b/c" into the record. */
subprogram void append_cgroup(struct scratch *s, struct cgroup *cgroup)
{
	__u32 at, end;

	s->cgroup = cgroup;
	s->at = PATH_BYTES;
	REPEAT_IN(s, CGROUP_DEPTH, prepend_cgroup);
	at = s->at;
	if (at == PATH_BYTES)
		s->walk[--at] = '/';
	if (!text_room(s, &end))
		return;
	bpf_probe_read_kernel(s->text + end, (PATH_BYTES - at) & (PATH_BYTES - 1),
			      s->walk + (at & (PATH_BYTES - 1)));
	text_added(s, TEXT_OBJECT, (PATH_BYTES - at) & (PATH_BYTES - 1));
}

/* Before its first act is judged, and before user space hears of it, which may decide otherwise. */
static __always_inline void bind_by_path(struct scratch *s, struct instance *instance)
{
	__u32 *row;

	if (s->record.text_bytes[TEXT_OBJECT] > BOUND_PATH || s->record.flags & FLAG_CUT)
		return;
	row = bpf_map_lookup_elem(&bound_paths, s->text);
	if (row)
		instance->policy = *row;
}

subprogram void announce(struct cgroup *cgroup, __u64 cgroup_id, __u32 slot,
			 struct instance *instance, __u32 kind)
{
	struct counters *c = my_counters();
	struct scratch *s;
	__u32 index = 0, bytes;
	bool binds;

	if (!c || kind >= KIND_MAX)
		return;
	COUNT(c, generated, kind);
	s = take_scratch(&index);
	if (!s) {
		__sync_fetch_and_add(&c->dropped[kind][DROP_SCRATCH_BUSY], 1);
		return;
	}
	binds = settings.guard != GUARD_OFF && kind == KIND_INSTANCE_START;
	if (binds)
		__builtin_memset(s->text, 0, BOUND_PATH);
	append_cgroup(s, cgroup);
	if (binds)
		bind_by_path(s, instance);
	s->record.kind = kind;
	s->record.time_ns = bpf_ktime_get_boot_ns();
	s->record.cgroup_id = cgroup_id;
	s->record.instance = slot;
	s->record.instance_generation = instance->generation;
	s->record.flags |= FLAG_NO_PROCESS | (instance->from_start ? 0 : FLAG_ADOPTED);
	bytes = s->record.bytes;
	if (bytes > sizeof(s->record) + SCRATCH_TEXT)
		bytes = sizeof(s->record);
	if (bpf_ringbuf_output(&ring, &s->record, bytes, 0))
		__sync_fetch_and_add(&c->dropped[kind][DROP_RING_FULL], 1);
	else
		COUNT(c, delivered, kind);
	give_back(index);
}

static __always_inline __u32 new_slot(struct cgroup *cgroup, __u64 cgroup_id, bool from_start)
{
	struct cgroup_entry entry = {};
	struct instance *instance;
	long error = bpf_map_pop_elem(&free_instances, &entry.instance);

	if (error) {
		count_failure(PLACE_INSTANCE_SLOT, error);
		return SLOT_UNKNOWN;
	}
	instance = bpf_map_lookup_elem(&instances, &entry.instance);
	if (!instance)
		return SLOT_UNKNOWN;
	/*
	 * Before anybody finds it: who acts meanwhile, while this is preempted, acts in set-up too.
	 * User space hands a slot out zeroed but for its generation.
	 */
	instance->cgroup_id = cgroup_id;
	instance->started_ns = bpf_ktime_get_boot_ns();
	instance->from_start = from_start;
	instance->in_setup = from_start;
	error = bpf_map_update_elem(&cgroups, &cgroup_id, &entry, BPF_NOEXIST);
	if (error) {
		struct cgroup_entry *winner = bpf_map_lookup_elem(&cgroups, &cgroup_id);

		instance->cgroup_id = 0;
		instance->started_ns = 0;
		instance->from_start = 0;
		instance->in_setup = 0;
		bpf_map_push_elem(&free_instances, &entry.instance, 0);
		if (winner)
			return winner->instance;
		count_failure(PLACE_INSTANCE_INSERT, error);
		return SLOT_UNKNOWN;
	}
	announce(cgroup, cgroup_id, entry.instance, instance, KIND_INSTANCE_START);
	return entry.instance;
}

struct ascent {
	struct cgroup *above;
	struct cgroup_entry *found;
};

/* One cgroup up; 1 where that is the root, or tracked. */
STEP long ascend(__u32 turn, void *context)
{
	struct ascent *way = context;
	__u64 id;

	way->above = parent_of(way->above);
	if (!way->above)
		return 1;
	id = id_of(way->above);
	way->found = bpf_map_lookup_elem(&cgroups, &id);
	if (way->found && way->found->grouping)
		way->found = NULL;
	return way->found ? 1 : 0;
}

/* The slot of a cgroup: its own, its nearest tracked ancestor's, or a new one. */
subprogram __u32 settle(struct cgroup *cgroup, __u64 cgroup_id, bool from_start)
{
	struct cgroup_entry *entry = bpf_map_lookup_elem(&cgroups, &cgroup_id);
	struct ascent way = {.above = cgroup};

	if (entry)
		return entry->instance;
	REPEAT(CGROUP_DEPTH, ascend, &way);
	if (way.found) {
		struct cgroup_entry inherited = {.instance = way.found->instance};

		bpf_map_update_elem(&cgroups, &cgroup_id, &inherited, BPF_NOEXIST);
		return inherited.instance;
	}
	/* A process may act in it before it is told that it came in. */
	return new_slot(cgroup, cgroup_id,
			from_start || bpf_map_lookup_elem(&fresh_cgroups, &cgroup_id));
}

static __always_inline __u64 *recent_of(__u64 cgroup_id)
{
	__u32 row = this_cpu() * RECENT_PER_CPU + ((__u32)cgroup_id & (RECENT_PER_CPU - 1));

	return bpf_map_lookup_elem(&recent, &row);
}

/* Id, generation of the slot and slot in one word; an id that would lose bits is not remembered. */
#define RECENT(id, generation, slot) ((id) << 32 | ((generation)&0xffff) << 16 | (slot))
#define RECENT_ID_BITS 32

static __always_inline bool recently(struct self *self, __u64 *recent_entry)
{
	__u64 word = *recent_entry;

	if (word >> 32 != self->cgroup_id)
		return false;
	self->slot = word & 0xffff;
	self->instance = bpf_map_lookup_elem(&instances, &self->slot);
	/* A slot that somebody else has by now: sockets outlive their cgroup. */
	return self->instance && (self->instance->generation & 0xffff) == ((word >> 16) & 0xffff);
}

/* The instance of a cgroup that a living task is in. */
static __always_inline bool known_as(struct self *self, __u64 cgroup_id, struct cgroup *cgroup)
{
	__u64 *recent_entry = recent_of(cgroup_id);

	self->cgroup_id = cgroup_id;
	if (recent_entry && recently(self, recent_entry))
		return true;
	if (!cgroup)
		cgroup = cgroup_of((void *)bpf_get_current_task());
	self->slot = settle(cgroup, cgroup_id, false);
	self->instance = bpf_map_lookup_elem(&instances, &self->slot);
	if (!self->instance)
		return false;
	if (recent_entry && !(cgroup_id >> RECENT_ID_BITS) && self->slot != SLOT_UNKNOWN)
		*recent_entry =
			RECENT(cgroup_id, (__u64)self->instance->generation, (__u64)self->slot);
	return true;
}

/*
 * The instance of a socket's cgroup, which may be gone: nothing is made for it. An unknown one is
 * attributed later, by its id.
 */
static __always_inline bool known_by_id(struct self *self, __u64 cgroup_id)
{
	__u64 *recent_entry = recent_of(cgroup_id);
	struct cgroup_entry *entry;

	self->cgroup_id = cgroup_id;
	if (recent_entry && recently(self, recent_entry))
		return true;
	entry = bpf_map_lookup_elem(&cgroups, &cgroup_id);
	self->slot = entry ? entry->instance : SLOT_UNKNOWN;
	self->instance = bpf_map_lookup_elem(&instances, &self->slot);
	return self->instance != NULL;
}

/* Who acts now. False only if user space gave the map no slots. */
static __always_inline bool current_self(struct self *self)
{
	return known_as(self, current_cgroup_id(), NULL);
}

#endif

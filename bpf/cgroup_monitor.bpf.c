// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * The life of instances: a cgroup inherits when it is made, counts when it gets its first process.
 */
#include "program.h"
#include "setup.h"

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(on_cgroup_mkdir, struct cgroup *cgroup)
{
	struct cgroup_entry *above, inherited = {};
	struct cgroup *parent;
	__u64 id, made = id_of(cgroup);
	__u8 is_fresh = 1;

	if (!counts(cgroup))
		return 0;
	parent = parent_of(cgroup);
	if (!parent)
		return 0;
	bpf_map_update_elem(&fresh_cgroups, &made, &is_fresh, BPF_ANY);
	id = id_of(parent);
	above = bpf_map_lookup_elem(&cgroups, &id);
	if (!above || above->grouping)
		return 0;
	inherited.instance = above->instance;
	bpf_map_update_elem(&cgroups, &made, &inherited, BPF_NOEXIST);
	return 0;
}

SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(on_cgroup_attach, struct cgroup *cgroup, const char *path, struct task_struct *task)
{
	if (counts(cgroup))
		came_in(settle(cgroup, id_of(cgroup), true), task);
	return 0;
}

static const struct instance nobody;

/*
 * As user space gives one back, where it lives: in the same order. What the set remembers of it
 * stays there and is of another generation; nothing more is put in by then.
 */
static __always_inline void give_back_slot(struct instance *instance, __u32 slot)
{
	__u32 generation = instance->generation + 1;

	bpf_probe_read_kernel(instance, sizeof(*instance), &nobody);
	instance->generation = generation;
	bpf_map_push_elem(&free_instances, &slot, 0);
}

SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(on_cgroup_rmdir, struct cgroup *cgroup)
{
	struct instance *instance;
	struct cgroup_entry *entry;
	__u32 slot;
	__u64 id;

	if (!counts(cgroup))
		return 0;
	id = id_of(cgroup);
	entry = bpf_map_lookup_elem(&cgroups, &id);
	if (!entry)
		return 0;
	slot = entry->instance;
	bpf_map_delete_elem(&cgroups, &id);
	instance = bpf_map_lookup_elem(&instances, &slot);
	if (!instance || instance->cgroup_id != id)
		return 0; /* a nested cgroup: its instance lives on */
	instance->ended_ns = bpf_ktime_get_boot_ns();
	announce(cgroup, id, slot, instance, KIND_INSTANCE_END);
	if (control.unattended)
		give_back_slot(instance, slot);
	return 0;
}

PROGRAM_LICENSE;

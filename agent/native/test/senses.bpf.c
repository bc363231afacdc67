// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/* One small program or map for each thing that the addon does, for its tests. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

const volatile __u32 watched_pid;
const volatile __u8 answer_bytes[4] = {1, 2, 3, 4};

__u64 seen_syscalls;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, __u64);
} words SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} per_cpu SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 64);
	__uint(key_size, 8);
	__uint(value_size, 4);
} prefixes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 2);
	__type(value, __u32);
} queue SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 5);
	__uint(key_size, 4);
	__uint(value_size, 12);
} shared SEC(".maps");

struct table {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 4);
	__type(key, __u32);
	__array(values, struct table);
} tables SEC(".maps");

/* The value of key 7 in the table at 2. */
SEC("syscall")
int look_into_table(void *ctx)
{
	__u32 index = 2, key = 7;
	void *table = bpf_map_lookup_elem(&tables, &index);
	__u64 *value = table ? bpf_map_lookup_elem(table, &key) : 0;

	return value ? *value : -1;
}

SEC("tp_btf/sys_enter")
int count_syscalls(void *ctx)
{
	if (bpf_get_current_pid_tgid() >> 32 == watched_pid)
		__sync_fetch_and_add(&seen_syscalls, 1);
	return 0;
}

SEC("syscall")
int sum_constants(void *ctx)
{
	return watched_pid + answer_bytes[0] + answer_bytes[1] + answer_bytes[2] + answer_bytes[3];
}

SEC("cgroup/connect4")
int refuse_connect(void *ctx)
{
	return 0;
}

SEC("lsm.s/file_open")
int on_file_open(void *ctx)
{
	return 0;
}

struct seq_file;
struct bpf_iter_meta {
	struct seq_file *seq;
} __attribute__((preserve_access_index));
struct task_struct {
	int pid;
	int tgid;
} __attribute__((preserve_access_index));
struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} __attribute__((preserve_access_index));

SEC("iter/task")
int list_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	__u32 pid;

	if (!task || task->pid != task->tgid)
		return 0;
	pid = task->tgid;
	bpf_seq_write(ctx->meta->seq, &pid, sizeof(pid));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";

// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/* A program that no verifier takes: it reads through a pointer that may be null. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} numbers SEC(".maps");

SEC("raw_tp/sys_enter")
int reads_null(void *ctx)
{
	__u32 key = 0;
	__u64 *value = bpf_map_lookup_elem(&numbers, &key);

	return *value;
}

char LICENSE[] SEC("license") = "GPL";

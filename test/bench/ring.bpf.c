// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/* Writes numbered 64-byte records to a ring as fast as asked, for the ring benchmark. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct record {
	__u64 sequence;
	__u64 filler[7];
};
_Static_assert(sizeof(struct record) == 64, "the budget is for 64-byte records");

/* Eight bytes each: the kernel's inlined bpf_loop compares all 64 bits of the count. */
struct request {
	__u64 count;
	__u64 room_bytes; /* stop when this much waits to be read; 0: write on, and lose */
};

__u64 written;
__u64 lost;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

static long emit_one(__u32 index, struct request *request)
{
	struct record *record;

	if (request->room_bytes &&
	    bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) >= request->room_bytes)
		return 1;
	record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);
	if (!record) {
		lost++;
		return 0;
	}
	record->sequence = written++;
	bpf_ringbuf_submit(record, 0);
	return 0;
}

SEC("syscall")
int emit(struct request *request)
{
	struct request copy = *request;

	bpf_loop(copy.count, emit_one, &copy, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";

// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/* Writes numbered records to a ring on demand: in a burst, with some discarded, or very slowly. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct record {
	__u64 sequence;
	__u64 filler[7];
};

/* Eight bytes each: the kernel's inlined bpf_loop compares all 64 bits of the count, and clang
 * passes the upper half of a __u32 as it happened to be loaded.
 */
struct request {
	__u64 count;
	__u64 discard_every; /* 0: none */
	__u64 hold_ns;       /* how long each record stays unfinished */
};

/* Numbers go to what was written; a discarded or lost record takes none. */
__u64 next_sequence;
__u64 lost;
__u64 begun;
__u64 acknowledged; /* written by the reader, for a writer that waits for it */

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

static long hold_until(__u32 index, __u64 *deadline)
{
	return bpf_ktime_get_ns() >= *deadline;
}

static long emit_one(__u32 index, struct request *request)
{
	struct record *record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);

	if (!record) {
		lost++;
		return 0;
	}
	begun++;
	if (request->hold_ns) {
		__u64 deadline = bpf_ktime_get_ns() + request->hold_ns;

		bpf_loop(1 << 23, hold_until, &deadline, 0);
	}
	if (request->discard_every && index % request->discard_every == 0) {
		bpf_ringbuf_discard(record, 0);
		return 0;
	}
	record->sequence = next_sequence++;
	record->filler[6] = ~record->sequence;
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

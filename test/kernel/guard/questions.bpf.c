// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/* Asks the guard's own judge what user space wants to know: many questions at one run. */
#include "program.h"
#include "endpoint.h"

#define QUESTIONS 4096
#define QUESTION_PATH 256
#define QUESTION_NAMES 32

struct question_asked {
	__u32 facet;
	__u32 uses;
	__u32 phase;
	__u32 flags; /* of the walk */
	__u32 names;
	__u32 bytes; /* of the path */
	struct endpoint endpoint;
	__u32 action; /* the answer */
	__u32 at_fault;
	__u16 parts[QUESTION_NAMES]; /* as the walk leaves them */
	__u8 path[QUESTION_PATH];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, QUESTIONS);
	__type(key, __u32);
	__type(value, struct question_asked);
} questions SEC(".maps");

/* For the layout that user space reads. */
struct question_asked layout_of_question_asked = {};

__u32 asked = 0;
__u32 row = 0;

static long answer(__u32 turn, void *context)
{
	struct scratch *s = ((struct lookup *)context)->scratch;
	struct self self = {.slot = 2};
	struct question_asked *q;
	__u32 bytes, names;

	q = bpf_map_lookup_elem(&questions, &turn);
	self.instance = bpf_map_lookup_elem(&instances, &self.slot);
	if (!q || !self.instance || turn >= asked)
		return 1;
	self.instance->policy = row;
	self.instance->phase = q->phase;
	s->record.action = ACTION_ALLOW;
	s->record.judged_uses = 0;
	if (q->facet == FACET_NETWORK) {
		struct endpoint e = q->endpoint;

		q->action = judge_reach(s, &self, &e, q->uses);
	} else {
		bytes = MASKED(q->bytes, QUESTION_PATH - 1);
		names = MASKED(q->names, QUESTION_NAMES - 1);
		bpf_probe_read_kernel(s->parts, sizeof(q->parts), q->parts);
		bpf_probe_read_kernel(s->walk + PATH_BYTES - bytes, bytes, q->path);
		s->at = PATH_BYTES - bytes;
		s->names = names;
		s->flags = q->flags;
		q->action = judge_path(s, &self, q->facet, q->uses);
	}
	q->at_fault = s->record.judged_uses;
	return 0;
}

SEC("raw_tp/sys_enter")
int ask_all(void *context)
{
	struct lookup lookup = {};
	__u32 zero = 0;

	lookup.scratch = bpf_map_lookup_elem(&scratches, &zero);
	if (!lookup.scratch)
		return 1;
	return bpf_loop(QUESTIONS, answer, &lookup, 0) > 0 ? 0 : 1;
}

PROGRAM_LICENSE;

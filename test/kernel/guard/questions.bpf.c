// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/* Asks the guard's own judge what user space wants to know: many questions at one run. */
#include "program.h"
#include "endpoint.h"
#include "passed.h"
#include "process.h"
#include "walk.h"

#define QUESTIONS 4096
#define QUESTION_PATH 256
#define QUESTION_NAMES 32

/* A path as a walk leaves it. */
struct walked {
	__u32 names;
	__u32 bytes;
	__u16 parts[QUESTION_NAMES];
	__u8 path[QUESTION_PATH];
};

struct question {
	__u32 facet;
	__u32 uses;
	__u32 phase;
	__u32 flags; /* of the walk */
	struct endpoint endpoint;
	__u32 action; /* the answer */
	__u32 at_fault;
	__u32 is_script; /* the path is that of its interpreter */
	__u32 is_passed; /* the path is a text, as a caller passes it */
	struct walked path;
	struct walked script;
	struct endpoint came_to; /* accept: the endpoint is the peer's */
};
#define AT(field) __builtin_offsetof(struct question, field)
_Static_assert(AT(endpoint) == 16 && AT(action) == 40 && AT(is_script) == 48 && AT(path) == 56 &&
		       sizeof(struct walked) == 328 && AT(came_to) == 712 &&
		       sizeof(struct question) == 736,
	       "as agrees.test.ts writes them");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, QUESTIONS);
	__type(key, __u32);
	__type(value, struct question);
} questions SEC(".maps");

struct round {
	__u32 asked; /* how many */
	__u32 row;   /* of the policy that is to judge */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct round);
} rounds SEC(".maps");

static __always_inline void put(struct scratch *s, struct question *q, struct walked *w)
{
	__u32 bytes = MASKED(w->bytes, QUESTION_PATH - 1);

	bpf_probe_read_kernel(s->parts, sizeof(w->parts), w->parts);
	/* Behind a path's buffer there is room for a name more. */
	bpf_probe_read_kernel(s->walk + MASKED(PATH_BYTES - bytes, PATH_BYTES - 1), QUESTION_PATH,
			      w->path);
	s->at = PATH_BYTES - bytes;
	s->names = MASKED(w->names, QUESTION_NAMES - 1);
	s->flags = q->flags;
}

static __always_inline void put_text(struct scratch *s, struct walked *w)
{
	__u32 bytes = MASKED(w->bytes, QUESTION_PATH - 1);

	bpf_probe_read_kernel(s->text, QUESTION_PATH, w->path);
	s->record.flags = 0;
	s->record.bytes = sizeof(s->record);
	text_added(s, TEXT_OBJECT, bytes);
}

static long answer(__u32 turn, void *context)
{
	struct scratch *s = ((struct lookup *)context)->scratch;
	struct self self = {.slot = 2};
	__u32 zero = 0, pass = 0;
	struct round *round = bpf_map_lookup_elem(&rounds, &zero);
	struct question *q;

	q = bpf_map_lookup_elem(&questions, &turn);
	self.instance = bpf_map_lookup_elem(&instances, &self.slot);
	if (!q || !round || !self.instance || turn >= round->asked)
		return 1;
	self.instance->policy = round->row;
	self.instance->phase = q->phase;
	s->record.action = ACTION_ALLOW;
	s->record.judged_uses = 0;
	if (q->facet == FACET_NETWORK) {
		struct endpoint e = q->endpoint;

		s->came_to = q->came_to;
		q->action = judge_reach(s, &self, &e, q->uses);
	} else if (q->facet == FACET_EXEC) {
		if (q->is_script) {
			put(s, q, &q->script);
			judge_program(s, &self, PASS_SCRIPT);
			pass = PASS_LATER;
		}
		put(s, q, &q->path);
		q->action = judge_program(s, &self, pass);
	} else if (q->is_passed) {
		put_text(s, &q->path);
		judge_passed(s, &self, TEXT_OBJECT, q->uses);
		q->action = s->record.action;
	} else {
		put(s, q, &q->path);
		q->action = judge_path(s, &self, q->facet, q->uses);
	}
	q->at_fault = s->record.judged_uses;
	return 0;
}

SEC("raw_tp/sys_enter")
int ask_all(void *context)
{
	__u32 zero = 0;
	struct scratch *s = bpf_map_lookup_elem(&scratches, &zero);
	struct lookup lookup = {.scratch = s};

	if (!s)
		return 1;
	lookup.scratch = s;
	return bpf_loop(QUESTIONS, answer, &lookup, 0) > 0 ? 0 : 1;
}

PROGRAM_LICENSE;

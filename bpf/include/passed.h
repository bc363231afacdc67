/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * A path as the caller passed it, which is all that the end of a system call knows of it, taken
 * apart as the judge takes paths. Empty names and "." are nothing. Where ".." leads only the file
 * system knows: such a path is unclear. That a name is a symlink is not to be seen.
 */
#ifndef PAHLEVAN_PASSED_H
#define PAHLEVAN_PASSED_H

#include "fact.h"

#ifndef BOUNDED_LOOPS /* before 5.17 no path is judged */

struct passed {
	struct scratch *scratch;
	__u64 end; /* of the text; it is taken from there on backwards */
	__u64 bytes;
};

/* A slash was written at s->at: what stands behind it is a name, or is taken back. */
static __always_inline bool name_begins(struct scratch *s)
{
	__u32 at = s->at, names = s->names;
	__u32 end = names ? s->parts[MASKED(names - 1, WALK_PARTS - 1)] : PATH_BYTES;
	__u32 letters = end - at - 1;
	bool is_dotted = s->walk[MASKED(at + 1, PATH_BYTES - 1)] == '.';

	if (!letters || (letters == 1 && is_dotted)) {
		s->at = end;
		return true;
	}
	if (letters == 2 && is_dotted && s->walk[MASKED(at + 2, PATH_BYTES - 1)] == '.')
		s->flags |= FLAG_UNRESOLVED;
	if (names >= WALK_PARTS) {
		s->flags |= FLAG_CUT;
		return false;
	}
	s->parts[MASKED(names, WALK_PARTS - 1)] = at;
	s->names = names + 1;
	return true;
}

STEP long next_letter(__u32 turn, void *context)
{
	struct passed *passed = context;
	struct scratch *s = passed->scratch;
	__u64 from = passed->end - 1 - turn;
	__u32 at = s->at;
	__u8 letter;

	if (turn >= passed->bytes || from >= SCRATCH_TEXT)
		return 1;
	if (!at) {
		s->flags |= FLAG_CUT;
		return 1;
	}
	letter = s->text[from];
	at--;
	s->walk[MASKED(at, PATH_BYTES - 1)] = letter;
	s->at = at;
	return letter == '/' && !name_begins(s) ? 1 : 0;
}

/* The text that was appended last, into what a walk leaves behind. */
subprogram void take_apart(struct scratch *s, enum text which)
{
	struct passed passed = {.scratch = s, .end = text_end(s)};

	if ((__u32)which >= TEXT_MAX)
		return;
	passed.bytes = s->record.text_bytes[which];
	s->at = PATH_BYTES;
	s->names = 0;
	s->flags = s->record.flags & (FLAG_CUT | FLAG_UNRESOLVED);
	bpf_loop(2 * PATH_BYTES, next_letter, &passed, 0);
	if (s->at == PATH_BYTES) {
		s->at = PATH_BYTES - 1;
		s->walk[PATH_BYTES - 1] = '/';
	}
	if (s->walk[MASKED(s->at, PATH_BYTES - 1)] != '/')
		s->flags |= FLAG_UNRESOLVED;
}

/* The same. */
static __always_inline void judge_passed(struct scratch *s, struct self *self, enum text which,
					 __u32 uses)
{
	if (!policy_for(self, FACET_FILE))
		return;
	take_apart(s, which);
	judge_path(s, self, FACET_FILE, uses);
}

#else

static __always_inline void judge_passed(struct scratch *s, struct self *self, enum text which,
					 __u32 uses)
{
}

#endif

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * SipHash-2-4 with 128-bit output (Aumasson and Bernstein), keyed with this boot's secret: who
 * chooses a path or a name cannot choose its id.
 */
#ifndef PAHLEVAN_SIPHASH_H
#define PAHLEVAN_SIPHASH_H

#include "count.h"

#define ROTATE(x, b) (((x) << (b)) | ((x) >> (64 - (b))))

static __always_inline void sip_round(struct sip *s)
{
	s->v0 += s->v1;
	s->v1 = ROTATE(s->v1, 13) ^ s->v0;
	s->v0 = ROTATE(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = ROTATE(s->v3, 16) ^ s->v2;
	s->v0 += s->v3;
	s->v3 = ROTATE(s->v3, 21) ^ s->v0;
	s->v2 += s->v1;
	s->v1 = ROTATE(s->v1, 17) ^ s->v2;
	s->v2 = ROTATE(s->v2, 32);
}

static __always_inline void sip_start(struct sip *s)
{
	s->v0 = settings.secret[0] ^ 0x736f6d6570736575ULL;
	s->v1 = settings.secret[1] ^ 0x646f72616e646f6dULL ^ 0xee;
	s->v2 = settings.secret[0] ^ 0x6c7967656e657261ULL;
	s->v3 = settings.secret[1] ^ 0x7465646279746573ULL;
}

static __always_inline void sip_word(struct sip *s, __u64 word)
{
	s->v3 ^= word;
	sip_round(s);
	sip_round(s);
	s->v0 ^= word;
}

static __always_inline void sip_end(struct sip *s, __u64 id[2])
{
	s->v2 ^= 0xee;
	sip_round(s);
	sip_round(s);
	sip_round(s);
	sip_round(s);
	id[0] = s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
	s->v1 ^= 0xdd;
	sip_round(s);
	sip_round(s);
	sip_round(s);
	sip_round(s);
	id[1] = s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

/* What is longer is marked as cut: it has no id, and is never taken for seen. */
#define HASHED_BYTES (2 * PATH_BYTES)

SCRATCH_STEP(sip_next_word)
{
	__u32 at = turn * 8, left = s->hashed_bytes - at;
	__u64 word;

	if (at >= s->hashed_bytes)
		return 1;
	word = *(__u64 *)(s->text + MASKED(at, HASHED_BYTES - 1));
	if (left < 8)
		word &= (1ULL << (left * 8)) - 1;
	sip_word(&s->hashed, word);
	return 0;
}

/* Id of the first `bytes` of a scratch's text and of one more word. */
subprogram void sip_text(struct scratch *s, __u32 bytes, __u64 extra, __u64 *id)
{
	sip_start(&s->hashed);
	sip_word(&s->hashed, extra);
	sip_word(&s->hashed, bytes);
	s->hashed_bytes = bytes;
	if (bytes > HASHED_BYTES)
		s->record.flags |= FLAG_CUT;
	REPEAT_IN(s, HASHED_BYTES / 8, sip_next_word);
	sip_end(&s->hashed, id);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * A user namespace is made, by whatever call (clone makes them, too): the only one that takes no
 * capability, and all of them are had in it. The same fact below hooks that refuse and that do not.
 */
#ifndef PAHLEVAN_NAMESPACE_H
#define PAHLEVAN_NAMESPACE_H

#include "fact.h"

static __always_inline int user_namespace_made(void)
{
	enum action action;
	struct counters *c;
	struct scratch *s;
	struct self self;
	__u32 index = 0;
	struct sip sip;
	__u64 id[2];

	c = begin(&self, KIND_NAMESPACE);
	if (!c)
		return 0;
	s = prepare(&self, c, KIND_NAMESPACE, &index);
	if (!s)
		return answer_of(judge_blindly(&self, FACET_NAMESPACE));
	s->record.operation = OPERATION_USERNS_CREATE;
	judge_number(&s->record, &self, FACET_NAMESPACE, OPERATION_USERNS_CREATE);
	action = s->record.action; /* as in tell_endpoint */
	sip_start(&sip);
	sip_word(&sip, OPERATION_USERNS_CREATE);
	sip_end(&sip, id);
	conclude(s, index, &self, id, (void *)bpf_get_current_task());
	return answer_of(action);
}

#endif

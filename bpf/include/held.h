/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Acts that are no facts by themselves: asked about only of who is held, and told of if denied. */
#ifndef PAHLEVAN_HELD_H
#define PAHLEVAN_HELD_H

#include "fact.h"

/* The instance, where it is held to a policy of that facet. */
static __always_inline struct counters *held(struct self *self, __u32 facet)
{
	if (!current_self(self) || !policy_for(self, facet))
		return NULL;
	return my_counters();
}

static __always_inline int decided(struct scratch *s, __u32 index, struct self *self,
				   struct counters *c, __u32 kind, enum action action)
{
	if (action != ACTION_ALLOW)
		tell_denied(s, self, c, kind);
	give_back(index);
	return answer_of(action);
}

#endif

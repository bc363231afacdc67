/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * A capability that the kernel has granted: the same fact below hooks that refuse and that do not.
 */
#ifndef PAHLEVAN_CAPABILITY_H
#define PAHLEVAN_CAPABILITY_H

#include "fact.h"

#define CAP_OPT_NOAUDIT 2 /* a question that asks "would it?" is no use of it */

/*
 * An overlay reads its layers with the credentials of who mounted it: no use of one's own.
 */
static __always_inline bool is_own(struct cred *cred)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return (void *)cred == (void *)READ(task, real_cred);
}

static __always_inline int capability_used(struct self *self, int capability, enum outcome outcome)
{
	__u32 row = (__u32)capability & (CAPABILITIES - 1);

	return answer_of(use_few(self, FACET_CAPABILITY, row, FLAG_GRANTED << 8 | KIND_CAPABILITY,
				 outcome, &self->instance->capabilities[row]));
}

#endif

// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * The guard's own maps, programs and links, when somebody asks for them: by number, or by a pin.
 * LSM hooks, or fmod_ret on the same functions; all but one are below bpf() alone. What is done to
 * pins as files is in tree_change(), what to the agent in traced().
 */
#include "program.h"
#include "shield.h"
#include "compat.h"
#include <asm/unistd.h>

/* enum bpf_cmd */
#define OBJECT_GET 7
#define PROGRAM_BY_ID 13
#define MAP_BY_ID 14
#define LINK_BY_ID 30

/* `own`: what it is; else `path` is what the caller passed. */
static __always_inline int attempted(struct own_object *own, const char *path, __u32 command)
{
	enum action action;
	struct counters *c;
	struct scratch *s;
	struct self self;
	__u32 index = 0;

	if (!current_self(&self))
		return 0;
	action = action_on_own(&self);
	if (action == ACTION_ALLOW || (!own && action != ACTION_DENY))
		return 0;
	c = my_counters();
	s = c ? take_scratch(&index) : NULL;
	if (!s) {
		__sync_fetch_and_add(&self.instance->decisions_untold, 1);
		return answer_of(action);
	}
	s->record.kind = KIND_BPF;
	s->record.number = command;
	action = shielded(&s->record, &self);
	if (own) {
		append_string(s, TEXT_OBJECT, own->name, true);
	} else {
		s->record.flags |= FLAG_USER_TEXT;
		append_string(s, TEXT_OBJECT, path, false);
	}
	tell_denied(s, &self, c, KIND_BPF);
	give_back(index);
	return answer_of(action);
}

/* Handed out by number or by a pin; and made, when it is nobody's yet. */
SEC("lsm/bpf_map")
int BPF_PROG(on_own_map, struct bpf_map *map)
{
	struct own_object *own = own_of(OWN_MAP, READ(map, id));

	return own ? attempted(own, NULL, MAP_BY_ID) : 0;
}

SEC("lsm/bpf_prog")
int BPF_PROG(on_own_program, struct bpf_prog *prog)
{
	struct bpf_prog_aux *aux = READ(prog, aux);
	struct own_object *own = own_of(OWN_PROGRAM, READ(aux, id));

	return own ? attempted(own, NULL, PROGRAM_BY_ID) : 0;
}

/* Of a link nobody asks when it is handed out: here its number is still what was asked for. */
SEC("lsm/bpf")
int BPF_PROG(on_own_link, int command, const void *attributes)
{
	__u32 id = 0;
	struct own_object *own;

	if (command != LINK_BY_ID)
		return 0;
	bpf_probe_read_kernel(&id, sizeof(id), attributes);
	own = own_of(OWN_LINK, id);
	return own ? attempted(own, NULL, LINK_BY_ID) : 0;
}

#define CAP_DAC_OVERRIDE 1
#define X86_COMPAT_BPF 357
#define ARM_COMPAT_BPF 386

/* Where the current system call is bpf(BPF_OBJ_GET, …), the address of what it asks for. */
static __always_inline __u64 asked_object(void)
{
	struct pt_regs *regs = (void *)bpf_task_pt_regs(bpf_get_current_task_btf());
#ifdef __TARGET_ARCH_arm64
	__u64 command = READ(regs, orig_x0), attributes = READ(regs, regs[1]);
	__u32 number = READ(regs, syscallno), compat = ARM_COMPAT_BPF;
#else
	__u64 command = READ(regs, di), attributes = READ(regs, si);
	__u32 number = READ(regs, orig_ax), compat = X86_COMPAT_BPF;
#endif

	if (is_compat_task()) {
		if (number != compat)
			return 0;
#ifndef __TARGET_ARCH_arm64
		command = READ(regs, bx);
		attributes = READ(regs, cx);
#endif
	} else if ((number & ~X32_BIT) != __NR_bpf) {
		return 0;
	}
	return (__u32)command == OBJECT_GET ? attributes : 0;
}

/*
 * Pins are files that nobody may read: to open one takes a capability, of whoever does. That is the
 * only question that the kernel asks before it hands out a link by its pin. (Other pins that are
 * closed to who asks are refused along with them.)
 */
SEC("lsm/capable")
int BPF_PROG(on_pin_opened, struct cred *cred, void *ns, int capability)
{
	__u64 attributes, path = 0;

	if (capability != CAP_DAC_OVERRIDE)
		return 0;
	attributes = asked_object();
	if (!attributes)
		return 0;
	bpf_probe_read_user(&path, sizeof(path), (void *)attributes);
	return attempted(NULL, (void *)path, OBJECT_GET);
}

/*
 * Maps are made before anybody can be kept from them: the names of those that somebody else has by
 * now. The agent itself has each once, and what programs hold does not count.
 */
SEC("iter/bpf_map")
int find_taken(struct bpf_iter__bpf_map *ctx)
{
	struct bpf_map *map = ctx->map;
	struct own_object *own = map ? own_of(OWN_MAP, READ(map, id)) : NULL;

	if (own && READ(map, usercnt.counter) > 1)
		bpf_seq_write(ctx->meta->seq, own->name, sizeof(own->name));
	return 0;
}

PROGRAM_LICENSE;

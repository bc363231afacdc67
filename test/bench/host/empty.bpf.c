// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// Programs that do nothing, to be put where Pahlevan's are: what a hook costs by itself.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define EMPTY(name, section, answer)                                                               \
	SEC(section)                                                                               \
	int name(void *ctx)                                                                        \
	{                                                                                          \
		return answer;                                                                     \
	}

/* Retargeted to where they are wanted. */
EMPTY(tp_btf, "tp_btf/sys_enter", 0)
EMPTY(lsm, "lsm/file_open", 0)
EMPTY(fentry, "fentry/security_file_open", 0)
EMPTY(fexit, "fexit/security_file_open", 0)

/* These are of one target each; 1 lets it pass. */
EMPTY(connect4, "cgroup/connect4", 1)
EMPTY(connect6, "cgroup/connect6", 1)
EMPTY(bind4, "cgroup/bind4", 1)
EMPTY(bind6, "cgroup/bind6", 1)
EMPTY(sendmsg4, "cgroup/sendmsg4", 1)
EMPTY(sendmsg6, "cgroup/sendmsg6", 1)
EMPTY(egress, "cgroup_skb/egress", 1)

char LICENSE[] SEC("license") = "Dual BSD/GPL";

// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * Does the kernel take programs for traffic control? Loaded to ask, never attached; needs no maps.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("tc")
int on_packet(struct __sk_buff *skb)
{
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* What every program includes, in the order that libbpf's headers need. */
#ifndef PAHLEVAN_PROGRAM_H
#define PAHLEVAN_PROGRAM_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_tracing.h>

#include "fact.h"

#define PROGRAM_LICENSE char LICENSE[] SEC("license") = "Dual BSD/GPL"

#endif

// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * No program: makes every type that user space reads part of the linked object's BTF, from which
 * layout.ts writes the TypeScript view. An enum whose constants alone are used would be missing.
 */
#include "program.h"

/* A #define leaves no trace in BTF; an enumerator does. */
enum limit {
	LIMIT_PATH_BYTES = PATH_BYTES,
	LIMIT_ARGS_BYTES = ARGS_BYTES,
	LIMIT_COMM_BYTES = COMM_BYTES,
	LIMIT_SYSCALLS = SYSCALLS,
	LIMIT_CAPABILITIES = CAPABILITIES,
	LIMIT_RING_OPS = RING_OPS,
	LIMIT_TEXT_BYTES = SCRATCH_TEXT,
	LIMIT_DECISIONS_PER_CPU = DECISIONS_PER_CPU,
	LIMIT_FOLDERS_PER_CPU = FOLDERS_PER_CPU,
	LIMIT_GENERATION_SHIFT = GENERATION_SHIFT,
	LIMIT_HIT_CPUS = HIT_CPUS,
	LIMIT_HITS_PER_CPU = HITS_PER_CPU,
	LIMIT_RECENT_PER_CPU = RECENT_PER_CPU,
	LIMIT_CALLS_PER_CPU = CALLS_PER_CPU,
	LIMIT_BOUND_PATH = BOUND_PATH,
	LIMIT_SLOT_UNKNOWN = SLOT_UNKNOWN,
	LIMIT_SETUP_CHAPTER = SETUP_CHAPTER,
	LIMIT_SHAPES = SHAPES,
	LIMIT_SHAPE_WILDCARDS = SHAPE_WILDCARDS,
	LIMIT_RANGES = RANGES,
	LIMIT_GUARDED_CELLS = GUARDED_CELLS,
};

struct contract {
	enum kind kind;
	enum drop drop;
	enum flag flag;
	enum access access;
	enum operation operation;
	enum text text;
	enum place place;
	enum limit limit;
	enum guard guard;
	enum facet facet;
	enum mode mode;
	enum unlisted unlisted;
	enum action action;
	enum use use;
	enum reach reach;
	enum phase phase;
	enum paths paths;
	enum range_list range_list;
	enum rule_kind rule_kind;
	enum own own;
	enum origin origin;
	struct own_key own_key;
	struct own_object own_object;
	struct policy policy;
	struct guarded *guarded;
	struct rule_key rule_key;
	struct rule rule;
	struct record *record;
	struct instance *instance;
	struct counters *counters;
	struct seen_key *seen_key;
	struct seen_value *seen_value;
	struct cgroup_entry *cgroup_entry;
	struct failure_key *failure_key;
	struct control *control;
	struct settings *settings;
};

const volatile struct contract contract = {};

PROGRAM_LICENSE;

// Into other processes, into the kernel, out of the namespaces.
#include <linux/bpf.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include "attack.h"

// PID, as the container counts.
static int do_attach(char **word)
{
	pid_t target = atoi(word[0]);

	// Not PTRACE_ATTACH: the workload is not to stop where this succeeds.
	if (ptrace(PTRACE_SEIZE, target, 0, 0))
		return -1;
	ptrace(PTRACE_DETACH, target, 0, 0);
	return DONE;
}

static int do_read_memory(char **word)
{
	char byte;
	struct iovec here = {&byte, 1}, there = {(void *)0x1000, 1};

	// Nothing is there: a process that may look is told so.
	if (process_vm_readv(atoi(word[0]), &here, 1, &there, 1, 0) < 0 && errno != EFAULT)
		return -1;
	return DONE;
}

static int do_mount(char **word)
{
	if (mount("nothing", word[0], "tmpfs", 0, NULL))
		return -1;
	umount(word[0]);
	return DONE;
}

static int do_unshare(char **word)
{
	(void)word;
	return unshare(CLONE_NEWNS) ? -1 : DONE;
}

static int do_unshare_user(char **word)
{
	(void)word;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
		return -1;
	return mount("nothing", "/srv", "tmpfs", 0, NULL) ? -1 : DONE;
}

// PID: into the namespaces of another, as nsenter does it.
static int do_enter(char **word)
{
	char path[64];
	int space;

	snprintf(path, sizeof(path), "/proc/%s/ns/mnt", word[0]);
	space = open(path, O_RDONLY | O_CLOEXEC);
	if (space < 0)
		return -1;
	return setns(space, CLONE_NEWNS) ? -1 : DONE;
}

static int do_bpf(char **word)
{
	union bpf_attr attributes = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 1};

	(void)word;
	return syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof(attributes)) < 0 ? -1 : DONE;
}

const struct deed kernel_deeds[] = {
	{"attach", do_attach},
	{"read-memory", do_read_memory},
	{"mount", do_mount},
	{"unshare", do_unshare},
	{"unshare-user", do_unshare_user},
	{"enter", do_enter},
	{"bpf", do_bpf},
	{0},
};

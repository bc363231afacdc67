// Steps that few programs take: looking into other processes, bpf(), loading a module.
#include <linux/bpf.h>
#include <sched.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include "act.h"

// A child that waits, to be looked into; it ends with this process' help.
static pid_t victim(void)
{
	pid_t child = fork();

	must(child, "fork");
	if (child == 0)
		for (;;)
			pause();
	return child;
}

static void end_of(pid_t child)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

// A debugger of another program than its own.
static void do_attach(char **word)
{
	char *const arguments[] = {word[0], "100", NULL};
	int ready[2];
	char none;
	pid_t child;

	must(pipe2(ready, O_CLOEXEC), "pipe");
	child = fork();
	must(child, "fork");
	if (child == 0) {
		execv(word[0], arguments);
		err(127, "%s", word[0]);
	}
	close(ready[1]);
	must(read(ready[0], &none, 1), "pipe"); // its exec has closed the other end
	must(ptrace(PTRACE_ATTACH, child, 0, 0), "PTRACE_ATTACH");
	end_of(child);
}

static void do_traceme(char **word)
{
	pid_t child = fork();

	(void)word;
	if (child == 0)
		_exit(ptrace(PTRACE_TRACEME, 0, 0, 0) ? 1 : 0);
	wait_for(child);
}

static void do_read_memory(char **word)
{
	static char secret[] = "secret", copy[sizeof(secret)];
	struct iovec here = {copy, sizeof(copy)}, there = {secret, sizeof(secret)};
	pid_t child = victim();

	(void)word;
	must(process_vm_readv(child, &here, 1, &there, 1, 0), "process_vm_readv");
	end_of(child);
}

static void do_bpf_map(char **word)
{
	union bpf_attr attributes = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 1};

	(void)word;
	must(syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof(attributes)), "BPF_MAP_CREATE");
}

// By clone, which is no call that one would watch for it; the child has it to itself.
static void do_user_namespace(char **word)
{
	pid_t child = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);

	(void)word;
	must(child, "clone");
	if (child == 0)
		_exit(0);
	wait_for(child);
}

static void do_load_module(char **word)
{
	int file = open(word[0], O_RDONLY | O_CLOEXEC);

	must(file, word[0]);
	must(syscall(SYS_finit_module, file, "", 0), "finit_module");
}

const struct step privileged_steps[] = {
	{"attach", 1, do_attach},
	{"traceme", 0, do_traceme},
	{"read-memory", 0, do_read_memory},
	{"bpf-map", 0, do_bpf_map},
	{"load-module", 1, do_load_module},
	{"user-namespace", 0, do_user_namespace},
	{0},
};

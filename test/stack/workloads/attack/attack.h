// Deeds of somebody who runs his own code in a container, without an exec to bring it in.
#ifndef ATTACK_H
#define ATTACK_H

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// How a deed ends that was done: nothing else ends so.
#define DONE 42

struct deed {
	const char *name;
	// Returns DONE, or -1 with errno where it was refused.
	int (*run)(char **word);
};

extern const struct deed program_deeds[], file_deeds[], network_deeds[], kernel_deeds[];

// This very program, opened before the container was entered.
extern int own_program;

// In a process of its own; the same outcome.
int run_program(const char *path, char *const words[]);
int copy_to(int into);
bool can_read(const char *path);

#endif

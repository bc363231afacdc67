// A program made of steps, each of them one deed that the kernel's senses should tell of.
#ifndef ACT_H
#define ACT_H

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

// `words` are its arguments; -1: all that follow, to the end of the line.
struct step {
	const char *name;
	int words;
	void (*run)(char **word);
};

extern const struct step process_steps[], file_steps[], mount_steps[], network_steps[],
	privileged_steps[], ring_steps[];

// The descriptor that the newest `open` left.
extern int opened;

void must(long result, const char *what);
// Ends with the child's own exit code.
void wait_for(int child);
void drop_capability(int capability);
int socket_address(const char *address, const char *port, void *into);

#endif

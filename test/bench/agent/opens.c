// Opens files at a steady rate, in steps of 10 ms: opens DIRECTORY PER_SECOND SECONDS [same].
//
// Each open is of a new name, which nobody has seen before, or all are of the same one. Prints how
// many it made.
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define STEPS 100 // a second
#define STEP_NS (1000000000 / STEPS)

static void next_step(struct timespec *due)
{
	due->tv_nsec += STEP_NS;
	if (due->tv_nsec >= 1000000000) {
		due->tv_nsec -= 1000000000;
		due->tv_sec++;
	}
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, due, NULL);
}

int main(int count, char **arguments)
{
	struct timespec due;
	char name[32];
	long made = 0;
	if (count < 4 || chdir(arguments[1]) < 0)
		errx(2, "usage: opens DIRECTORY PER_SECOND SECONDS [same]");
	long per_step = atol(arguments[2]) / STEPS, steps = atol(arguments[3]) * STEPS;
	clock_gettime(CLOCK_MONOTONIC, &due);
	for (long step = 0; step < steps; step++) {
		for (long n = 0; n < per_step; n++, made++) {
			snprintf(name, sizeof(name), "%ld", count > 4 ? 0 : made);
			int fd = open(name, O_CREAT | O_RDONLY | O_CLOEXEC, 0600);
			if (fd < 0)
				err(1, "%s", name);
			close(fd);
		}
		next_step(&due);
	}
	printf("%ld\n", made);
	return 0;
}

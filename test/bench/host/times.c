// How long each operation takes, in nanoseconds: once for every line that it reads, so that one
// process in one cgroup is measured in turn under all that may watch it.
//
// It stays on one processor: where a child starts would else decide what fork and execve take.
// Prints "NAME\tNANOSECONDS" for each operation, the median of its samples, and then "done".
// Arguments: an empty directory on tmpfs, and a static program that does nothing.
#include "../samples.h"
#include <sched.h>
#include <sys/sysinfo.h>
#include <time.h>

/* Of the samples that counting instructions takes: enough for a median, and a turn stays short. */
#define SHARE 4

static uint64_t now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ull + time.tv_nsec;
}

static void stay(void)
{
	cpu_set_t one;
	CPU_ZERO(&one);
	CPU_SET(get_nprocs() - 1, &one);
	must(sched_setaffinity(0, sizeof(one), &one), "sched_setaffinity");
}

static void turn(void)
{
	for (size_t i = 0; i < OPERATIONS; i++) {
		const struct operation *operation = &operations[i];
		int samples = operation->samples / SHARE;
		uint64_t clock = nothing_done(operation, samples);
		double ns = (double)measure(operation, samples).median - clock;
		printf("%s\t%.2f\n", operation->name, ns / operation->batch);
	}
	puts("done");
	fflush(stdout);
}

int main(int count, char **arguments)
{
	char line[16];
	if (count != 3)
		errx(2, "usage: times DIRECTORY PROGRAM");
	nothing = arguments[2];
	prepare(arguments[1]);
	stay();
	puts("done");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin))
		turn();
	return 0;
}

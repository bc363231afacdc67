// What each operation costs, in instructions: for the VM that counts them (-icount shift=0).
//
// There the time stamp counter moves by one per executed instruction. Prints one JSON object a
// line. Arguments: an empty directory, a static program that does nothing, and the operations that
// are wanted, if not all. In an overlay, as containers have it, that is said behind their names.
#include "../samples.h"
#include <linux/magic.h>
#include <stdbool.h>
#include <sys/statfs.h>
#include <x86intrin.h>

static uint64_t now(void)
{
	return __rdtsc();
}

static bool is_wanted(const char *name, int count, char **wanted)
{
	for (int i = 0; i < count; i++)
		if (strcmp(name, wanted[i]) == 0)
			return true;
	return count == 0;
}

static const char *where(const char *directory)
{
	struct statfs found;
	must(statfs(directory, &found), directory);
	return found.f_type == OVERLAYFS_SUPER_MAGIC ? ", overlay" : "";
}

int main(int count, char **arguments)
{
	if (count < 3)
		errx(2, "usage: ops DIRECTORY PROGRAM [OPERATION…]");
	nothing = arguments[2];
	prepare(arguments[1]);
	for (size_t i = 0; i < OPERATIONS; i++) {
		const struct operation *operation = &operations[i];
		if (!is_wanted(operation->name, count - 3, arguments + 3))
			continue;
		uint64_t clock = nothing_done(operation, operation->samples);
		struct spread spread = measure(operation, operation->samples);
		printf("{\"name\": \"%s%s\", \"instructions\": %.1f, "
		       "\"low\": %.1f, \"high\": %.1f}\n",
		       operation->name, where("."),
		       (double)(spread.median - clock) / operation->batch,
		       (double)(spread.low - clock) / operation->batch,
		       (double)(spread.high - clock) / operation->batch);
		fflush(stdout);
	}
	return 0;
}

// What each operation costs, in instructions: for the VM that counts them (-icount shift=0).
//
// There the time stamp counter moves by one per executed instruction. Prints one JSON object a
// line. Arguments: an empty directory on tmpfs, a static program that does nothing, and the one
// operation that is wanted, if not all.
#include "../samples.h"
#include <x86intrin.h>

static uint64_t now(void)
{
	return __rdtsc();
}

int main(int count, char **arguments)
{
	if (count != 3 && count != 4)
		errx(2, "usage: ops DIRECTORY PROGRAM [OPERATION]");
	nothing = arguments[2];
	prepare(arguments[1]);
	for (size_t i = 0; i < OPERATIONS; i++) {
		const struct operation *operation = &operations[i];
		if (count == 4 && strcmp(operation->name, arguments[3]) != 0)
			continue;
		uint64_t clock = nothing_done(operation, operation->samples);
		struct spread spread = measure(operation, operation->samples);
		printf("{\"name\": \"%s\", \"instructions\": %.1f, "
		       "\"low\": %.1f, \"high\": %.1f}\n",
		       operation->name, (double)(spread.median - clock) / operation->batch,
		       (double)(spread.low - clock) / operation->batch,
		       (double)(spread.high - clock) / operation->batch);
		fflush(stdout);
	}
	return 0;
}

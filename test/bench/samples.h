/* Many samples of an operation, by the clock now(), which the including program defines. */
#ifndef SAMPLES_H
#define SAMPLES_H
#include "operations.h"

static uint64_t now(void);

#define MAX_SAMPLES 2000
/* Even, so that rename ends where it began. What was done before is known, and costs less. */
#define WARM_UP 20

static int ascending(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
	return (a > b) - (a < b);
}

struct spread {
	uint64_t low, median, high;
};

/* Each sample is timed on its own, so that the median leaves out those which were interrupted. */
static struct spread measure(const struct operation *operation, int count)
{
	static uint64_t samples[MAX_SAMPLES];
	for (int round = -WARM_UP; round < count; round++) {
		if (operation->before)
			operation->before(round);
		uint64_t began = now();
		for (int n = 0; n < operation->batch; n++)
			operation->act(round);
		if (round >= 0)
			samples[round] = now() - began;
		if (operation->after)
			operation->after(round);
	}
	qsort(samples, count, sizeof(samples[0]), ascending);
	return (struct spread){
		samples[count / 10],
		samples[count / 2],
		samples[count * 9 / 10],
	};
}

/* What is not the operation: reading the clock, the loop, the call. */
static uint64_t nothing_done(const struct operation *operation, int count)
{
	struct operation empty = *operation;
	empty.before = empty.after = NULL;
	empty.act = do_empty;
	return measure(&empty, count).median;
}

#endif

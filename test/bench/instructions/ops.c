// What each operation costs, in instructions: for the VM that counts them (-icount shift=0).
//
// There the time stamp counter moves by one per executed instruction. Prints one JSON object a
// line. Arguments: an empty directory, a static program that does nothing, and the operations that
// are wanted, if not all.
#include "../samples.h"
#include <stdbool.h>
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

// What was done before, and so much else since that no cache has it at hand: more of each than the
// kernel side's cache has rows. Round robin, so that each is the one that was done longest ago.
#define KNOWN 2048
#define FOLDERS 16

static char root[128];

static const char *one_of(const char *name, int round)
{
	static char path[256];
	unsigned number = (unsigned)round % KNOWN;
	snprintf(path, sizeof(path), "%s/a/b/c/d/e%u/%s%u", root, number % FOLDERS, name, number);
	return path;
}

static void open_and_close(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	must(fd, path);
	close(fd);
}

static void do_cold_open(int round)
{
	open_and_close(one_of("known", round));
}

static void before_cold_unlink(int round)
{
	make_file(one_of("gone", round));
}

static void do_cold_unlink(int round)
{
	must(unlink(one_of("gone", round)), "unlink");
}

static void connect_to(int port)
{
	struct sockaddr_in address = tcp_address;
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	address.sin_port = htons(port); // nobody listens
	must(client, "socket");
	(void)connect(client, (struct sockaddr *)&address, sizeof(address));
	close(client);
}

static void do_cold_connect(int round)
{
	connect_to(16384 + (unsigned)round % KNOWN);
}

// What nobody has done before, each time: it is described and told.

static const char *fresh(int round)
{
	static char path[256];
	snprintf(path, sizeof(path), "%s/a/b/c/d/e/fresh%d", root, round);
	return path;
}

static void before_first_open(int round)
{
	make_file(fresh(round));
}

static void do_first_open(int round)
{
	open_and_close(fresh(round));
}

static void do_first_unlink(int round)
{
	must(unlink(fresh(round)), "unlink");
}

static void do_first_connect(int round)
{
	connect_to(20000 + round);
}

#define FIRST_TIMES 200

static const struct operation rare[] = {
	{"cold open+close", KNOWN / 2, 1, NULL, do_cold_open, NULL},
	{"cold unlink", KNOWN / 2, 1, before_cold_unlink, do_cold_unlink, NULL},
	{"cold tcp connect", KNOWN / 2, 1, NULL, do_cold_connect, NULL},
	{"first open+close", FIRST_TIMES, 1, before_first_open, do_first_open, NULL},
	{"first unlink", FIRST_TIMES, 1, before_first_open, do_first_unlink, NULL},
	{"first tcp connect", FIRST_TIMES, 1, NULL, do_first_connect, NULL},
};

// Often enough that a cache might have it.
#define REPEATS 4

static void make_known(void)
{
	char folder[256];
	for (int number = 0; number < FOLDERS; number++) {
		snprintf(folder, sizeof(folder), "%s/a/b/c/d/e%d", root, number);
		must(mkdir(folder, 0700), folder);
	}
	for (int number = 0; number < KNOWN; number++)
		make_file(one_of("known", number));
	for (int round = 0; round < REPEATS * KNOWN; round++) {
		do_cold_open(round);
		before_cold_unlink(round);
		do_cold_unlink(round);
		do_cold_connect(round);
	}
}

static void count_one(const struct operation *operation)
{
	uint64_t clock = nothing_done(operation, operation->samples);
	struct spread spread = measure(operation, operation->samples);
	printf("{\"name\": \"%s\", \"instructions\": %.1f, "
	       "\"low\": %.1f, \"high\": %.1f}\n",
	       operation->name, (double)(spread.median - clock) / operation->batch,
	       (double)(spread.low - clock) / operation->batch,
	       (double)(spread.high - clock) / operation->batch);
	fflush(stdout);
}

int main(int count, char **arguments)
{
	if (count < 3)
		errx(2, "usage: ops DIRECTORY PROGRAM [OPERATION…]");
	nothing = arguments[2];
	prepare(arguments[1]);
	snprintf(root, sizeof(root), "%s", arguments[1]);
	if (count == 3)
		make_known();
	for (size_t i = 0; i < OPERATIONS; i++)
		if (is_wanted(operations[i].name, count - 3, arguments + 3))
			count_one(&operations[i]);
	for (size_t i = 0; i < sizeof(rare) / sizeof(rare[0]); i++)
		if (is_wanted(rare[i].name, count - 3, arguments + 3))
			count_one(&rare[i]);
	return 0;
}

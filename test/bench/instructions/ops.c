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

// What nobody has done before, each time: it is described and told.

static const char *fresh(int round)
{
	static char name[32];
	snprintf(name, sizeof(name), "a/b/c/fresh%d", round);
	return name;
}

static void before_first_open(int round)
{
	int fd = open(fresh(round), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	must(fd, "fresh");
	close(fd);
}

static void do_first_open(int round)
{
	int fd = open(fresh(round), O_RDONLY | O_CLOEXEC);
	must(fd, "fresh");
	close(fd);
}

static void do_first_unlink(int round)
{
	must(unlink(fresh(round)), "unlink");
}

static void do_first_connect(int round)
{
	struct sockaddr_in address = tcp_address;
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	address.sin_port = htons(20000 + round); // nobody listens
	must(client, "socket");
	(void)connect(client, (struct sockaddr *)&address, sizeof(address));
	close(client);
}

#define FIRST_TIMES 200

static const struct operation firsts[] = {
	{"first open+close", FIRST_TIMES, 1, before_first_open, do_first_open, NULL},
	{"first unlink", FIRST_TIMES, 1, before_first_open, do_first_unlink, NULL},
	{"first tcp connect", FIRST_TIMES, 1, NULL, do_first_connect, NULL},
};

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
	for (size_t i = 0; i < OPERATIONS; i++)
		if (is_wanted(operations[i].name, count - 3, arguments + 3))
			count_one(&operations[i]);
	for (size_t i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++)
		if (is_wanted(firsts[i].name, count - 3, arguments + 3))
			count_one(&firsts[i]);
	return 0;
}

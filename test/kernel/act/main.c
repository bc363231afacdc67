// Runs its arguments as steps ("open /data/x r then unlink /data/x"), or serves them one by one.
//
// `act serve IN OUT`: the first process of a container. From one pipe it reads lines of words, runs
// each as an `act` of its own, and writes the exit status into the other pipe.
#include <signal.h>
#include <stdint.h>
#include "act.h"

#define MOST_WORDS 256
#define MOST_BYTES (1 << 20)

int opened = -1;

void must(long result, const char *what)
{
	if (result < 0)
		err(1, "%s", what);
}

void wait_for(int child)
{
	int status;

	must(child, "fork");
	must(waitpid(child, &status, 0), "waitpid");
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

static const struct step *named(const char *name)
{
	static const struct step *const tables[] = {process_steps, file_steps,       mount_steps,
						    network_steps, privileged_steps, ring_steps};

	for (size_t table = 0; table < sizeof(tables) / sizeof(*tables); table++)
		for (const struct step *step = tables[table]; step->name; step++)
			if (!strcmp(step->name, name))
				return step;
	errx(2, "no step is called %s", name);
}

// Each step is preceded by its name; "then" stands between two.
static void run_steps(char **word)
{
	while (*word) {
		const struct step *step = named(*word++);
		int words = step->words;

		for (int given = 0; given < words; given++)
			if (!word[given])
				errx(2, "%s: %d words are too few", step->name, given);
		step->run(word);
		if (words < 0)
			return;
		word += words;
		if (*word && strcmp(*word++, "then"))
			errx(2, "%s: more than %d words", step->name, words);
	}
}

static void read_all(int from, void *into, size_t bytes)
{
	for (size_t have = 0; have < bytes;) {
		ssize_t got = read(from, (char *)into + have, bytes - have);

		must(got, "serve: read");
		if (got == 0)
			exit(0);
		have += got;
	}
}

// A line: how many bytes, then words that NULs end.
static void serve(const char *in, const char *out)
{
	static char line[MOST_BYTES];
	char *words[MOST_WORDS + 2] = {"act"};
	int requests = open(in, O_RDONLY | O_CLOEXEC), answers = open(out, O_WRONLY | O_CLOEXEC);

	must(requests, in);
	must(answers, out);
	for (;;) {
		uint32_t bytes;
		int count = 1, status = 0;
		pid_t child, ended;

		read_all(requests, &bytes, sizeof(bytes));
		if (bytes > sizeof(line))
			errx(2, "serve: a line of %u bytes", bytes);
		read_all(requests, line, bytes);
		for (char *at = line; at < line + bytes && count <= MOST_WORDS;
		     at += strlen(at) + 1)
			words[count++] = at;
		words[count] = NULL;
		child = fork();
		must(child, "serve: fork");
		if (child == 0) {
			execv("/bin/act", words);
			err(127, "/bin/act");
		}
		// As a container's first process it also inherits orphans.
		while ((ended = wait(&status)) != child)
			must(ended, "serve: wait");
		dprintf(answers, "%d\n", status);
	}
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	if (argc == 4 && !strcmp(argv[1], "serve"))
		serve(argv[2], argv[3]);
	if (argc < 2)
		errx(2, "act STEP WORD… [then STEP WORD…]");
	run_steps(argv + 1);
	return 0;
}

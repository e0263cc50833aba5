/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target over files, without libFuzzer.
 *
 *   replay_<target> FILE|FOLDER...               each input as it is
 *   replay_<target> --stretched FILE|FOLDER...   each repeated to 1 MiB, which no parser may need
 *                                                more than a second of processor time for
 */
#include <dirent.h>
#include <sys/stat.h>
#include <time.h>

#include "fuzz/fuzz_target.h"

#define STRETCHED_BYTES (1u << 20)
#define LIMIT_MS        1000

static bool stretched;
static unsigned nr_inputs;
static uint64_t slowest_ms;

static uint64_t cpu_ms(void)
{
	return (uint64_t)clock() / (CLOCKS_PER_SEC / 1000);
}

/* In memory of just its size, so that sanitizers see a step past its end. */
static void run_input(const char *path, const uint8_t *data, size_t size)
{
	const uint64_t start_ms = cpu_ms();

	LLVMFuzzerTestOneInput(data, size);
	const uint64_t elapsed_ms = cpu_ms() - start_ms;
	nr_inputs++;
	if (elapsed_ms > slowest_ms)
		slowest_ms = elapsed_ms;
	if (stretched && elapsed_ms > LIMIT_MS) {
		fprintf(stderr, "%s, repeated to 1 MiB: %llu ms of processor time, at most %d\n",
			path, (unsigned long long)elapsed_ms, LIMIT_MS);
		exit(1);
	}
}

static void run_stretched(const char *path, const uint8_t *data, size_t size)
{
	uint8_t *repeated = malloc(STRETCHED_BYTES);

	fuzz_expect(repeated != NULL);
	for (size_t i = 0; i < STRETCHED_BYTES; i++)
		repeated[i] = data[i % size];
	run_input(path, repeated, STRETCHED_BYTES);
	free(repeated);
}

static void run_file(const char *path, size_t size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = malloc(size ? size : 1);

	fuzz_expect(file != NULL && data != NULL);
	fuzz_expect(fread(data, 1, size, file) == size);
	fclose(file);
	if (stretched && size)
		run_stretched(path, data, size);
	else
		run_input(path, data, size);
	free(data);
}

static void run_path(const char *path);

static void run_folder(const char *path)
{
	struct dirent **entries;
	const int nr = scandir(path, &entries, NULL, alphasort);
	char inner[4096];

	fuzz_expect(nr >= 0);
	for (int i = 0; i < nr; i++) {
		snprintf(inner, sizeof(inner), "%s/%s", path, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.')
			run_path(inner);
		free(entries[i]);
	}
	free(entries);
}

static void run_path(const char *path)
{
	struct stat status;

	if (stat(path, &status)) {
		perror(path);
		exit(1);
	}
	if (S_ISDIR(status.st_mode))
		run_folder(path);
	else
		run_file(path, (size_t)status.st_size);
}

int main(int argc, char **argv)
{
	int first = 1;

	if (argc > 1 && !strcmp(argv[1], "--stretched")) {
		stretched = true;
		first++;
	}
	for (int i = first; i < argc; i++)
		run_path(argv[i]);
	printf("%u inputs; the slowest took %llu ms\n", nr_inputs, (unsigned long long)slowest_ms);
	return nr_inputs ? 0 : 1;
}

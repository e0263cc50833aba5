/* SPDX-License-Identifier: MIT */
/* Reads the words of options about threads, nodes and placement. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tool/option_words.h"

bool mmi_option_number(const char *word, uint64_t min, uint64_t max, uint64_t *value)
{
	char *end;

	if (word[0] < '0' || word[0] > '9')
		return false;
	errno = 0;
	*value = strtoull(word, &end, 10);
	return !errno && !*end && *value >= min && *value <= max;
}

const char *mmi_option_decimal(const char *word, double *value)
{
	static const char digits[] = "0123456789";
	size_t length = strspn(word, digits);

	if (!length)
		return NULL;
	if (word[length] == '.')
		length += 1 + strspn(word + length + 1, digits);
	*value = strtod(word, NULL);
	return word + length;
}

/* The number at *@at, which moves behind it and the @stop that ends it; '\0': the word's end. */
static bool take_number(const char **at, char stop, uint64_t min, uint64_t max, uint64_t *value)
{
	char digits[8] = "";
	const size_t length = strcspn(*at, "=,");

	if (length >= sizeof(digits) || (stop ? (*at)[length] != stop : (*at)[length] == '='))
		return false;
	memcpy(digits, *at, length);
	*at += length + ((*at)[length] != '\0');
	return mmi_option_number(digits, min, max, value);
}

/* "NODE=NUMBER" at *@at, which moves behind it and the comma. */
static bool take_pair(const char **at, uint64_t min, uint64_t max, uint64_t *nid, uint64_t *value)
{
	return take_number(at, '=', 0, MMI_MAX_NODES - 1, nid) &&
	       take_number(at, '\0', min, max, value);
}

/* A comma with nothing behind it: one more is expected. */
static bool is_cut_off(const char *word)
{
	const size_t length = strlen(word);

	return !length || word[length - 1] == ',';
}

const char *mmi_option_set_threads(struct mmi_options *options, const char *word)
{
	static const char expected[] = "a number from 1 to 4096, or one for each node: 0=4,1=2";
	const char *at = word;
	uint64_t nid, nr_threads;

	options->threads_name = word;
	if (!strchr(word, '=')) {
		if (!mmi_option_number(word, 1, MMI_TOOL_MAX_THREADS, &nr_threads))
			return expected;
		options->nr_threads = (unsigned)nr_threads;
		return NULL;
	}
	while (*at) {
		if (!take_pair(&at, 1, MMI_TOOL_MAX_THREADS, &nid, &nr_threads))
			return expected;
		options->node_threads[nid] = (unsigned)nr_threads;
	}
	return is_cut_off(word) ? expected : NULL;
}

const char *mmi_option_set_map(struct mmi_options *options, const char *word)
{
	static const char expected[] = "nodes of the machine and of this host: 0=1,1=0";
	const char *at = word;
	uint64_t nid, host_nid;

	options->map_name = word;
	while (*at) {
		if (!take_pair(&at, 0, MMI_NATIVE_MAX_NID, &nid, &host_nid))
			return expected;
		options->node_map[nid] = (int)host_nid + 1;
	}
	return is_cut_off(word) ? expected : NULL;
}

/* Index of @word among @names, @nr of them; -1: it is none of them. */
static int find_name(const char *const *names, size_t nr, const char *word)
{
	for (size_t i = 0; i < nr; i++)
		if (!strcmp(names[i], word))
			return (int)i;
	return -1;
}

const char *mmi_option_set_smt(struct mmi_options *options, const char *word)
{
	static const char *const names[] = {"on", "off"};
	const int i = find_name(names, 2, word);

	options->smt_off = i == 1;
	return i < 0 ? "on or off" : NULL;
}

const char *mmi_option_set_bind(struct mmi_options *options, const char *word)
{
	static const char *const names[] = {
	    [MMI_NATIVE_BIND_AUTO] = "auto",
	    [MMI_NATIVE_BIND_NEVER] = "none",
	    [MMI_NATIVE_BIND_ALWAYS] = "hwloc",
	    [MMI_NATIVE_BIND_RUNTIME] = "omp",
	};
	const int i = find_name(names, sizeof(names) / sizeof(names[0]), word);

	if (i < 0)
		return "auto, hwloc, omp or none";
	options->bind = (enum mmi_native_bind)i;
	options->bind_name = names[i];
	return NULL;
}

const char *mmi_option_set_mem(struct mmi_options *options, const char *word)
{
	static const char *const names[] = {
	    [MMI_PLACE_LOCAL] = "local",
	    [MMI_PLACE_ANYWHERE] = "first-touch",
	    [MMI_PLACE_INTERLEAVE] = "interleave",
	    [MMI_PLACE_REMOTE] = "remote",
	};
	const int i = find_name(names, sizeof(names) / sizeof(names[0]), word);

	if (i < 0)
		return "local, interleave, first-touch or remote";
	options->memmap.placement = (enum mmi_placement)i;
	options->mem_name = names[i];
	return NULL;
}

/* SPDX-License-Identifier: MIT */
/* Writes a command line that a shell reads back as the same words. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/reproduce.h"

#define PLAIN_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789%+,-./:=@_"

static void print_word(FILE *out, const char *word)
{
	fputc(' ', out);
	if (word[0] && strspn(word, PLAIN_CHARACTERS) == strlen(word)) {
		fputs(word, out);
		return;
	}
	fputc('\'', out);
	for (; *word; word++)
		if (*word == '\'')
			fputs("'\\''", out);
		else
			fputc(*word, out);
	fputc('\'', out);
}

static void print_option(FILE *out, const char *name, const char *value)
{
	if (!value)
		return;
	print_word(out, name);
	print_word(out, value);
}

static void print_switch(FILE *out, const char *name, bool given)
{
	if (given)
		print_word(out, name);
}

static void print_command(FILE *out, const struct mmi_options *options,
			  const struct mmi_reproduction *run)
{
	print_word(out, options->argv[0]);
	print_word(out, "run");
	print_option(out, "--topology", options->topology);
	if (options->machine && !options->topology)
		print_word(out, options->machine);
	print_option(out, "--linux", options->linux_version);
	if (options->strategy)
		print_option(out, "--strategy", options->strategy->name);
	print_option(out, "--chunk", run->chunk);
	if (run->nr_threads)
		fprintf(out, " --threads %u", run->nr_threads);
	else
		print_option(out, "--threads", options->threads_name);
	print_option(out, "--smt", options->smt_off ? "off" : NULL);
	print_option(out, "--batch", run->batch);
	print_switch(out, "--no-huge-pages", options->memmap.no_huge_pages);
	print_switch(out, "--by-subsection", options->memmap.by_subsection);
	print_switch(out, "--backed", options->memmap.populate);
	print_option(out, "--mem", options->mem_name);
	print_option(out, "--bind", options->bind_name);
	print_option(out, "--map", options->map_name);
	print_switch(out, "--steal", options->steal);
	print_switch(out, "--no-steal", options->no_steal);
	if (run->fault)
		fprintf(out, " --inject %s:%llu", run->fault->kind->name,
			(unsigned long long)run->fault->number);
}

char *mmi_reproduce(const struct mmi_options *options, const struct mmi_reproduction *run)
{
	char *text = NULL;
	size_t size_bytes;
	FILE *out = open_memstream(&text, &size_bytes);

	if (!out)
		return NULL;
	print_command(out, options, run);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	memmove(text, text + 1, strlen(text)); /* the space before the first word */
	return text;
}

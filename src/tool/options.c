/* SPDX-License-Identifier: MIT */
/* Parses the command line by the table of options, from which the help is printed too. */
#include <errno.h>
#include <getopt.h>

#include "tool/option_table.h"

#define FIRST_OF_ALL 256 /* getopt's values of our table's rows, clear of all letters */

static const struct mmi_option_spec *find_spec(int value)
{
	if (value >= FIRST_OF_ALL)
		return &mmi_option_specs[value - FIRST_OF_ALL];
	for (size_t i = 0; i < mmi_nr_option_specs; i++)
		if (mmi_option_specs[i].letter == value)
			return &mmi_option_specs[i];
	return NULL;
}

/* getopt's table of what is allowed; ends with an empty row. */
static void make_table(struct option table[MMI_MAX_OPTION_SPECS + 1], unsigned allowed)
{
	size_t nr = 0;

	for (size_t i = 0; i < mmi_nr_option_specs; i++)
		if (mmi_option_specs[i].bit & (allowed | MMI_OPTION_EVERYWHERE))
			table[nr++] = (struct option){
			    .name = mmi_option_specs[i].name,
			    .has_arg =
				mmi_option_specs[i].argument ? required_argument : no_argument,
			    .val = FIRST_OF_ALL + (int)i,
			};
	table[nr] = (struct option){0};
}

/* getopt's letters; ':' first, so that a missing argument is told from an unknown option. */
static void make_letters(char letters[2 * MMI_MAX_OPTION_SPECS + 2], unsigned allowed)
{
	*letters++ = ':';
	for (size_t i = 0; i < mmi_nr_option_specs; i++) {
		if (!mmi_option_specs[i].letter ||
		    !(mmi_option_specs[i].bit & (allowed | MMI_OPTION_EVERYWHERE)))
			continue;
		*letters++ = mmi_option_specs[i].letter;
		if (mmi_option_specs[i].argument)
			*letters++ = ':';
	}
	*letters = 0;
}

/* Says what is wrong with the word at which getopt stopped. */
static int refuse(const char *command, int value, char **argv)
{
	const char *word = argv[optind - 1];

	if (value == ':')
		fprintf(stderr, "mminit %s: %s: expected a value after it\n", command, word);
	else if (optopt >= FIRST_OF_ALL)
		fprintf(stderr, "mminit %s: %s: expected no value\n", command, word);
	else if (optopt)
		fprintf(stderr, "mminit %s: -%c: unknown option; see mminit %s --help\n", command,
			optopt, command);
	else
		fprintf(stderr, "mminit %s: %s: unknown option; see mminit %s --help\n", command,
			word, command);
	return -EINVAL;
}

static int take_machine(struct mmi_options *options, const char *command, int argc, char **argv)
{
	if (optind < argc)
		options->machine = argv[optind++];
	if (options->topology && !options->machine)
		options->machine = options->topology;
	else if (optind >= argc && options->topology)
		optind--;
	if (optind >= argc)
		return 0;
	fprintf(stderr, "mminit %s: %s: expected one machine, and that was %s\n", command,
		argv[optind], options->topology ? options->topology : options->machine);
	return -EINVAL;
}

/* Returns NULL, or what was expected instead of @word. */
static const char *take_option(struct mmi_options *options, const struct mmi_option_spec *spec,
			       const char *word)
{
	char *member = (char *)options + spec->member;

	switch (spec->kind) {
	case MMI_OPTION_WORD:
		return spec->set(options, word);
	case MMI_OPTION_TEXT:
		*(const char **)member = word;
		break;
	case MMI_OPTION_FLAG:
		*(bool *)member = true;
		break;
	}
	return NULL;
}

int mmi_options_parse(struct mmi_options *options, const char *command, unsigned allowed, int argc,
		      char **argv)
{
	struct option table[MMI_MAX_OPTION_SPECS + 1];
	char letters[2 * MMI_MAX_OPTION_SPECS + 2];
	int value;

	make_table(table, allowed);
	make_letters(letters, allowed);
	opterr = 0;
	while ((value = getopt_long(argc, argv, letters, table, NULL)) != -1) {
		if (value == '?' || value == ':')
			return refuse(command, value, argv);
		const struct mmi_option_spec *spec = find_spec(value);
		const char *expected = take_option(options, spec, optarg);
		if (expected) {
			fprintf(stderr, "mminit %s: --%s %s: expected %s\n", command, spec->name,
				optarg, expected);
			return -EINVAL;
		}
	}
	if (options->csv && options->json) {
		fprintf(stderr, "mminit %s: --csv: expected without --json\n", command);
		return -EINVAL;
	}
	options->operands = argv + optind;
	options->nr_operands = (unsigned)(argc - optind);
	return allowed & MMI_OPTION_RESULTS ? 0 : take_machine(options, command, argc, argv);
}

bool mmi_options_row(size_t index, unsigned allowed, struct mmi_option_row *row)
{
	struct mmi_options scratch = {0};

	for (size_t i = 0; i < mmi_nr_option_specs; i++) {
		const struct mmi_option_spec *spec = &mmi_option_specs[i];
		if (!(spec->bit & (allowed | MMI_OPTION_EVERYWHERE)) || index-- > 0)
			continue;
		*row = (struct mmi_option_row){
		    .name = spec->name,
		    .letter = spec->letter,
		    .argument = spec->argument,
		    .expected = spec->set ? spec->set(&scratch, "?") : NULL,
		    .help = spec->help,
		};
		return true;
	}
	return false;
}

void mmi_options_print_help(FILE *out, unsigned allowed)
{
	struct mmi_option_row row;

	for (size_t i = 0; mmi_options_row(i, allowed, &row); i++) {
		char left[64];
		snprintf(left, sizeof(left), "--%s%s%s", row.name, row.argument ? " " : "",
			 row.argument ? row.argument : "");
		fprintf(out, "  %c%c%c %-20s %s\n", row.letter ? '-' : ' ',
			row.letter ? row.letter : ' ', row.letter ? ',' : ' ', left, row.help);
	}
}

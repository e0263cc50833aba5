/* SPDX-License-Identifier: MIT */
/*
 * Prints completion scripts.  Commands and options are those of the tables that the tool itself
 * goes by, and the words that an option takes are those that it would say it expected: nothing
 * here has to follow a change there.
 */
#include <stdbool.h>
#include <string.h>

#include "tool/completion.h"

#define MAX_WORDS_BYTES 512

/* The words that can stand after an option, with spaces between; empty: anything can. */
struct choices {
	char words[MAX_WORDS_BYTES];
	size_t nr;
	bool files; /* a file's name */
};

/* Words are dropped whole when there is no room. */
static void add_word(struct choices *choices, const char *word, size_t length)
{
	const size_t used = strlen(choices->words);

	if (used + length + 2 > sizeof(choices->words))
		return;
	if (used > 0)
		choices->words[used] = ' ';
	memcpy(choices->words + used + (used > 0), word, length);
	choices->words[used + (used > 0) + length] = '\0';
	choices->nr++;
}

/* Length of the ", " or " or " at @text; 0: something else. */
static size_t separator_length(const char *text)
{
	if (!strncmp(text, ", ", 2))
		return 2;
	return strncmp(text, " or ", 4) ? 0 : 4;
}

/* "a, b or c": its words.  False, and nothing is added: @text is no such list. */
static bool add_list(struct choices *choices, const char *text)
{
	struct choices found = {.nr = 0};

	while (text && *text) {
		const size_t length = strcspn(text, ", ");
		const size_t separator = separator_length(text + length);
		if (!length || (!separator && text[length]))
			return false;
		add_word(&found, text, length);
		text += length + separator;
	}
	if (found.nr < 2)
		return false;
	*choices = found;
	return true;
}

static void add_faults(struct choices *choices)
{
	const struct mmi_fault_kind *kind;

	for (size_t i = 0; (kind = mmi_fault_kind(i)); i++)
		add_word(choices, kind->name, strlen(kind->name));
}

static void add_versions(struct choices *choices)
{
	for (int version = 0; version < MMI_NR_LINUX_VERSIONS; version++) {
		const char *name = mmi_linux_version_name((enum mmi_linux_version)version);
		add_word(choices, name, strlen(name));
	}
}

static void find_choices(struct choices *choices, const struct mmi_option_row *row)
{
	memset(choices, 0, sizeof(*choices));
	if (strstr(row->argument, "FILE"))
		choices->files = true;
	else if (!strcmp(row->argument, "FAULT"))
		add_faults(choices);
	else if (!strcmp(row->argument, "VERSION"))
		add_versions(choices);
	else if (!add_list(choices, row->expected))
		add_list(choices, row->help);
}

static void print_command_names(const struct mmi_completion *completion)
{
	for (size_t i = 0; i < completion->nr_commands; i++)
		fprintf(completion->out, "%s ", completion->commands[i]->name);
}

/* What follows each option of @command that takes something. */
static void print_bash_arguments(FILE *out, const struct mmi_command *command)
{
	struct mmi_option_row row;
	struct choices choices;

	for (size_t i = 0; mmi_options_row(i, command->options, &row); i++) {
		if (!row.argument)
			continue;
		find_choices(&choices, &row);
		fprintf(out, "\t%s:--%s) ", command->name, row.name);
		if (choices.files)
			fputs("_mminit_files; return ;;\n", out);
		else
			fprintf(out, "_mminit_words '%s'; return ;;\n", choices.words);
	}
}

static void print_bash_options(FILE *out, const struct mmi_command *command)
{
	struct mmi_option_row row;

	fprintf(out, "\t%s:-*) _mminit_words '", command->name);
	for (size_t i = 0; mmi_options_row(i, command->options, &row); i++)
		fprintf(out, "%s--%s", i ? " " : "", row.name);
	fputs("' ;;\n", out);
}

void mmi_completion_print_bash(const struct mmi_completion *completion)
{
	FILE *out = completion->out;

	fputs("# Completion of mminit for bash, printed by `mminit completion bash`.\n"
	      "_mminit_words()\n{\n"
	      "\tmapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$current\")\n}\n"
	      "_mminit_files()\n{\n"
	      "\tmapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
	      "\tcompopt -o filenames 2>/dev/null\n}\n"
	      "_mminit()\n{\n"
	      "\tlocal current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
	      "\tCOMPREPLY=()\n"
	      "\t# --option=word comes as three words.\n"
	      "\t[ \"$current\" != = ] || current=\n"
	      "\t[ \"$previous\" != = ] || previous=${COMP_WORDS[COMP_CWORD - 2]}\n"
	      "\tif [ \"$COMP_CWORD\" = 1 ]; then\n\t\t_mminit_words '",
	      out);
	print_command_names(completion);
	fputs("help version completion'\n\t\treturn\n\tfi\n"
	      "\tcase ${COMP_WORDS[1]}:$previous in\n"
	      "\thelp:*) _mminit_words '",
	      out);
	print_command_names(completion);
	fputs("'; return ;;\n"
	      "\tcompletion:*) _mminit_words 'bash zsh'; return ;;\n",
	      out);
	for (size_t i = 0; i < completion->nr_commands; i++)
		print_bash_arguments(out, completion->commands[i]);
	fputs("\tesac\n\tcase ${COMP_WORDS[1]}:$current in\n", out);
	for (size_t i = 0; i < completion->nr_commands; i++)
		print_bash_options(out, completion->commands[i]);
	fputs("\t*) _mminit_files ;;\n\tesac\n}\n"
	      "complete -F _mminit mminit mminit-checked\n",
	      out);
}

/* @text inside of '...', in a place where zsh reads brackets and colons itself. */
static void print_zsh_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\'", out);
		else if (strchr("[]:\\", *text))
			fputc('\\', out);
		fputc(*text, out);
	}
}

static void print_zsh_option(FILE *out, const struct mmi_option_row *row)
{
	struct choices choices;

	fputs("\t\t\t", out);
	if (row->letter)
		fprintf(out, "'(-%c --%s)'{-%c%s,--%s%s}'[", row->letter, row->name, row->letter,
			row->argument ? "+" : "", row->name, row->argument ? "=" : "");
	else
		fprintf(out, "'--%s%s[", row->name, row->argument ? "=" : "");
	print_zsh_text(out, row->help);
	fputc(']', out);
	if (row->argument) {
		find_choices(&choices, row);
		fprintf(out, ":%s:", row->argument);
		if (choices.files)
			fputs("_files", out);
		else if (choices.nr > 0)
			fprintf(out, "(%s)", choices.words);
	}
	fputs("' \\\n", out);
}

static void print_zsh_command(FILE *out, const struct mmi_command *command)
{
	struct mmi_option_row row;

	fprintf(out, "\t%s)\n\t\t_arguments -S \\\n", command->name);
	for (size_t i = 0; mmi_options_row(i, command->options, &row); i++)
		print_zsh_option(out, &row);
	fputs("\t\t\t'*:machine:_files'\n\t\t;;\n", out);
}

void mmi_completion_print_zsh(const struct mmi_completion *completion)
{
	FILE *out = completion->out;

	fputs("#compdef mminit mminit-checked\n"
	      "# Completion of mminit for zsh, printed by `mminit completion zsh`.\n"
	      "_mminit()\n{\n"
	      "\tlocal -a commands own\n"
	      "\tcommands=(\n",
	      out);
	for (size_t i = 0; i < completion->nr_commands; i++) {
		fprintf(out, "\t\t'%s:", completion->commands[i]->name);
		print_zsh_text(out, completion->commands[i]->summary);
		fputs("'\n", out);
	}
	fputs("\t)\n"
	      "\town=(\n"
	      "\t\t'help:say what a command does, its options and examples'\n"
	      "\t\t'version:print the version'\n"
	      "\t\t'completion:print what completes command lines in a shell'\n"
	      "\t)\n"
	      "\tif (( CURRENT == 2 )); then\n\t\t_describe command commands -- "
	      "own\n\t\treturn\n\tfi\n"
	      "\t(( CURRENT-- ))\n\tshift words\n"
	      "\tcase $words[1] in\n"
	      "\thelp) _describe command commands ;;\n"
	      "\tcompletion) compadd bash zsh ;;\n",
	      out);
	for (size_t i = 0; i < completion->nr_commands; i++)
		print_zsh_command(out, completion->commands[i]);
	fputs("\tesac\n}\n"
	      "# Called as a function that was found by its name, or read by `source`.\n"
	      "if [[ $funcstack[1] == _mminit ]]; then\n\t_mminit \"$@\"\n"
	      "else\n\tcompdef _mminit mminit mminit-checked\nfi\n",
	      out);
}

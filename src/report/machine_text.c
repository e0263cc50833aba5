/* SPDX-License-Identifier: MIT */
/* The machine in a few lines: where it was read, and how large it is. */
#include "report/text.h"

static void print_counts(FILE *out, const struct mmi_machine *machine)
{
	char size[MMI_REPORT_UNIT_BYTES];

	fprintf(out, "          %s, rules of Linux %s; nodes: %zu, CPUs: %zu, memory: %s\n",
		mmi_arch_name(machine->geometry.arch),
		mmi_linux_version_name(machine->linux_version), machine->nr_nodes, machine->nr_cpus,
		mmi_report_size(size, machine->nr_present_pages << machine->geometry.page_shift));
}

void mmi_text_machine(FILE *out, const struct mmi_report_source *source)
{
	const struct mmi_input_info *info = source->info;

	fprintf(out, "machine   %s", source->name);
	if (info->format != MMI_INPUT_THIS_MACHINE)
		fprintf(out, ": %s", info->format_name);
	if (info->sources[0])
		fprintf(out, " (%s)", info->sources);
	fputc('\n', out);
	print_counts(out, source->machine);
}

void mmi_text_coloured(FILE *out, enum mmi_colour colour, const char *word,
		       const struct mmi_report_style *style)
{
	if (style->colour)
		fprintf(out, "\033[%dm%s\033[0m", colour == MMI_COLOUR_GOOD ? 32 : 31, word);
	else
		fputs(word, out);
}

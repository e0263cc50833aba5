/* SPDX-License-Identifier: MIT */
/* Reads a kernel boot log: hands every line to the parsers, then has a machine made. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "input/boot_log.h"
#include "input/info.h"

static int (*const parsers[])(struct mmi_log *, const struct mmi_line *) = {
    mmi_log_e820_line, mmi_log_memblock_line, mmi_log_srat_line,   mmi_log_nodes_line,
    mmi_log_efi_line,  mmi_log_cpus_line,     mmi_log_kernel_line,
};

/* How lines begin that are needed: a text may end before one can be recognised. */
static const struct {
	const char *word;
	enum mmi_log_source source;
} needed_words[] = {
    {"BIOS-e820:", MMI_LOG_E820},
    {"ACPI: SRAT: Node", MMI_LOG_SRAT},
    {"SRAT: Node", MMI_LOG_SRAT},
    {"memory[", MMI_LOG_MEMBLOCK},
    {"reserved[", MMI_LOG_MEMBLOCK},
    {"memblock_reserve: ", MMI_LOG_MEMBLOCK},
    {"__memblock_reserve: ", MMI_LOG_MEMBLOCK},
    {"memblock_phys_free: ", MMI_LOG_MEMBLOCK},
    {"node   ", MMI_LOG_EARLY_NODES},
};

void mmi_log_note_line(struct mmi_log *log, enum mmi_log_source source, const struct mmi_line *line)
{
	struct mmi_log_source_state *state = &log->sources[source];

	if (!state->first_line)
		state->first_line = line->number;
	state->nr_lines++;
}

int mmi_log_bad_line(struct mmi_log *log, enum mmi_log_source source, const struct mmi_line *line,
		     const struct mmi_scan *scan, const char *expected)
{
	struct mmi_log_source_state *state = &log->sources[source];
	const uint32_t column = mmi_line_reader_column(log->reader, scan->at);
	const size_t left = (size_t)(scan->end - scan->at);

	mmi_log_note_line(log, source, line);
	if (state->error.code)
		return 1;
	if (!left)
		mmi_error_set_at(&state->error, -EINVAL, line->number, column,
				 "the %s ends here: %s expected",
				 line->unterminated ? "text" : "line", expected);
	else
		mmi_error_set_at(&state->error, -EINVAL, line->number, column,
				 "\"%.*s\": %s expected", left < 40 ? (int)left : 40, scan->at,
				 expected);
	return 1;
}

int mmi_log_source_error(struct mmi_log *log, enum mmi_log_source source)
{
	const struct mmi_error *error = &log->sources[source].error;

	if (error->code && log->err)
		*log->err = *error;
	return error->code;
}

void mmi_log_reset(struct mmi_log *log)
{
	const struct mmi_line_reader *reader = log->reader;
	struct mmi_error *err = log->err;
	const uint32_t nr_boots = log->nr_boots;

	mmi_byte_ranges_deinit(&log->e820);
	mmi_byte_ranges_deinit(&log->efi);
	mmi_byte_ranges_deinit(&log->firmware);
	mmi_byte_ranges_deinit(&log->srat);
	mmi_byte_ranges_deinit(&log->early_nodes);
	mmi_byte_ranges_deinit(&log->memory);
	mmi_byte_ranges_deinit(&log->reserved);
	mmi_byte_ranges_deinit(&log->allocated);
	mmi_byte_ranges_deinit(&log->smp_cpus);
	free(log->cpus);
	free(log->sysfs.rows);
	free(log->sysfs.row_lengths);
	mmi_byte_ranges_deinit(&log->sysfs.cpus);
	*log = (struct mmi_log){
	    .reader = reader, .err = err, .nr_boots = nr_boots, .sysfs.file_nid = -1};
}

/* A file may hold several boots, one after the other: the last one counts. */
static bool begins_next_boot(const struct mmi_log *log, const struct mmi_line *line)
{
	struct mmi_scan scan = {line->text, line->end};

	return log->is_handed_over && !log->sysfs.in_first_step && !log->sysfs.is_done &&
	       mmi_scan_word(&scan, "Linux version ");
}

/* The last line, which no parser knew: the beginning of one that was needed? */
static void check_cut_off(struct mmi_log *log, const struct mmi_line *line)
{
	const struct mmi_scan end = {line->end, line->end};
	const size_t length = (size_t)(line->end - line->text);

	if (!line->unterminated || !length || log->is_handed_over)
		return;
	for (size_t i = 0; i < sizeof(needed_words) / sizeof(needed_words[0]); i++)
		if (length < strlen(needed_words[i].word) &&
		    !memcmp(needed_words[i].word, line->text, length))
			mmi_log_bad_line(log, needed_words[i].source, line, &end,
					 needed_words[i].word);
}

static int read_line(struct mmi_log *log, const struct mmi_line *line)
{
	int ret;

	log->last_line = line->number;
	if (begins_next_boot(log, line)) {
		mmi_log_reset(log);
		log->nr_boots++;
	}
	ret = mmi_log_sysfs_line(log, line);
	for (size_t i = 0; !ret && i < sizeof(parsers) / sizeof(parsers[0]); i++)
		ret = parsers[i](log, line);
	if (!ret)
		check_cut_off(log, line);
	return ret < 0 ? ret : 0;
}

int mmi_input_boot_log(const struct mmi_platform *platform, const char *text, size_t size_bytes,
		       const struct mmi_input_options *options, struct mmi_machine **machine,
		       struct mmi_input_info *info, struct mmi_error *err)
{
	struct mmi_line_reader *reader = malloc(sizeof(*reader));
	struct mmi_log *log = calloc(1, sizeof(*log));
	struct mmi_line line;
	int ret;

	*machine = NULL;
	mmi_info_init(info, MMI_INPUT_BOOT_LOG);
	if (!reader || !log)
		ret = mmi_error_set(err, -ENOMEM, "no memory to read a boot log");
	else
		ret = mmi_line_reader_init(reader, text, size_bytes, err);
	if (!ret) {
		*log = (struct mmi_log){.reader = reader, .err = err, .sysfs.file_nid = -1};
		while (!ret && mmi_line_reader_next(reader, &line))
			ret = read_line(log, &line);
		if (!ret)
			ret = mmi_log_machine(log, platform, options, machine, info);
		mmi_log_reset(log);
	}
	free(log);
	free(reader);
	return ret;
}

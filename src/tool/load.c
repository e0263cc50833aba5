/* SPDX-License-Identifier: MIT */
/* MACHINE: a file, "-" for standard input, a shape, or nothing for this machine. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tool/load.h"

/* A file of that name wins; else what begins with a digit, as every shape does, is one. */
static bool is_shape(const char *word)
{
	struct stat status;

	return word[0] >= '0' && word[0] <= '9' && stat(word, &status) != 0;
}

const char *mmi_machine_name(const struct mmi_options *options)
{
	if (!options->machine)
		return "this machine";
	return strcmp(options->machine, "-") ? options->machine : "<stdin>";
}

enum mmi_exit mmi_input_files_open(struct mmi_input_files *files, const struct mmi_options *options)
{
	struct mmi_error err = {0};

	*files = (struct mmi_input_files){.input = options->input};
	if (!options->distances)
		return MMI_EXIT_GOOD;
	if (mmi_text_read(&files->distances, options->distances, &err))
		return mmi_complain_at(options->distances, &err);
	files->input.distances = files->distances.bytes;
	files->input.distances_bytes = files->distances.size_bytes;
	files->input.distances_err = &files->distances_err;
	return MMI_EXIT_GOOD;
}

void mmi_input_files_close(struct mmi_input_files *files)
{
	mmi_text_release(&files->distances);
}

enum mmi_exit mmi_input_complain(const struct mmi_options *options,
				 const struct mmi_input_files *files, const struct mmi_error *err)
{
	if (files->distances_err.code)
		return mmi_complain_at(options->distances, &files->distances_err);
	return mmi_complain_at(mmi_machine_name(options), err);
}

static int parse(struct mmi_session *session, const struct mmi_text *text,
		 const struct mmi_input_options *input, struct mmi_error *err)
{
	if (session->options->topology)
		return mmi_input_topology(session->platform, text->bytes, text->size_bytes, input,
					  &session->machine, &session->info, err);
	return mmi_input_text(session->platform, text->bytes, text->size_bytes, input,
			      &session->machine, &session->info, err);
}

static int load_file(struct mmi_session *session, const struct mmi_input_options *input,
		     struct mmi_error *err)
{
	struct mmi_text text;
	int ret = mmi_text_read(&text, session->options->machine, err);

	if (ret)
		return ret;
	ret = parse(session, &text, input, err);
	mmi_text_release(&text);
	return ret;
}

/* A file of that name wins. */
static bool is_synthetic_topology(const struct mmi_options *options)
{
	struct stat status;

	return options->topology && strcmp(options->topology, "-") != 0 &&
	       strchr(options->topology, ':') && stat(options->topology, &status) != 0;
}

static int load(struct mmi_session *session, const struct mmi_input_options *input,
		struct mmi_error *err)
{
	const struct mmi_options *options = session->options;

	if (!options->machine)
		return mmi_input_this_machine(session->platform, input, &session->machine,
					      &session->info, err);
	if (is_synthetic_topology(options))
		return mmi_input_topology(session->platform, options->topology,
					  strlen(options->topology), input, &session->machine,
					  &session->info, err);
	if (!options->topology && is_shape(options->machine))
		return mmi_input_shape(session->platform, options->machine,
				       strlen(options->machine), input, &session->machine,
				       &session->info, err);
	return load_file(session, input, err);
}

enum mmi_exit mmi_machine_load(struct mmi_session *session)
{
	struct mmi_input_files files;
	struct mmi_error err = {0};
	enum mmi_exit exit = mmi_input_files_open(&files, session->options);

	if (!exit && load(session, &files.input, &err))
		exit = mmi_input_complain(session->options, &files, &err);
	mmi_input_files_close(&files);
	return exit;
}

/* SPDX-License-Identifier: MIT */
/* MACHINE: a file, "-" for standard input, a shape, or nothing for this machine. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tool/load.h"
#include "tool/whole_file.h"

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

static int parse(struct mmi_session *session, const struct mmi_text *text, struct mmi_error *err)
{
	if (session->options->topology)
		return mmi_input_topology(session->platform, text->bytes, text->size_bytes,
					  &session->options->input, &session->machine,
					  &session->info, err);
	return mmi_input_text(session->platform, text->bytes, text->size_bytes,
			      &session->options->input, &session->machine, &session->info, err);
}

static int load_file(struct mmi_session *session, struct mmi_error *err)
{
	struct mmi_text text;
	int ret = mmi_text_read(&text, session->options->machine, err);

	if (ret)
		return ret;
	ret = parse(session, &text, err);
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

static int load_synthetic_topology(struct mmi_session *session, struct mmi_error *err)
{
	const char *word = session->options->topology;

	return mmi_input_topology(session->platform, word, strlen(word), &session->options->input,
				  &session->machine, &session->info, err);
}

enum mmi_exit mmi_machine_load(struct mmi_session *session)
{
	const struct mmi_options *options = session->options;
	struct mmi_error err = {0};
	int ret;

	if (!options->machine)
		ret = mmi_input_this_machine(session->platform, &options->input, &session->machine,
					     &session->info, &err);
	else if (is_synthetic_topology(options))
		ret = load_synthetic_topology(session, &err);
	else if (!options->topology && is_shape(options->machine))
		ret = mmi_input_shape(session->platform, options->machine, strlen(options->machine),
				      &options->input, &session->machine, &session->info, &err);
	else
		ret = load_file(session, &err);
	return ret ? mmi_complain_at(mmi_machine_name(options), &err) : MMI_EXIT_GOOD;
}

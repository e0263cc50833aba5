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

enum mmi_exit mmi_machine_load(struct mmi_session *session)
{
	const struct mmi_options *options = session->options;
	struct mmi_error err = {0};
	int ret;

	if (!options->machine)
		ret = mmi_input_this_machine(session->platform, &options->input, &session->machine,
					     &session->info, &err);
	else if (is_shape(options->machine))
		ret = mmi_input_shape(session->platform, options->machine, strlen(options->machine),
				      &options->input, &session->machine, &session->info, &err);
	else
		ret = load_file(session, &err);
	return ret ? mmi_complain_at(mmi_machine_name(options), &err) : MMI_EXIT_GOOD;
}

/* SPDX-License-Identifier: MIT */
/* Finds out what the word MACHINE means, and reads it. */
#ifndef TOOL_LOAD_H
#define TOOL_LOAD_H

#include "tool/session.h"
#include "tool/whole_file.h"

/* Fills session->machine and session->info.  A message has been printed on failure. */
enum mmi_exit mmi_machine_load(struct mmi_session *session);

/*
 * The options of reading a machine, with the file of --distances; not to be copied.  open(): a
 * message has been printed on failure; close() in any case.
 */
struct mmi_input_files {
	struct mmi_input_options input;
	struct mmi_text distances;
	struct mmi_error distances_err;
};
enum mmi_exit mmi_input_files_open(struct mmi_input_files *files,
				   const struct mmi_options *options);
void mmi_input_files_close(struct mmi_input_files *files);
/* Says what is wrong with the machine, or with the distances, by the file that it is in. */
enum mmi_exit mmi_input_complain(const struct mmi_options *options,
				 const struct mmi_input_files *files, const struct mmi_error *err);

/* The machine's name in reports and messages. */
const char *mmi_machine_name(const struct mmi_options *options);

#endif

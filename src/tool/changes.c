/* SPDX-License-Identifier: MIT */
/* Changes a small part of the machine at random, and prints the share that is caught. */
#include <inttypes.h>
#include <stdio.h>

#include "tool/changes.h"

#define DEFAULT_CHANGES 100
#define MINIATURE_PAGES 8192

static const struct mmi_program program = {.nr_workers = 2,
					   .nr_allocators = 2,
					   .nr_rebuilders = 1,
					   .nr_rounds = 4,
					   .nothing_early = true,
					   .seed = 1};

static void print(const struct mmi_session *session, const struct mmi_change_result *result)
{
	const double share = 100.0 * (double)result->nr_caught / (double)result->nr_changes;

	if (session->options->json)
		printf("{\"schema\": \"mminit-changes/1\", \"seed\": %" PRIu64
		       ", \"nr_changes\": %" PRIu64 ", \"nr_caught\": %" PRIu64
		       ", \"nr_ended\": %" PRIu64 ", \"nr_unseen\": %" PRIu64 "}\n",
		       session->options->seed, result->nr_changes, result->nr_caught,
		       result->nr_ended, result->nr_unseen);
	else if (!session->options->quiet)
		printf("changes   %" PRIu64 ", each of one random bit: caught %" PRIu64
		       " (%.0f%%), ended the process %" PRIu64 ", not seen %" PRIu64 "\n",
		       result->nr_changes, result->nr_caught, share, result->nr_ended,
		       result->nr_unseen);
}

enum mmi_exit mmi_changes_run(const struct mmi_session *session, const struct mmi_fault *fault)
{
	struct mmi_machine *miniature = NULL;
	struct mmi_change_result result;
	struct mmi_error err = {0};
	int ret = mmi_machine_miniature(session->machine, MINIATURE_PAGES, &miniature, &err);

	if (!ret)
		ret = mmi_explore_changes(miniature, &program, session->options->seed,
					  fault->number ? fault->number : DEFAULT_CHANGES, &result,
					  &err);
	mmi_machine_destroy(miniature);
	if (ret)
		return mmi_session_fail(session, ret, &err);
	print(session, &result);
	return result.nr_caught ? MMI_EXIT_BROKEN
				: mmi_complain(MMI_EXIT_FAILED, "no change was caught");
}

/* SPDX-License-Identifier: MIT */
/* Our side of a replay: every figure that the model has, under the names of figure_names.h. */
#ifndef REPLAY_OUR_FIGURES_H
#define REPLAY_OUR_FIGURES_H

#include "replay/boot_model.h"

struct mmi_our_figures {
	struct mmi_named_values values;
	/* The log's: frames are stated run by run of ours, writes where we know what came of them. */
	struct mmi_named_values *statements;
	size_t nr_builds;
};

/* Figures of the messages before zonelists are first built. */
void mmi_our_layout_figures(struct mmi_our_figures *figures, const struct mmi_boot_model *model);

/* For struct mmi_boot_model_ops; @user is a struct mmi_our_figures. */
void mmi_our_built(void *user, const struct mmi_boot_model *model, int64_t only,
		   uint64_t total_pages);
void mmi_our_memory_line(void *user, const struct mmi_boot_model *model);
void mmi_our_refused(void *user, const struct mmi_log_event *act, size_t number);
void mmi_our_step(void *user, const struct mmi_boot_model *model, size_t step);

/*
 * Frames of a step: our runs, and what the dump, if there is one, states for each of them.  Both
 * sides are added, so that a run that the dump cuts elsewhere differs by itself.
 */
void mmi_our_frames(struct mmi_our_figures *figures, const struct mmi_boot_model *model,
		    const struct mmi_log_step *step);

#endif

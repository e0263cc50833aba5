/* SPDX-License-Identifier: MIT */
/* Runs all checkers over a system, and puts the verdict into words. */
#include <errno.h>

#include "verify/examination.h"

static const char *const texts[MMI_NR_INVARIANTS + 1] = {
    [1] = "every struct page is initialised exactly once",
    [2] = "nothing accesses a struct page before it is initialised",
    [3] = "no free ends in a max-order block whose other pages are uninitialised",
    [4] = "one section, one worker",
    [5] = "chunks partition what is deferred, at section borders",
    [6] = "spanned >= present >= managed; counters, lists and struct pages agree",
    [7] = "a free block is aligned, wholly managed, of one zone and migratetype, and merged",
    [8] = "a free block stands on the list of its pageblock's migratetype",
    [9] = "struct pages and free blocks are those of serial work and of the reference",
    [10] = "zonelists hold exactly the populated zones, each once, in node order",
    [11] = "reserved pages are never free",
    [12] = "placement follows the requested policy",
};

const char *mmi_invariant_text(unsigned number)
{
	return number >= 1 && number <= MMI_NR_INVARIANTS ? texts[number] : NULL;
}

bool mmi_verify_is_checked_core(void)
{
#ifdef MMI_CHECKED
	return true;
#else
	return false;
#endif
}

bool mmi_verdict_is_good(const struct mmi_verdict *verdict)
{
	for (unsigned number = 1; number <= MMI_NR_INVARIANTS; number++)
		if (verdict->invariants[number].judgement == MMI_BROKEN)
			return false;
	return true;
}

static void init_verdict(struct mmi_verdict *verdict)
{
	*verdict = (struct mmi_verdict){0};
	for (unsigned number = 1; number <= MMI_NR_INVARIANTS; number++) {
		verdict->invariants[number].chunk = -1;
		verdict->invariants[number].worker = -1;
	}
}

static uint64_t now_ns(const struct mmi_system *system)
{
	return system->platform->ops->clock_ns(system->platform->ctx);
}

int mmi_verify_system(const struct mmi_system *system, struct mmi_verdict *verdict,
		      struct mmi_error *err)
{
	struct mmi_examination x = {.system = system, .verdict = verdict};
	const uint64_t start_ns = now_ns(system);
	int ret;

	init_verdict(verdict);
	if (mmi_block_changes_init(&x.changes, system))
		return mmi_error_set(err, -ENOMEM, "no memory to judge memory that came and went");
	mmi_check_shadow(&x);
	mmi_check_blocks(&x);
	mmi_check_reserved(&x);
	mmi_check_placement(&x);
	ret = mmi_check_partition(&x, err);
	if (!ret)
		ret = mmi_check_counters(&x, err);
	if (!ret)
		ret = mmi_check_reference(&x, err);
	if (!ret)
		ret = mmi_check_zonelists(&x, err);
	mmi_block_changes_deinit(&x.changes);
	verdict->elapsed_ns = now_ns(system) - start_ns;
	return ret;
}

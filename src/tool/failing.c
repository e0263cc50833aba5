/* SPDX-License-Identifier: MIT */
/* Runs a machine on a platform of which one call fails, and looks at what is left. */
#include <errno.h>
#include <stdio.h>

#include "tool/failing.h"

/* A page comes and goes, whatever there is memory for beside it. */
static int use_cpu(struct mmi_system *system, struct mmi_error *err)
{
	struct mmi_cpu *cpu;
	const int ret = mmi_cpu_create(system->alloc, -1, &cpu, err);

	if (ret)
		return ret;
	struct mmi_page *page = mmi_alloc_pages(cpu, MMI_GFP_MOVABLE, 0, -1, NULL);
	if (page)
		mmi_free_pages(cpu, page, 0);
	mmi_cpu_destroy(cpu);
	return page ? 0 : mmi_error_set(err, -EIO, "a page is refused");
}

/* Everything that allocates: the boot, an allocator, a context, new zonelists. */
static int use_system(struct mmi_system *system, struct mmi_verdict *verdict, struct mmi_error *err)
{
	int ret = mmi_system_boot(system, err);

	if (!ret && !mmi_system_alloc(system, err))
		ret = err->code;
	if (!ret)
		ret = use_cpu(system, err);
	if (!ret && mmi_zonelists_rebuild(system->alloc))
		ret = mmi_error_set(err, -ENOMEM, "no memory for zonelists");
	return ret ? ret : mmi_verify_system(system, verdict, err);
}

static int use_machine(const struct mmi_session *session, const struct mmi_platform *platform,
		       struct mmi_verdict *verdict, struct mmi_error *err)
{
	const struct mmi_system_options options = {
	    .memmap = session->options->memmap,
	    .plan.nr_threads = session->options->nr_threads ? session->options->nr_threads : 2,
	    .run = {.batch = session->options->batch, .record_chunks = true},
	};
	struct mmi_machine machine = *session->machine;
	struct mmi_system *system;

	machine.platform = platform;
	int ret = mmi_system_create(&machine, &options, &system, err);
	if (ret)
		return ret;
	ret = use_system(system, verdict, err);
	mmi_system_destroy(system);
	return ret;
}

enum mmi_exit mmi_failing_run(const struct mmi_session *session, const struct mmi_fault *fault)
{
	struct mmi_failing_platform failing;
	struct mmi_verdict verdict = {0};
	struct mmi_error err = {0};

	mmi_failing_platform_init(&failing, session->platform, mmi_fault_call(fault->kind),
				  fault->number);
	const int ret = use_machine(session, &failing.platform, &verdict, &err);
	if (failing.nr_held)
		return mmi_complain(MMI_EXIT_FAILED,
				    "--inject %s: pieces of memory left behind: %lld",
				    session->options->fault, (long long)failing.nr_held);
	if (!failing.has_failed && !ret)
		return mmi_complain(
		    MMI_EXIT_USAGE,
		    "--inject %s: expected a number below %llu: so many calls there are",
		    session->options->fault, (unsigned long long)failing.nr_calls);
	if (ret)
		return mmi_session_fail(session, ret, &err);
	if (!mmi_verdict_is_good(&verdict))
		return mmi_complain(MMI_EXIT_BROKEN, "--inject %s: invariants are broken by it",
				    session->options->fault);
	if (!session->options->quiet && !session->options->json)
		printf("made good: %s failed, and every invariant that was judged holds\n",
		       session->options->fault);
	return MMI_EXIT_GOOD;
}

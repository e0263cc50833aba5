/* SPDX-License-Identifier: MIT */
/* What a result depends on beside the machine, as JSON: program, build, core, host. */
#include "report/json_parts.h"

#ifndef MMINIT_BUILD_TYPE
#define MMINIT_BUILD_TYPE "unknown"
#endif

#ifdef __clang__
#define COMPILER __VERSION__ /* begins with its name */
#else
#define COMPILER "gcc " __VERSION__
#endif

static const char *nonempty(const char *text)
{
	return text[0] ? text : NULL;
}

json_t *mmi_json_context(const struct mmi_report_context *context)
{
	const char *core = mmi_verify_is_checked_core() ? "checked" : "plain";
	json_t *object = json_object();
	bool failed = !object;

	mmi_json_set(object, "version", mmi_json_text(context->version), &failed);
	mmi_json_set(object, "build", json_string(MMINIT_BUILD_TYPE), &failed);
	mmi_json_set(object, "compiler", json_string(COMPILER), &failed);
	mmi_json_set(object, "core", json_string(core), &failed);
	mmi_json_set(object, "cpu_model", mmi_json_text(nonempty(context->cpu_model)), &failed);
	mmi_json_set(object, "kernel", mmi_json_text(nonempty(context->kernel)), &failed);
	mmi_json_set(object, "host_cpus", mmi_json_count(context->nr_cpus), &failed);
	return mmi_json_done(object, failed);
}

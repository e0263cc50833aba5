/* SPDX-License-Identifier: MIT */
/* mminit_bench: registers every family and says what the results were measured on. */
#define _GNU_SOURCE /* dladdr() */
#include <dlfcn.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "families.h"
#include "mminit/platform_native.h"

static void add_number(const char *key, uint64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	bench_add_context(key, text);
}

/* The first line of @path into @line, or "unknown". */
static const char *read_line(const char *path, char line[256])
{
	FILE *file = fopen(path, "r");

	if (!file || !fgets(line, 256, file))
		strcpy(line, "unknown");
	if (file)
		fclose(file);
	line[strcspn(line, "\n")] = '\0';
	return line;
}

/* Processor, its nodes, CPUs, and which of them share a core with the first; caches are Google's. */
static void add_topology(void)
{
	char nodes[256], cpus[256], siblings[256], text[1024];
	struct mmi_host_identity identity;

	if (!mmi_host_identity_read(&identity))
		bench_add_context("kernel", identity.kernel);
	else
		identity.cpu_model[0] = '\0';
	snprintf(text, sizeof(text), "%s; nodes %s; CPUs %s, of the first core %s",
		 identity.cpu_model[0] ? identity.cpu_model : "unknown processor",
		 read_line("/sys/devices/system/node/online", nodes),
		 read_line("/sys/devices/system/cpu/online", cpus),
		 read_line("/sys/devices/system/cpu/cpu0/topology/thread_siblings_list", siblings));
	bench_add_context("topology", text);
}

/* The file of the OpenMP runtime in use: which one it is decides how teams wait. */
static const char *runtime_path(void)
{
	Dl_info info;

	return dladdr((const void *)(uintptr_t)omp_get_num_threads, &info) && info.dli_fname
		   ? info.dli_fname
		   : "unknown";
}

static void add_context(const struct mmi_platform *platform)
{
	const char *policy = getenv("OMP_WAIT_POLICY");
	struct mmi_host_facts facts;
	struct mmi_geometry geometry;
	char line[256];

	mmi_geometry_init(&geometry, MMI_ARCH_X86_64);
	bench_add_context("commit", BENCH_COMMIT);
	bench_add_context("build_type", BENCH_BUILD_TYPE);
	bench_add_context("geometry", mmi_arch_name(geometry.arch));
	add_number("section_bytes", 1ull << geometry.section_shift);
	add_number("max_order_block_bytes",
		   1ull << (geometry.max_page_order + geometry.page_shift));
	add_topology();
	bench_add_context("huge_pages",
			  read_line("/sys/kernel/mm/transparent_hugepage/enabled", line));
	bench_add_context("openmp_runtime", runtime_path());
	add_number("openmp_version", _OPENMP);
	bench_add_context("openmp_wait", policy ? policy : "default");
	bench_add_context("binding", mmi_native_bind_state(platform));
	bench_add_context("store", mmi_store_name(mmi_store_widest()));
	if (!mmi_host_facts_read(&facts)) {
		add_number("cpus_allowed", facts.nr_cpus);
		add_number("memory_available_bytes", facts.memory_available_bytes);
	}
}

int main(int argc, char **argv)
{
	struct mmi_platform *platform;
	struct mmi_error err = {0};

	if (mmi_native_reexec_passive(argc, argv))
		return EXIT_FAILURE;
	if (mmi_platform_native_create(NULL, &platform, &err)) {
		fprintf(stderr, "bench: %s\n", err.text);
		return EXIT_FAILURE;
	}
	add_context(platform);
	bench_register_baselines(platform);
	bench_register_init(platform);
	bench_register_stream(platform);
	bench_register_free(platform);
	bench_register_plan(platform);
	bench_register_buddy(platform);
	bench_register_zonelists(platform);
	const int ret = bench_main(argc, argv);
	mmi_platform_native_destroy(platform);
	return ret;
}

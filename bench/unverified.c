/* SPDX-License-Identifier: MIT */
/* A benchmark that judges nothing, and one that finds something wrong: the harness must fail. */
#include <stddef.h>

#include "harness.h"

static void run_silent(struct bench_state *state)
{
	while (bench_next(state))
		bench_set_time_ns(state, 1000);
}

static void run_wrong(struct bench_state *state)
{
	while (bench_next(state))
		bench_set_time_ns(state, 1000);
	bench_verified(state, "wrong on purpose");
}

static void run_right(struct bench_state *state)
{
	while (bench_next(state))
		bench_set_time_ns(state, 1000);
	bench_verified(state, NULL);
}

static const struct bench_family families[] = {
    {"silent", run_silent, {{"n", {1}, 1}}, 1, 1, 1},
    {"wrong", run_wrong, {{"n", {1}, 1}}, 1, 1, 1},
    {"right", run_right, {{"n", {1}, 1}}, 1, 1, 3},
};

int main(int argc, char **argv)
{
	for (unsigned i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		bench_register(&families[i]);
	return bench_main(argc, argv);
}

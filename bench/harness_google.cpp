// SPDX-License-Identifier: MIT
// Binds the C harness to Google Benchmark 1.7.
#include "harness.h"

#include <benchmark/benchmark.h>

#include <cstdio>
#include <string>
#include <vector>

struct bench_state {
	benchmark::State *google;
	bool skipped;
	bool verified;
	uint64_t nr_items; // of a round
	uint64_t nr_bytes;
};

namespace
{

bool any_failed; // some result was not verified

void run_family(benchmark::State &google, const bench_family *family)
{
	bench_state state{&google, false, false, 0, 0};

	family->run(&state);
	if (state.skipped)
		return;
	if (!state.verified) {
		any_failed = true;
		google.SkipWithError("not verified: the benchmark did not judge what it left");
	}
	const auto nr_rounds = static_cast<int64_t>(google.iterations());
	if (state.nr_items)
		google.SetItemsProcessed(static_cast<int64_t>(state.nr_items) * nr_rounds);
	if (state.nr_bytes)
		google.SetBytesProcessed(static_cast<int64_t>(state.nr_bytes) * nr_rounds);
}

} // namespace

void bench_register(const bench_family *family)
{
	std::vector<std::vector<int64_t>> values;
	std::vector<std::string> names;

	for (unsigned i = 0; i < family->nr_args; i++) {
		const bench_arg_values &arg = family->args[i];
		values.emplace_back(arg.values, arg.values + arg.nr_values);
		names.emplace_back(arg.name);
	}
	auto *registered = benchmark::RegisterBenchmark(
	    family->name, [family](benchmark::State &state) { run_family(state, family); });
	registered->UseManualTime()
	    ->Iterations(family->nr_rounds)
	    ->Repetitions(static_cast<int>(family->nr_repetitions))
	    ->DisplayAggregatesOnly(true)
	    ->Unit(benchmark::kMillisecond);
	if (family->nr_args)
		registered->ArgsProduct(values)->ArgNames(names);
}

bool bench_next(bench_state *state)
{
	return state->google->KeepRunning();
}

int64_t bench_arg(const bench_state *state, unsigned number)
{
	return state->google->range(number);
}

void bench_set_time_ns(bench_state *state, uint64_t elapsed_ns)
{
	state->google->SetIterationTime(static_cast<double>(elapsed_ns) / 1e9);
}

void bench_set_work(bench_state *state, uint64_t nr_items, uint64_t nr_bytes)
{
	state->nr_items = nr_items;
	state->nr_bytes = nr_bytes;
}

void bench_set_counter(bench_state *state, const char *name, double value)
{
	state->google->counters[name] = value;
}

void bench_set_label(bench_state *state, const char *label)
{
	state->google->SetLabel(label);
}

void bench_verified(bench_state *state, const char *why_not)
{
	state->verified = true;
	if (!why_not)
		return;
	any_failed = true;
	state->google->SkipWithError(why_not);
}

void bench_skip(bench_state *state, const char *reason)
{
	state->skipped = true;
	state->google->SkipWithError((std::string("skipped: ") + reason).c_str());
}

void bench_add_context(const char *key, const char *value)
{
	benchmark::AddCustomContext(key, value);
}

int bench_main(int argc, char **argv)
{
#ifndef NDEBUG
	std::fprintf(stderr, "bench: a debug build says nothing about speed: expected a release\n");
	return 1;
#endif
	benchmark::Initialize(&argc, argv);
	if (benchmark::ReportUnrecognizedArguments(argc, argv))
		return 2;
	if (benchmark::RunSpecifiedBenchmarks() == 0) {
		std::fprintf(stderr, "bench: the filter matches no benchmark\n");
		return 1;
	}
	benchmark::Shutdown();
	if (any_failed)
		std::fprintf(stderr, "bench: a result is not verified\n");
	return any_failed ? 1 : 0;
}

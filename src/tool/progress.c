/* SPDX-License-Identifier: MIT */
/* Draws how far work is, four times a second. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "tool/progress.h"

#define FIRST_NS       1000000000L
#define BETWEEN_NS     250000000L
#define NS_PER_SECOND  1000000000L
#define ERASE_THE_LINE "\r\033[K"

static struct timespec later(struct timespec time, long ns)
{
	time.tv_sec += ns / NS_PER_SECOND;
	time.tv_nsec += ns % NS_PER_SECOND;
	if (time.tv_nsec >= NS_PER_SECOND) {
		time.tv_nsec -= NS_PER_SECOND;
		time.tv_sec++;
	}
	return time;
}

static double seconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

static void draw(const struct mmi_progress *progress)
{
	const uint64_t nr_done = atomic_load(&progress->nr_done);
	const uint64_t nr_planned = atomic_load(&progress->nr_planned);
	const bool last = nr_planned && nr_done >= nr_planned;
	const double elapsed = seconds_since(&progress->start);

	fprintf(stderr, ERASE_THE_LINE "mminit %s: ", progress->command);
	if (!progress->noun)
		fprintf(stderr, "%.0f s", elapsed);
	else
		fprintf(stderr, "%s %llu", progress->noun, (unsigned long long)nr_done + !last);
	if (nr_planned)
		fprintf(stderr, " of %s%llu%s", progress->noun ? "" : "about ",
			(unsigned long long)nr_planned, progress->noun ? "" : " s");
	if (progress->noun && nr_planned && nr_done && !last)
		fprintf(stderr, ", about %.0f s left",
			elapsed / (double)nr_done * (double)(nr_planned - nr_done));
	fflush(stderr);
}

static void *draw_until_end(void *arg)
{
	struct mmi_progress *progress = arg;
	struct timespec next = later(progress->start, FIRST_NS);
	bool drawn = false;

	pthread_mutex_lock(&progress->lock);
	while (!progress->ended) {
		if (!pthread_cond_timedwait(&progress->ending, &progress->lock, &next) ||
		    progress->ended)
			continue;
		draw(progress);
		drawn = true;
		next = later(next, BETWEEN_NS);
	}
	pthread_mutex_unlock(&progress->lock);
	if (drawn)
		fputs(ERASE_THE_LINE, stderr);
	return NULL;
}

/* Signals are for the thread that works. */
static bool start_thread(struct mmi_progress *progress)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	const int ret = pthread_create(&progress->thread, NULL, draw_until_end, progress);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return !ret;
}

static void init_lock(struct mmi_progress *progress)
{
	pthread_condattr_t attributes;

	pthread_mutex_init(&progress->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&progress->ending, &attributes);
	pthread_condattr_destroy(&attributes);
}

void mmi_progress_begin(struct mmi_progress *progress, const struct mmi_options *options,
			const char *noun, uint64_t nr_planned)
{
	*progress = (struct mmi_progress){
	    .command = options->command, .noun = noun, .nr_planned = nr_planned};
	if (options->quiet || !isatty(STDERR_FILENO))
		return;
	clock_gettime(CLOCK_MONOTONIC, &progress->start);
	init_lock(progress);
	progress->shown = start_thread(progress);
}

void mmi_progress_set(struct mmi_progress *progress, uint64_t nr_done)
{
	atomic_store(&progress->nr_done, nr_done);
}

void mmi_progress_plan(struct mmi_progress *progress, uint64_t nr_planned)
{
	atomic_store(&progress->nr_planned, nr_planned);
}

void mmi_progress_end(struct mmi_progress *progress)
{
	if (!progress->shown)
		return;
	pthread_mutex_lock(&progress->lock);
	progress->ended = true;
	pthread_cond_signal(&progress->ending);
	pthread_mutex_unlock(&progress->lock);
	pthread_join(progress->thread, NULL);
	pthread_cond_destroy(&progress->ending);
	pthread_mutex_destroy(&progress->lock);
	progress->shown = false;
}

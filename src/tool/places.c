/* SPDX-License-Identifier: MIT */
/* Reads back from the platform where workers ran, and from the memmap whose pages lie where. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool/places.h"

static void read_worker(struct mmi_report_worker_place *place, const struct mmi_platform *platform,
			unsigned thread)
{
	struct mmi_native_binding binding;

	place->host_nid = place->cpu = -1;
	if (mmi_native_binding(platform, thread, &binding))
		return;
	place->host_nid = binding.host_nid;
	place->cpu = binding.cpu;
	place->bound = binding.bound;
	snprintf(place->cpus, sizeof(place->cpus), "%s", binding.cpus_during);
	snprintf(place->ran_on, sizeof(place->ran_on), "%s", binding.ran_on);
}

int mmi_places_read(struct mmi_places *places, const struct mmi_session *session,
		    const struct mmi_system *system)
{
	const struct mmi_machine *machine = session->machine;
	const unsigned nr_workers = system->run.nr_workers;

	places->workers = calloc(nr_workers + 1u, sizeof(*places->workers));
	places->host_nids = calloc(machine->nr_nodes, sizeof(*places->host_nids));
	if (!places->workers || !places->host_nids)
		return -ENOMEM;
	for (unsigned i = 0; i < nr_workers; i++)
		read_worker(&places->workers[i], session->platform, i);
	for (size_t i = 0; i < machine->nr_nodes; i++)
		places->host_nids[i] =
		    mmi_native_host_nid(session->platform, machine->nodes[i].nid);
	return 0;
}

/* A walk over the host's pages of the memmap, unit by unit. */
struct survey {
	struct mmi_places *places;
	const struct mmi_platform *platform;
	const struct mmi_memmap *map;
	size_t page_bytes; /* of the host */
	int *host_nids;    /* of a unit's host pages */
	size_t capacity;   /* of places->memmap */
};

/* Sorted by nid and host_nid; there are few host nodes to a node. */
static int add_page(struct survey *s, int nid, int host_nid)
{
	struct mmi_places *places = s->places;
	size_t i = places->nr_memmap;

	while (i &&
	       (places->memmap[i - 1].nid > nid ||
		(places->memmap[i - 1].nid == nid && places->memmap[i - 1].host_nid > host_nid)))
		i--;
	if (i && places->memmap[i - 1].nid == nid && places->memmap[i - 1].host_nid == host_nid) {
		places->memmap[i - 1].nr_pages++;
		return 0;
	}
	if (places->nr_memmap == s->capacity) {
		struct mmi_report_memmap_place *grown =
		    reallocarray(places->memmap, s->capacity * 2, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		places->memmap = grown;
		s->capacity *= 2;
	}
	memmove(&places->memmap[i + 1], &places->memmap[i],
		(places->nr_memmap++ - i) * sizeof(*places->memmap));
	places->memmap[i] = (struct mmi_report_memmap_place){nid, host_nid, 1};
	return 0;
}

/* The first page at or above @pfn, below @end_pfn, that has a struct page; NULL: none. */
static const struct mmi_page *first_page(const struct mmi_memmap *map, uint64_t pfn,
					 uint64_t end_pfn)
{
	const uint64_t step_pages = mmi_subsection_pages(&map->geometry);

	for (; pfn < end_pfn; pfn = mmi_align_down(pfn, step_pages) + step_pages)
		if (mmi_pfn_valid(map, pfn))
			return mmi_pfn_page(map, pfn);
	return NULL;
}

/* Host pages whose struct pages begin in [@start_pfn, @end_pfn). */
static int survey_unit(struct survey *s, uint64_t start_pfn, uint64_t end_pfn)
{
	const uint64_t pages_each = s->page_bytes / MMI_PAGE_BYTES;
	const size_t nr_host_pages = (size_t)((end_pfn - start_pfn) / pages_each);
	int ret = mmi_native_page_nodes(s->platform, mmi_pfn_page(s->map, start_pfn), nr_host_pages,
					s->host_nids);

	for (size_t i = 0; !ret && i < nr_host_pages; i++) {
		const uint64_t pfn = start_pfn + i * pages_each;
		const struct mmi_page *page = first_page(s->map, pfn, pfn + pages_each);
		if (s->host_nids[i] >= 0 && page)
			ret = add_page(s, mmi_flags_nid(page->flags), s->host_nids[i]);
	}
	return ret;
}

static int survey_memmap(struct survey *s)
{
	const uint64_t unit_pages = s->map->unit_pages;
	int ret = 0;

	for (uint64_t pfn = s->map->start_pfn; !ret && pfn < s->map->end_pfn; pfn += unit_pages) {
		pfn = mmi_align_down(mmi_memmap_next_present(s->map, pfn), unit_pages);
		if (pfn < s->map->end_pfn)
			ret = survey_unit(s, pfn, pfn + unit_pages);
	}
	return ret;
}

int mmi_places_read_memmap(struct mmi_places *places, const struct mmi_session *session,
			   const struct mmi_system *system)
{
	const struct mmi_memmap *map = &system->mem.map;
	struct survey s = {
	    .places = places,
	    .platform = session->platform,
	    .map = map,
	    .page_bytes = (size_t)sysconf(_SC_PAGESIZE),
	    .capacity = session->machine->nr_nodes,
	};
	int ret = -ENOMEM;

	s.host_nids = calloc(map->unit_pages * MMI_PAGE_BYTES / s.page_bytes, sizeof(*s.host_nids));
	places->memmap = calloc(s.capacity, sizeof(*places->memmap));
	if (s.host_nids && places->memmap)
		ret = survey_memmap(&s);
	free(s.host_nids);
	if (!ret)
		return 0;
	free(places->memmap);
	places->memmap = NULL;
	places->nr_memmap = 0;
	return ret == -ENOMEM ? ret : 0;
}

void mmi_places_deinit(struct mmi_places *places)
{
	free(places->workers);
	free(places->memmap);
	free(places->host_nids);
	*places = (struct mmi_places){0};
}

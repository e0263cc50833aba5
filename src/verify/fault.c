/* SPDX-License-Identifier: MIT */
/* The table of faults; reading one from text, and arming a system with it. */
#include <errno.h>
#include <string.h>

#include "verify/fault_parts.h"

#define BREAKS(number) (1u << (number))

static const struct mmi_fault_recipe recipes[] = {
    {.kind = {"chunk-border", "a chunk ends one pageblock before its section does", BREAKS(5)},
     .aim = mmi_aim_border,
     .edit_plan = mmi_plan_move_border},
    {.kind = {"chunk-gap", "a unit falls between two chunks", BREAKS(1) | BREAKS(5) | BREAKS(9)},
     .aim = mmi_aim_last_unit,
     .edit_plan = mmi_plan_drop_unit},
    {.kind = {"early-again", "the early budget begins anew: the last unit of a chunk is early, too",
	      BREAKS(5)},
     .aim = mmi_aim_unit_after_early,
     .edit_plan = mmi_plan_make_early},
    {.kind = {"chunk-overlap", "a chunk begins in the unit below it, which is another's",
	      BREAKS(5)},
     .aim = mmi_aim_unit_below,
     .edit_plan = mmi_plan_share_unit},
    {.kind = {"chunk-twice", "a worker does a chunk again", BREAKS(1) | BREAKS(6)},
     .aim = mmi_aim_chunk,
     .ops.chunk = mmi_chunk_twice},
    {.kind = {"chunk-lost", "a worker takes a chunk and does nothing", BREAKS(1) | BREAKS(9)},
     .aim = mmi_aim_chunk,
     .ops.chunk = mmi_chunk_lost},
    {.kind = {"section-shared", "early work writes the pageblocks of a worker's section",
	      BREAKS(4)},
     .aim = mmi_aim_foreign_section,
     .ops.chunk = mmi_chunk_trespass},
    {.kind = {"skip-range", "a block is freed that was never initialised",
	      BREAKS(1) | BREAKS(2) | BREAKS(3) | BREAKS(9)},
     .aim = mmi_aim_free_block,
     .ops.init_range = mmi_init_skip},
    {.kind = {"double-range", "a block is initialised and freed twice", BREAKS(1) | BREAKS(6)},
     .aim = mmi_aim_free_block,
     .ops.init_range = mmi_init_and_free},
    {.kind = {"init-twice", "a block is initialised twice, freed once", BREAKS(1)},
     .aim = mmi_aim_free_block,
     .ops.init_range = mmi_init_twice},
    {.kind = {"peek", "a struct page is read before it is initialised", BREAKS(2)},
     .aim = mmi_aim_free_block,
     .ops.init_range = mmi_init_peek},
    {.kind = {"early-free", "a block is freed before its second half is initialised", BREAKS(3)},
     .aim = mmi_aim_free_block,
     .ops = {.init_range = mmi_init_free_early, .free_range = mmi_free_skip}},
    {.kind = {"half-free", "each half of a block is freed as soon as it is initialised",
	      BREAKS(3) | BREAKS(7) | BREAKS(9)},
     .aim = mmi_aim_free_block,
     .ops = {.init_range = mmi_init_free_halves, .free_range = mmi_free_skip}},
    {.kind = {"unmerged", "a block is freed as two halves", BREAKS(7) | BREAKS(9)},
     .aim = mmi_aim_free_block,
     .ops.free_range = mmi_free_halves},
    {.kind = {"free-lost", "a block is never freed", BREAKS(6) | BREAKS(9)},
     .aim = mmi_aim_free_block,
     .ops.free_range = mmi_free_skip},
    {.kind = {"free-twice", "a block is freed twice", BREAKS(6)},
     .aim = mmi_aim_free_block,
     .ops.free_range = mmi_free_twice},
    {.kind = {"free-reserved", "a reserved page is freed",
	      BREAKS(6) | BREAKS(7) | BREAKS(9) | BREAKS(11)},
     .aim = mmi_aim_reserved,
     .ops.free_range = mmi_free_reserved},
    {.kind = {"wrong-zone", "a page is linked to another zone", BREAKS(7) | BREAKS(9)},
     .aim = mmi_aim_free_block,
     .ops.init_range = mmi_init_wrong_zone},
    {.kind = {"wrong-node", "a page is linked to another node", BREAKS(7) | BREAKS(9)},
     .aim = mmi_aim_free_block,
     .ops.init_range = mmi_init_wrong_node},
    {.kind = {"hole-link", "a page of a hole is linked to another node", BREAKS(9)},
     .aim = mmi_aim_hole,
     .ops.init_range = mmi_init_wrong_node},
    {.kind = {"refcount", "a free page keeps a reference", BREAKS(6) | BREAKS(9)},
     .aim = mmi_aim_free_block,
     .ops.init_range = mmi_init_refcount},
    {.kind = {"stale-field", "a field of a struct page is left as it was", BREAKS(9)},
     .aim = mmi_aim_free_block,
     .ops.init_range = mmi_init_stale_field},
    {.kind = {"pageblock-type", "one pageblock of a block is left UNMOVABLE",
	      BREAKS(8) | BREAKS(9)},
     .aim = mmi_aim_free_block,
     .ops.chunk = mmi_chunk_retype},
    {.kind = {"counter", "the managed pages of a zone are counted wrong", BREAKS(6)},
     .aim = mmi_aim_free_block,
     .ops.chunk = mmi_chunk_miscount},
    {.kind = {"splice-twice", "a worker's list joins its zone's twice", BREAKS(6)},
     .aim = mmi_aim_chunk,
     .ops.chunk = mmi_chunk_splice_twice},
    {.kind = {"chunk-overrun", "initialising goes past the end of a chunk", BREAKS(1)},
     .aim = mmi_aim_neighbour,
     .ops.chunk = mmi_chunk_overrun},
    {.kind = {"free-before-init", "a reserved page is freed before its chunk is initialised",
	      BREAKS(2) | BREAKS(3) | BREAKS(6)},
     .aim = mmi_aim_deferred_reserved,
     .ops.chunk = mmi_chunk_free_reserved},
    {.kind = {"zonelist-lost", "a zone is left out of a node's zonelist", BREAKS(10)},
     .aim = mmi_aim_zonelist,
     .edit_alloc = mmi_zonelist_lose_last},
    {.kind = {"zonelist-order", "a zonelist begins with its last zone", BREAKS(10)},
     .aim = mmi_aim_long_zonelist,
     .edit_alloc = mmi_zonelist_swap_ends},
    {.kind = {"zonelist-twice", "a zone stands in a zonelist in place of another", BREAKS(10)},
     .aim = mmi_aim_long_zonelist,
     .edit_alloc = mmi_zonelist_repeat_first},
    {.kind = {"zonelist-device", "ZONE_DEVICE, without memory, stands in a zonelist", BREAKS(10)},
     .aim = mmi_aim_zonelist,
     .edit_alloc = mmi_zonelist_name_device},
    {.kind = {"zonelist-in-place", "zonelists are rebuilt where they are read", BREAKS(10)},
     .aim = mmi_aim_nowhere,
     .rebuild = mmi_rebuild_in_place},
    {.kind = {"torn-claim", "units are claimed by load and store, not by compare-and-swap",
	      BREAKS(1) | BREAKS(4) | BREAKS(6)},
     .aim = mmi_aim_nowhere,
     .leave = mmi_leave_claim,
     .come_back = mmi_come_back_torn},
    {.kind = {"torn-pageblock", "a pageblock's type is changed by load and store: updates are lost",
	      BREAKS(7) | BREAKS(8)},
     .aim = mmi_aim_meeting,
     .leave = mmi_leave_pageblock,
     .come_back = mmi_come_back_torn},
    {.kind = {"grow-endless", "growing says that memory came when there is none left to come",
	      BREAKS(6) | MMI_FAULT_NEVER_ENDS},
     .aim = mmi_aim_nowhere,
     .come_back = mmi_come_back_grown},
    {.kind = {"kept-lost",
	      "reserved memory given back before its section stands is dropped, not kept",
	      BREAKS(6)},
     .aim = mmi_aim_any_reserved,
     .free_reserved = mmi_free_reserved_lost},
    {.kind = {"random", "one random bit of a struct page, list or counter changes, COUNT times",
	      BREAKS(6) | BREAKS(7) | BREAKS(8) | BREAKS(9)},
     .aim = mmi_aim_anywhere,
     .leave = mmi_leave_random},
    {.kind = {"alloc-fails", "an allocation of our own, number N, gets no memory", 0},
     .call = MMI_CALL_ALLOC},
    {.kind = {"reserve-fails", "address space, reservation number N, cannot be had", 0},
     .call = MMI_CALL_RESERVE},
    {.kind = {"commit-fails", "memory behind address space, number N, cannot be had", 0},
     .call = MMI_CALL_COMMIT},
    {.kind = {"bind-fails", "memory, number N that has a node, cannot be bound to it", 0},
     .call = MMI_CALL_BIND},
    {.kind = {"thread-fails", "threads from number N on do not start", 0}, .call = MMI_CALL_THREAD},
};

#define NR_RECIPES (sizeof(recipes) / sizeof(recipes[0]))

const struct mmi_fault_kind *mmi_fault_kind(size_t index)
{
	return index < NR_RECIPES ? &recipes[index].kind : NULL;
}

bool mmi_fault_is_scheduled(const struct mmi_fault_kind *kind)
{
	const struct mmi_fault_recipe *recipe = (const struct mmi_fault_recipe *)kind;

	return recipe->leave || recipe->come_back || recipe->rebuild || recipe->free_reserved;
}

bool mmi_fault_is_random(const struct mmi_fault_kind *kind)
{
	return ((const struct mmi_fault_recipe *)kind)->leave == mmi_leave_random;
}

enum mmi_platform_call mmi_fault_call(const struct mmi_fault_kind *kind)
{
	return ((const struct mmi_fault_recipe *)kind)->call;
}

static const struct mmi_fault_recipe *find_recipe(const char *name, size_t length)
{
	for (size_t i = 0; i < NR_RECIPES; i++)
		if (strlen(recipes[i].kind.name) == length &&
		    memcmp(recipes[i].kind.name, name, length) == 0)
			return &recipes[i];
	return NULL;
}

/* Digits only, and at least one; false also when they are too many for a number. */
static bool read_number(const char *text, uint64_t *number)
{
	*number = 0;
	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9' || *number > (UINT64_MAX - 9) / 10)
			return false;
		*number = *number * 10 + (uint64_t)(*text - '0');
	}
	return true;
}

int mmi_fault_parse(const char *text, struct mmi_fault *fault, struct mmi_error *err)
{
	const char *colon = strchr(text, ':');
	const size_t length = colon ? (size_t)(colon - text) : strlen(text);
	const struct mmi_fault_recipe *recipe = find_recipe(text, length);

	*fault = (struct mmi_fault){0};
	if (!recipe)
		return mmi_error_set(err, -EINVAL,
				     "fault \"%s\": expected the name of a fault, or NAME:NUMBER",
				     text);
	if (colon && !read_number(colon + 1, &fault->number))
		return mmi_error_set(err, -EINVAL,
				     "fault \"%s\": a number expected behind the colon", text);
	fault->kind = &recipe->kind;
	return 0;
}

static void wrap_ops(struct mmi_fault *fault, const struct mmi_deferred_ops *own)
{
	fault->ops = *fault->inner;
	fault->ops.name = fault->kind->name;
	fault->ops.user = fault;
	if (own->chunk)
		fault->ops.chunk = own->chunk;
	if (own->init_range)
		fault->ops.init_range = own->init_range;
	if (own->free_range)
		fault->ops.free_range = own->free_range;
}

int mmi_fault_apply(struct mmi_fault *fault, struct mmi_system *system, struct mmi_error *err)
{
	const struct mmi_fault_recipe *recipe = (const struct mmi_fault_recipe *)fault->kind;
	const struct mmi_deferred_ops *inner = system->options.run.ops;

	fault->inner = inner ? inner : mmi_deferred_engine();
	fault->system = system;
	if (system->booted)
		return mmi_error_set(err, -EBUSY, "%s: the system is booted", fault->kind->name);
	if (fault->inner->user)
		return mmi_error_set(err, -EBUSY, "%s: the system's operations are wrapped already",
				     fault->kind->name);
	if ((recipe->ops.init_range && !fault->inner->init_range) ||
	    (recipe->ops.free_range && !fault->inner->free_range))
		return mmi_error_set(err, -EINVAL,
				     "%s: algorithm %s has no step that it could spoil",
				     fault->kind->name, fault->inner->name);
	if (recipe->call)
		return mmi_error_set(err, -EINVAL, "%s: a failure of the platform, not of a system",
				     fault->kind->name);
	int ret = recipe->aim(fault, system, err);
	if (!ret && recipe->edit_plan)
		ret = recipe->edit_plan(fault, &system->plan);
	if (ret)
		return ret;
	if (!recipe->edit_plan && !recipe->edit_alloc && !mmi_fault_is_scheduled(fault->kind)) {
		wrap_ops(fault, &recipe->ops);
		system->options.run.ops = &fault->ops;
	}
	fault->is_armed = true;
	return 0;
}

void mmi_fault_strike_alloc(const struct mmi_fault *fault, struct mmi_system *system)
{
	const struct mmi_fault_recipe *recipe = (const struct mmi_fault_recipe *)fault->kind;

	if (fault->is_armed && recipe->edit_alloc)
		recipe->edit_alloc(fault, system->alloc);
}

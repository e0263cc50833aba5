/* SPDX-License-Identifier: MIT */
/* Circular lists with a head: the links of struct pages and the heads they hang on. */
#ifndef ZONE_LIST_H
#define ZONE_LIST_H

#include "mminit/memmap.h"

static inline void mmi_list_init(struct mmi_list *head)
{
	head->next = head->prev = head;
}

static inline bool mmi_list_is_empty(const struct mmi_list *head)
{
	return head->next == head;
}

static inline void mmi_list_add_tail(struct mmi_list *head, struct mmi_list *item)
{
	item->prev = head->prev;
	item->next = head;
	head->prev->next = item;
	head->prev = item;
}

static inline void mmi_list_add(struct mmi_list *head, struct mmi_list *item)
{
	mmi_list_add_tail(head->next, item);
}

static inline void mmi_list_remove(struct mmi_list *item)
{
	item->prev->next = item->next;
	item->next->prev = item->prev;
	mmi_list_init(item);
}

/* Moves everything on @from to the end of @to. */
static inline void mmi_list_splice_tail(struct mmi_list *to, struct mmi_list *from)
{
	if (mmi_list_is_empty(from))
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	mmi_list_init(from);
}

static inline struct mmi_page *mmi_list_page(struct mmi_list *item)
{
	return (struct mmi_page *)((char *)item - offsetof(struct mmi_page, lru));
}

#endif

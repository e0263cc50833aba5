/* SPDX-License-Identifier: MIT */
/* The report's page without its results: made when mminit is built, see cmake/EmbedPage.cmake. */
#ifndef REPORT_PAGE_TEMPLATE_H
#define REPORT_PAGE_TEMPLATE_H

#include <stddef.h>

extern const unsigned char mmi_page_head[]; /* up to the place of the results */
extern const size_t mmi_page_head_bytes;
extern const unsigned char mmi_page_tail[]; /* what follows them */
extern const size_t mmi_page_tail_bytes;

#endif

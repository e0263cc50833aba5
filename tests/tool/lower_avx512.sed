# SPDX-License-Identifier: MIT
# Of src/memmap/page_store_x86.c: compiles the AVX-512 store for SSE2, and takes it for supported.
s/target\("avx512f"\)/target("sse2")/
s/^\treturn mmi_x86_widest_store\(&mmi_x86_this_cpu\);/\treturn MMI_STORE_AVX512;/

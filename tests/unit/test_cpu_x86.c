/* SPDX-License-Identifier: MIT */
/* What an x86-64 CPU must say for each page store, from CPUs that are made up. */
#include "machine_fixture.h"

#include "memmap/cpu_x86.h"

#ifdef __x86_64__
#define NO_LEAF 0xdeadbeef

/* What the CPU says that is asked. */
static struct {
	uint32_t max_leaf, vendor, leaf_1_ecx, leaf_7_ebx, saved_states;
	bool xgetbv_read;
} says;

static struct mmi_cpuid read_cpuid(uint32_t leaf)
{
	/* Past the last leaf a CPU answers anything. */
	struct mmi_cpuid id = {NO_LEAF, ~0u, NO_LEAF, NO_LEAF};

	if (leaf == 0)
		id = (struct mmi_cpuid){says.max_leaf, says.vendor, 0x6c65746e, 0x49656e69};
	else if (leaf == 1)
		id = (struct mmi_cpuid){0x000806f8, ~0u, says.leaf_1_ecx, ~0u};
	else if (leaf == 7 && says.max_leaf >= 7)
		id = (struct mmi_cpuid){2, says.leaf_7_ebx, ~0u, ~0u};
	return id;
}

static uint32_t read_saved_states(void)
{
	says.xgetbv_read = true;
	return says.saved_states;
}

static const struct mmi_x86_cpu made_up = {read_cpuid, read_saved_states};

#define OSXSAVE (1u << 27)
#define AVX2    (1u << 5)
#define AVX512F (1u << 16)

static void test_a_store_needs_the_feature_and_the_saved_registers(void **state)
{
	static const struct {
		uint32_t max_leaf, leaf_1_ecx, leaf_7_ebx, saved_states;
		enum mmi_store widest;
	} cases[] = {
	    {13, OSXSAVE, AVX2 | AVX512F, 0xe7, MMI_STORE_AVX512},
	    {7, ~0u, ~0u, ~0u, MMI_STORE_AVX512},
	    {13, OSXSAVE, AVX512F, 0xe6, MMI_STORE_AVX512},
	    /* one of the states of AVX-512 is not saved */
	    {13, OSXSAVE, AVX2 | AVX512F, ~0x20u, MMI_STORE_AVX2},
	    {13, OSXSAVE, AVX2 | AVX512F, ~0x40u, MMI_STORE_AVX2},
	    {13, OSXSAVE, AVX2 | AVX512F, ~0x80u, MMI_STORE_AVX2},
	    {13, OSXSAVE, AVX2 | AVX512F, 0x06, MMI_STORE_AVX2},
	    {13, OSXSAVE, ~AVX512F, ~0u, MMI_STORE_AVX2},
	    /* nor those of AVX2 */
	    {13, OSXSAVE, ~0u, ~0x02u, MMI_STORE_SSE2},
	    {13, OSXSAVE, ~0u, ~0x04u, MMI_STORE_SSE2},
	    {13, OSXSAVE, ~0u, 0, MMI_STORE_SSE2},
	    {13, OSXSAVE, ~(AVX2 | AVX512F), ~0u, MMI_STORE_SSE2},
	    /* a system that cannot be asked what it saves, and CPUs that have no leaf 7 */
	    {13, ~OSXSAVE, ~0u, ~0u, MMI_STORE_SSE2},
	    {6, OSXSAVE, ~0u, ~0u, MMI_STORE_SSE2},
	    {1, OSXSAVE, ~0u, ~0u, MMI_STORE_SSE2},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_NR(cases); i++) {
		says.max_leaf = cases[i].max_leaf;
		says.leaf_1_ecx = cases[i].leaf_1_ecx;
		says.leaf_7_ebx = cases[i].leaf_7_ebx;
		says.saved_states = cases[i].saved_states;
		says.xgetbv_read = false;
		if (mmi_x86_widest_store(&made_up) != cases[i].widest)
			fail_msg("case %zu: %s, %s expected", i,
				 mmi_store_name(mmi_x86_widest_store(&made_up)),
				 mmi_store_name(cases[i].widest));
		/* Where there is no xgetbv it is an illegal instruction. */
		if (!(cases[i].leaf_1_ecx & OSXSAVE))
			assert_false(says.xgetbv_read);
	}
}

static void test_who_fetches_ahead_by_itself_is_not_asked_to(void **state)
{
	(void)state;
	says.vendor = 0x68747541; /* AuthenticAMD */
	assert_false(mmi_x86_gains_by_prefetch(&made_up));
	says.vendor = 0x756e6547; /* GenuineIntel */
	assert_true(mmi_x86_gains_by_prefetch(&made_up));
}

/* The compiler's own look at the processor and at what the system saves of it is another one. */
static void test_this_cpu_is_what_the_compiler_sees_too(void **state)
{
	(void)state;
	__builtin_cpu_init();
	enum mmi_store widest = MMI_STORE_SSE2;
	if (__builtin_cpu_supports("avx2"))
		widest = MMI_STORE_AVX2;
	if (__builtin_cpu_supports("avx512f"))
		widest = MMI_STORE_AVX512;
	assert_int_equal(mmi_x86_widest_store(&mmi_x86_this_cpu), widest);
	assert_int_equal(mmi_x86_gains_by_prefetch(&mmi_x86_this_cpu), !__builtin_cpu_is("amd"));
}
#else
static void test_other_processors_have_files_of_their_own(void **state)
{
	(void)state;
	assert_false(mmi_store_is_supported(MMI_STORE_SSE2));
	assert_false(mmi_store_is_supported(MMI_STORE_AVX2));
	assert_false(mmi_store_is_supported(MMI_STORE_AVX512));
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
#ifdef __x86_64__
	    cmocka_unit_test(test_a_store_needs_the_feature_and_the_saved_registers),
	    cmocka_unit_test(test_who_fetches_ahead_by_itself_is_not_asked_to),
	    cmocka_unit_test(test_this_cpu_is_what_the_compiler_sees_too),
#else
	    cmocka_unit_test(test_other_processors_have_files_of_their_own),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

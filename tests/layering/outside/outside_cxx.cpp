/* SPDX-License-Identifier: MIT */
/* A program outside of the tree, in C++: boots a small machine and says what it is linked with. */
#include <cstring>
#include <iostream>
#include <memory>
#include <mminit/mminit.h>
#include <mminit/platform_native.h>

namespace
{

template <typename object, void (*destroy)(object *)> struct destroyer {
	void operator()(object *it) const
	{
		destroy(it);
	}
};

template <typename object, void (*destroy)(object *)>
using owned = std::unique_ptr<object, destroyer<object, destroy>>;

bool boot(const mmi_platform *platform, mmi_error *err)
{
	const char shape[] = "1n:512M";
	const mmi_system_options options = {};
	mmi_machine *machine = nullptr;
	mmi_system *system = nullptr;

	if (mmi_input_shape(platform, shape, std::strlen(shape), nullptr, &machine, nullptr, err))
		return false;
	owned<mmi_machine, mmi_machine_destroy> its_machine(machine);
	if (mmi_system_create(machine, &options, &system, err))
		return false;
	owned<mmi_system, mmi_system_destroy> its_system(system);
	return mmi_system_boot(system, err) == 0;
}

} // namespace

int main()
{
	mmi_platform *platform = nullptr;
	mmi_error err = {};

	if (mmi_platform_native_create(nullptr, &platform, &err)) {
		std::cerr << err.text << '\n';
		return 1;
	}
	owned<mmi_platform, mmi_platform_native_destroy> its_platform(platform);
	if (!boot(platform, &err)) {
		std::cerr << err.text << '\n';
		return 1;
	}
	std::cout << (mmi_verify_is_checked_core() ? "booted, checked\n" : "booted\n");
}

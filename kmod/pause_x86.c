// SPDX-License-Identifier: GPL-2.0-only
/* Pause detection on x86: see pause.h. */
#include <linux/bcd.h>
#include <linux/cache.h>
#include <linux/math64.h>
#include <linux/mc146818rtc.h>
#include <linux/minmax.h>
#include <linux/spinlock.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/tsc.h>
#include "pause.h"

#define HYPERVISOR_LEAF		0x40000000
#define SECONDS_PER_HOUR	3600

enum pause_clock {
	CLOCK_NONE,
	CLOCK_TSC,
	CLOCK_RTC,
};

static enum pause_clock pause_clock __ro_after_init;

/* The emulator of QEMU names itself in the hypervisor leaf: "TCGTCGTCGTCG". */
static bool is_emulated(void)
{
	u32 eax, ebx, ecx, edx;

	cpuid(HYPERVISOR_LEAF, &eax, &ebx, &ecx, &edx);
	return ebx == 0x54474354 && ecx == 0x43544743 && edx == 0x47435447;
}

void __init baton_pause_init(void)
{
	if (!boot_cpu_has(X86_FEATURE_HYPERVISOR))
		pause_clock = CLOCK_NONE;
	else if (is_emulated())
		pause_clock = CLOCK_RTC;
	else if (boot_cpu_has(X86_FEATURE_CONSTANT_TSC) && tsc_khz)
		pause_clock = CLOCK_TSC;
}

/*
 * Minutes are read before and after the seconds, so that a carry between the
 * reads cannot look like a jump. The loop ends: two carries are a minute apart.
 */
static u32 rtc_seconds(void)
{
	unsigned long flags;
	u8 minute, again, second;

	spin_lock_irqsave(&rtc_lock, flags);
	again = CMOS_READ(RTC_MINUTES);
	do {
		minute = again;
		second = CMOS_READ(RTC_SECONDS);
		again = CMOS_READ(RTC_MINUTES);
	} while (again != minute);
	spin_unlock_irqrestore(&rtc_lock, flags);
	return bcd2bin(minute) * 60 + bcd2bin(second);
}

void baton_pause_arm(struct baton_pause *pause, u32 lease_ms)
{
	switch (pause_clock) {
	case CLOCK_NONE:
		break;
	case CLOCK_TSC:
		WRITE_ONCE(pause->tsc_until, rdtsc_ordered() + (u64)lease_ms * tsc_khz);
		break;
	case CLOCK_RTC:
		WRITE_ONCE(pause->rtc_start, rtc_seconds());
		/* a second may end right after the start: one more is not a pause */
		WRITE_ONCE(pause->rtc_limit, lease_ms / 1000 + 1);
		break;
	}
}

bool baton_pause_seen(const struct baton_pause *pause)
{
	u32 passed;

	switch (pause_clock) {
	case CLOCK_NONE:
		return false;
	case CLOCK_TSC:
		return rdtsc() >= READ_ONCE(pause->tsc_until);
	case CLOCK_RTC:
		passed = (rtc_seconds() + SECONDS_PER_HOUR - READ_ONCE(pause->rtc_start)) %
			 SECONDS_PER_HOUR;
		return passed > READ_ONCE(pause->rtc_limit);
	}
	return false;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One deliberate fault for each checker of the debug kernels: a checker that does not see its own has
 * become blind. `insmod bite.ko what=NAME`; hooks.sh knows what each has to bring about.
 */
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timer.h>

static char *what;
module_param(what, charp, 0);

static DEFINE_SPINLOCK(one);
static DEFINE_SPINLOCK(other);
static int __rcu *shared;
static int shift = 40;
static int outcome;

static void atomic_sleep(void)
{
	spin_lock(&one);
	might_sleep();
	spin_unlock(&one);
}

static void rcu(void)
{
	outcome = !rcu_dereference(shared);
}

static void ubsan(void)
{
	outcome = 1 << READ_ONCE(shift);
}

static void never(struct timer_list *timer)
{
}

/* The check stops the timer. */
static void object(void)
{
	struct timer_list *timer = kzalloc(sizeof(*timer), GFP_KERNEL);

	if (!timer)
		return;
	timer_setup(timer, never, 0);
	mod_timer(timer, jiffies + 1000 * HZ);
	kfree(timer);
}

/* Several, since a copy of the last pointer may be left somewhere. */
static void leak(void)
{
	int i;

	for (i = 0; i < 10; i++)
		outcome += !kmalloc(200, GFP_KERNEL);
}

static void circular(void)
{
	spin_lock(&one);
	spin_lock(&other);
	spin_unlock(&other);
	spin_unlock(&one);
	spin_lock(&other);
	spin_lock(&one);
	spin_unlock(&one);
	spin_unlock(&other);
}

static void freed(void)
{
	char *p = kzalloc(64, GFP_KERNEL);

	if (!p)
		return;
	kfree(p);
	outcome = READ_ONCE(p[8]);
}

static const struct {
	const char	*name;
	void		(*run)(void);
} faults[] = {
	{ "atomic_sleep", atomic_sleep }, { "rcu", rcu }, { "ubsan", ubsan }, { "object", object },
	{ "leak", leak }, { "circular", circular }, { "freed", freed },
};

static int __init bite_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(faults); i++)
		if (what && !strcmp(faults[i].name, what)) {
			faults[i].run();
			return 0;
		}
	return -EINVAL;
}

static void __exit bite_exit(void)
{
}

module_init(bite_init);
module_exit(bite_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Faults for checkers to find");

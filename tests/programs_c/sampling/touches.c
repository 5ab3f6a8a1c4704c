/* Touches a sampled block as the argument says. About one block in ten is one; they are
 * told from other blocks, which most are, by their distance from those. */
#include <setjmp.h>
#include <signal.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COUNT 4000

static char *blocks[COUNT];

__attribute__((noinline)) static char *make(size_t size)
{
	char *block = malloc(size);
	__asm__ volatile("" : : "r"(block) : "memory");
	return block;
}

__attribute__((noinline)) static void drop(char *block)
{
	free(block);
	__asm__ volatile("" : : : "memory");
}

static int by_address(const void *a, const void *b)
{
	uintptr_t x = (uintptr_t)*(char *const *)a, y = (uintptr_t)*(char *const *)b;
	return (x > y) - (x < y);
}

/* A block at the start of its page, or one that ends with it. */
static char *sample(size_t size, int is_lower)
{
	size_t i, count = size < 10000 ? COUNT : COUNT / 10;
	for (i = 0; i < count; i++)
		blocks[i] = make(size);
	qsort(blocks, count, sizeof blocks[0], by_address);
	for (i = 0; i < count; i++) {
		uintptr_t at = (uintptr_t)blocks[i];
		uintptr_t aligned = size + (-size & 15);
		uintptr_t most = (uintptr_t)blocks[count / 2];
		int is_far = (at > most ? at - most : most - at) > (uintptr_t)1 << 30;
		if (is_far && (is_lower ? at % 4096 == 0 : (at + aligned) % 4096 == 0))
			return blocks[i];
	}
	puts("no sample");
	exit(1);
}

static sigjmp_buf back;

static void handler(int signal)
{
	(void)signal;
	siglongjmp(back, 1);
}

int main(int count, char **arguments)
{
	const char *what = count > 1 ? arguments[1] : "";
	size_t size = count > 2 ? strtoul(arguments[2], NULL, 10) : 100;
	volatile char *block;
	if (!strcmp(what, "past")) {
		block = sample(size, 0);
		block[size + (-size & 15)] = 1;
	} else if (!strcmp(what, "before")) {
		block = sample(size, 1);
		(void)block[-1];
	} else if (!strcmp(what, "freed")) {
		block = sample(size, 0);
		drop((char *)block);
		(void)block[size / 2];
	} else if (!strcmp(what, "twice")) {
		block = sample(size, 0);
		drop((char *)block);
		drop((char *)block);
	} else if (!strcmp(what, "guard")) {
		/* From the lowest of many, so that guards stand above it. */
		size_t i;
		for (i = 0; i < COUNT; i++)
			blocks[i] = make(size);
		qsort(blocks, COUNT, sizeof blocks[0], by_address);
		for (block = blocks[0];; block++)
			*block = 1;
	} else if (!strcmp(what, "nothing")) {
		block = make(0);
		(void)block[0];
	} else if (!strcmp(what, "large-past")) {
		block = make(300000);
		(void)block[300000 + (-300000 & 15)];
	} else if (!strcmp(what, "large-freed")) {
		block = make(300000);
		drop((char *)block);
		(void)block[7];
	} else if (!strcmp(what, "null")) {
		block = NULL;
		(void)block[16];
	} else if (!strcmp(what, "valid")) {
		size_t i, round;
		for (round = 0; round < 4; round++) {
			for (i = 0; i < COUNT; i++) {
				size_t bytes = 1 + (i * 37 + round * 11) % 3000;
				size_t align = (size_t)16 << i % 6;
				blocks[i] = i % 7 ? make(bytes) : aligned_alloc(align, bytes);
				if (i % 7 == 0 && (uintptr_t)blocks[i] % align)
					return puts("not aligned"), 1;
				if (malloc_usable_size(blocks[i]) < bytes)
					return puts("too short"), 1;
				memset(blocks[i], (int)i, bytes);
				if (i % 5 == 0) {
					char *longer = realloc(blocks[i], bytes + 500);
					size_t at;
					for (at = 0; at < bytes; at++)
						if (longer[at] != (char)i)
							return puts("lost"), 1;
					blocks[i] = longer;
				}
			}
			for (i = 0; i < COUNT; i++)
				drop(blocks[i]);
		}
		puts("fine");
		return 0;
	} else if (!strcmp(what, "handled")) {
		int round;
		signal(SIGSEGV, handler);
		/* The library notices the handler within half a second of allocations. */
		for (round = 0; round < 100; round++) {
			struct timespec pause = {0, 20000000};
			int i;
			nanosleep(&pause, NULL);
			for (i = 0; i < 5000; i++)
				drop(make(100));
		}
		block = sample(size, 0);
		if (sigsetjmp(back, 1) == 0) {
			block[size + (-size & 15)] = 1;
			return 1;
		}
		puts("handled");
		return 0;
	}
	return 2;
}

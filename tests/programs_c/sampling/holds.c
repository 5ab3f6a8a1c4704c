/* Holds 100,000 small blocks and 20 large ones until it exits, after others that it frees. */
#include <stdlib.h>

static void *kept[100020];

int main(void)
{
	size_t i;
	for (i = 0; i < 200000; i++)
		free(malloc(200));
	for (i = 0; i < 100000; i++)
		kept[i] = malloc(96);
	for (; i < 100020; i++)
		kept[i] = malloc(1 << 20);
	return kept[100019] == NULL;
}

/* Holds 100,000 small blocks and 20 large ones until it exits, after others that it frees. With an argument
 * it sends itself that signal, and then ends without the work that is done at exit. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static void *kept[100020];

int main(int count, char **arguments)
{
	size_t i;
	for (i = 0; i < 200000; i++)
		free(malloc(200));
	for (i = 0; i < 100000; i++)
		kept[i] = malloc(96);
	for (; i < 100020; i++)
		kept[i] = malloc(1 << 20);
	if (count > 1) {
		raise(atoi(arguments[1]));
		_exit(kept[100019] == NULL);
	}
	return kept[100019] == NULL;
}

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
struct list { int value; struct list *next; };
static struct list *push(struct list *rest, int value) {
    struct list *one = malloc(sizeof *one);
    one->value = value; one->next = rest;
    return one;
}
static int descend(int n, struct list *list) { return n ? descend(n - 1, push(list, n)) + 1 : list->value; }
static void *thread(void *text) { return strdup(text); }
int main(void) {
    pthread_t one; void *copy;
    pthread_create(&one, NULL, thread, "text");
    pthread_join(one, &copy);
    printf("%d %s\n", descend(20, NULL), (char *)copy);
    return 0;
}

/*
 * starmalloc: what this library adds to malloc(3). Everything else it exports is declared by the
 * standard headers.
 *
 * The functions may be called from any thread. C99 and C++.
 */
#ifndef STARMALLOC_H
#define STARMALLOC_H

#define STARMALLOC_VERSION_MAJOR 0
#define STARMALLOC_VERSION_MINOR 1
#define STARMALLOC_VERSION_PATCH 0

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the library in use, as "major.minor.patch". Never NULL; lives for ever. */
const char *starmalloc_version(void);

/*
 * The first line of the last fault report, for debuggers and core dumps; empty before any.
 * Never NULL.
 */
extern const char *const starmalloc_abort_message;

#ifdef __cplusplus
}
#endif

#endif

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

/* Small allocations of one size class, in all arenas. */
struct starmalloc_class_statistics {
    unsigned long long slot_bytes;      /* bytes of a slot; 0 for allocations of no bytes */
    unsigned long long live;            /* allocations in use */
    unsigned long long live_bytes;      /* bytes asked for in them */
    unsigned long long quarantined;     /* freed slots that are held back from reuse */
    unsigned long long free;            /* slots that were used before and are ready for use */
    unsigned long long committed_bytes; /* bytes of address space made usable */
    unsigned long long guards;          /* guard pages among them */
};

/* What the heap holds at one moment. It may grow; size says how long it is. */
struct starmalloc_statistics {
    unsigned long long size;
    unsigned long long sequence;         /* odd while shared figures are being written */
    unsigned long long time_ms;          /* CLOCK_MONOTONIC when they were counted */
    unsigned long long level;            /* 0 light, 1 default, 2 strong */
    unsigned long long rung;             /* step of the layout ladder, 0 the largest */
    unsigned long long class_count;      /* of the classes below */
    unsigned long long large_live;       /* large allocations in use */
    unsigned long long large_live_bytes; /* bytes asked for in them */
    unsigned long long large_ranges;     /* mappings that are theirs, or wait for reuse */
    unsigned long long retained_bytes;   /* pages kept of freed large allocations */
    unsigned long long guards;           /* guard pages among small allocations */
    unsigned long long guards_missing;   /* guards that could not be had */
    unsigned long long purged_bytes;     /* of small allocations, given back to the system so far */
    unsigned long long faults;           /* faults reported by a process that went on */
    unsigned long long samples;          /* sampled allocations in use */
    unsigned long long data_start;       /* where all small allocations lie: from this address on */
    unsigned long long data_bytes;       /* so many bytes */
    unsigned long long span_bytes;       /* to each class in turn, arena by arena */
    struct starmalloc_class_statistics classes[64];
};

/*
 * Fills *out with the statistics, no more than size bytes of them, and returns how many bytes there
 * are in all. size_t is unsigned long on every system this library is for. Any thread may call it.
 */
unsigned long starmalloc_stats(struct starmalloc_statistics *out, unsigned long size);

/*
 * For tools that look at a process from outside: which version of the library it has, and which level
 * is in force. It may grow; size says how long it is.
 */
struct starmalloc_description {
    unsigned long long size;
    char version[16];           /* as starmalloc_version, filled up with zero bytes */
    const unsigned char *level; /* 0 light, 1 default, 2 strong */
    /* Figures kept up to date if the option share_stats is on, otherwise all zero. */
    const struct starmalloc_statistics *statistics;
};
extern const struct starmalloc_description starmalloc_description;

/*
 * A function that a program may define, to set options before they are read from the environment: it
 * returns a list such as "level=strong,verbose=1", or NULL. It runs at the program's first allocation,
 * before constructors, so it must not allocate or call anything that may; the string must live for
 * ever. The program must export it: linking with this library does that, -rdynamic does otherwise.
 * docs/options.md lists the options.
 */
const char *starmalloc_default_options(void);

/*
 * Parameters of mallopt(3), of the numbers that Scudo gave them. mallopt returns 1 when it has done as
 * told, and 0 for a parameter that it does not know or a value that makes no sense. glibc's own
 * parameters (M_MXFAST, M_ARENA_MAX and so on) are accepted and change nothing.
 */
#ifndef M_DECAY_TIME
#define M_DECAY_TIME (-100) /* as the option decay_ms; less than 0: weeks */
#endif
#ifndef M_PURGE
#define M_PURGE (-101) /* gives idle memory back now, as malloc_trim(3) */
#endif
#ifndef M_PURGE_ALL
#define M_PURGE_ALL (-104) /* the same */
#endif
#ifndef M_PURGE_FAST
#define M_PURGE_FAST (-105) /* the same */
#endif
#ifndef M_CACHE_COUNT_MAX
#define M_CACHE_COUNT_MAX (-200) /* most freed large allocations that keep their pages for reuse */
#endif
#ifndef M_CACHE_SIZE_MAX
#define M_CACHE_SIZE_MAX (-201) /* bytes of the largest such; 64 MiB unless set */
#endif
#ifndef M_TSDS_COUNT_MAX
#define M_TSDS_COUNT_MAX (-202) /* as the option arenas; may only grow */
#endif
#ifndef M_LOG_STATS
#define M_LOG_STATS (-205) /* writes the statistics, as malloc_stats(3) */
#endif

#ifdef __cplusplus
}
#endif

#endif

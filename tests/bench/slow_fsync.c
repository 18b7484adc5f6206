/* Makes a disk slow: every flush takes SLOW_FSYNC_US microseconds longer. Loaded by LD_PRELOAD. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static int flushed(const char *name, int file) {
    int (*flush)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    int result = flush(file);
    const char *longer = getenv("SLOW_FSYNC_US");
    if (longer) usleep((useconds_t)atoi(longer));
    return result;
}

int fsync(int file) { return flushed("fsync", file); }
int fdatasync(int file) { return flushed("fdatasync", file); }

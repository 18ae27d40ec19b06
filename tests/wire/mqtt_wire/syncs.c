/* Preloaded into a broker: what its disk does when a file is synced.
 *   SYNCS_FOLDER  each sync of a write-ahead log adds a byte to `count` there; while there is a file
 *                 `hold`, it makes a file `held` and waits
 *   SYNCS_MS      so long each sync takes at least
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void wait_ms(long ms) {
    struct timespec left = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&left, &left) != 0) {
    }
}

static void add_to(const char* folder, const char* name, size_t bytes) {
    char path[4200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (file < 0 || write(file, ".", bytes) != (ssize_t)bytes) {
        abort();
    }
    close(file);
}

static int is_log(int file) {
    char link[64];
    char name[4200];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, name, sizeof name);
    return length > 4 && memcmp(name + length - 4, "-wal", 4) == 0;
}

static int sync_with(long call, int file) {
    const char* folder = getenv("SYNCS_FOLDER");
    const char* ms = getenv("SYNCS_MS");
    if (ms != NULL) {
        wait_ms(atol(ms));
    }
    if (folder != NULL && is_log(file)) {
        char hold[4200];
        add_to(folder, "count", 1);
        snprintf(hold, sizeof hold, "%s/hold", folder);
        while (access(hold, F_OK) == 0) {
            add_to(folder, "held", 0);
            wait_ms(1);
        }
    }
    return (int)syscall(call, file);
}

int fdatasync(int file) {
    return sync_with(SYS_fdatasync, file);
}

int fsync(int file) {
    return sync_with(SYS_fsync, file);
}

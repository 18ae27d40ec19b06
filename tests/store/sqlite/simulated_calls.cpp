// What the store does to its files without SQLite's help, passed on to the simulated disk, if there
// is one.
#include "simulated_disk.hpp"

#include <array>
#include <climits>
#include <cstdio>
#include <fcntl.h>
#include <string>
#include <sys/syscall.h>
#include <unistd.h>

extern "C" int rename(const char* from, const char* to) noexcept {
    if (auto* const disk = lmqtt::test::simulated_disk::present()) {
        disk->rename(from, to);
    }
    return static_cast<int>(syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to));
}

extern "C" int fsync(int descriptor) {
    auto* const disk = lmqtt::test::simulated_disk::present();
    if (disk == nullptr) {
        return static_cast<int>(syscall(SYS_fsync, descriptor));
    }
    std::array<char, PATH_MAX> path{};
    const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
    const ssize_t size = readlink(link.c_str(), path.data(), path.size());
    if (size > 0) {
        disk->sync(std::string(path.data(), static_cast<std::size_t>(size)));
    }
    return 0;
}

#include "store/sqlite/reserve_file.hpp"

#include <cstdint>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace lmqtt::persistence {

namespace {

constexpr std::uintmax_t reserve_bytes = 8 * 1024 * 1024;

}  // namespace

bool reserve_file::keep() const {
    std::error_code unknown;
    if (std::filesystem::file_size(path_, unknown) == reserve_bytes && !unknown) {
        return true;
    }
    const int file = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
    if (file < 0) {
        return false;
    }
    ::fchmod(file, 0640);  // whatever the umask: as the database beside it
    const bool kept = ::posix_fallocate(file, 0, static_cast<off_t>(reserve_bytes)) == 0;
    if (!kept) {
        ::unlink(path_.c_str());
    }
    ::close(file);
    return kept;
}

void reserve_file::give_up() const {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
}

}  // namespace lmqtt::persistence

// Another database in the place of one. What is cut short has either changed nothing, or keeps
// every broker from starting until it is done again.
#include "store/sqlite/copy.hpp"
#include "store/sqlite/state_file.hpp"
#include "store/sqlite/state_files.hpp"
#include "store/sqlite/state_lock.hpp"
#include "store/sqlite/state_reader.hpp"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace lmqtt::persistence {

namespace {

using cause = state_error::cause;
using owner = std::pair<uid_t, gid_t>;

owner owner_of(const restoring& wanted) {
    if (wanted.owner) {
        return *wanted.owner;
    }

    struct stat about {};

    if (::stat(wanted.to.c_str(), &about) != 0) {
        ::stat(folder_of(wanted.to).c_str(), &about);
    }
    return {about.st_uid, about.st_gid};
}

void require_sound(const std::string& path) {
    const verdict found = verify(path);
    if (!found.problems.empty()) {
        throw state_error(cause::damaged, path, found.problems.front() + "; nothing was restored");
    }
}

// What will be the database, complete, under the name that keeps brokers from starting while there
// is nothing in its place. Goes when there is.
class prepared {
public:
    prepared(unfinished_copy& copy, const std::string& path)
        : path_(path) {
        copy.finish(name_while_restoring(path), true);
    }

    prepared(const prepared&) = delete;
    prepared& operator=(const prepared&) = delete;

    ~prepared() {
        if (!restore_was_cut_short(path_)) {
            ::unlink(name_while_restoring(path_).c_str());
        }
    }

    void put_in_place() const {
        if (std::rename(name_while_restoring(path_).c_str(), path_.c_str()) != 0) {
            throw state_error(
                cause::not_written,
                path_,
                "cannot be put in place: " + std::generic_category().message(errno)
            );
        }
        sync_folder_of(path_);
    }

private:
    std::string path_;
};

}  // namespace

restored restore(const restoring& wanted) {
    schema_lacks(wanted.from);  // one that is too new is no use here
    const state_lock lock(wanted.to);
    std::error_code none;
    if (std::filesystem::equivalent(wanted.from, wanted.to, none)) {
        throw state_error(cause::refused, wanted.from, "is the database itself");
    }
    require_sound(wanted.from);
    const state_reader source(wanted.from);
    unfinished_copy copy(source.handle(), unfinished_name(wanted.to));
    if (::geteuid() == 0) {
        const owner whose = owner_of(wanted);
        copy.give_to(whose.first, whose.second);
        lock.give_to(whose.first, whose.second);
    }
    const copied what = copy.what();
    const prepared fresh(copy, wanted.to);
    set_aside before(wanted.to, "replaced", wanted.now_ms);
    fresh.put_in_place();
    before.keep();
    return {what, before.name()};
}

}  // namespace lmqtt::persistence

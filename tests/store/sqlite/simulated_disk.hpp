// A disk whose power can fail. While one exists it is SQLite's default VFS: the files are real, but
// a sync only tells this class, which remembers what of each file in one folder is on the disk for
// certain, and what may be. One at a time; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <sqlite3.h>
#include <string>
#include <string_view>
#include <vector>

namespace lmqtt::test {

class simulated_disk {
public:
    enum class action : std::uint8_t { write, truncate, sync, remove };

    struct operation {
        action what;
        std::string_view file;  // without its folder
    };

    // Asked before each operation, without a lock; anything but SQLITE_OK happens in its place. Of
    // a write that fails the first half arrives.
    using watcher = std::function<int(const operation&)>;

    // File name and content.
    using image = std::map<std::string, std::string>;

    // What lies in the folder is on the disk. Other folders are not watched, nor are they synced.
    explicit simulated_disk(const std::string& folder, watcher watch = {});
    simulated_disk(const simulated_disk&) = delete;
    simulated_disk& operator=(const simulated_disk&) = delete;
    ~simulated_disk();

    // What is found after the power has failed now. All that was synced is there. Of all else, each
    // sector of 512 bytes has been written, or not, or holds zeros or anything; files may have any
    // of their sizes, and any of their names.
    image cut(std::mt19937_64& random) const;

    // What is found after the process has been killed now.
    image killed() const;

    // What fsync() of this folder does, or of a file in it.
    void sync(const std::string& path);
    void rename(const std::string& from, const std::string& to);

    // The one there is.
    static simulated_disk* present();

private:
    struct change {
        std::size_t offset;
        std::string bytes;  // none: it was cut off there
    };

    struct stored {
        std::string durable;
        std::vector<change> unsynced;
    };

    struct open_file;
    friend struct open_file;
    using names = std::map<std::string, std::shared_ptr<stored>>;

    static std::size_t size_of(const stored& file);
    static std::string after_cut(const stored& file, std::mt19937_64& random);
    static int open(sqlite3_vfs*, const char* path, sqlite3_file* into, int flags, int* got);
    static int remove(sqlite3_vfs*, const char* path, int sync_folder);

    bool is_here(std::string_view path) const;

    int ask(action what, std::string_view file) const { return watch_({what, file}); }

    names names_now() const;
    void sync_names();
    std::shared_ptr<stored> find_or_make(const std::string& path, bool existed);
    void record(stored& file, change what);
    void settle(stored& file);
    void lose(stored& file);

    std::string folder_;
    watcher watch_;
    sqlite3_vfs* real_;
    sqlite3_vfs self_;
    mutable std::mutex mutex_;
    names names_;
    names durable_names_;
    std::mt19937_64 kernel_{1};  // decides what of a failed sync has arrived
};

// Makes the folder hold these files of SQLite's, and no others.
void restore(const simulated_disk::image& from, const std::string& folder);

}  // namespace lmqtt::test

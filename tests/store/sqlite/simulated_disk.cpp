#include "simulated_disk.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <new>
#include <set>
#include <unistd.h>
#include <utility>

namespace lmqtt::test {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t sector = 512;
constexpr const char* vfs_name = "lmqtt-simulated-disk";

bool chance(std::mt19937_64& random, unsigned percent) {
    return random() % 100 < percent;
}

std::string content_of(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

// Not SQLite's.
bool is_beside(const fs::path& path) {
    return path.extension() == ".lock" || path.extension() == ".reserve";
}

// The part of a write that falls into one sector.
std::string_view piece_of(std::string_view bytes, std::size_t offset, std::size_t at) {
    return bytes.substr(at, sector - (offset + at) % sector);
}

// What became of a sector that was not written properly; `was` is what it held.
std::string torn(std::string_view written, std::string was, std::mt19937_64& random) {
    switch (random() % 8) {
    case 0:
        return std::string(written.size(), '\0');
    case 1:
        std::generate(was.begin(), was.end(), [&] { return static_cast<char>(random()); });
        return was;
    case 2:
        return std::string(written.substr(0, written.size() / 2)) + was.substr(written.size() / 2);
    default:
        return was;
    }
}

}  // namespace

// What SQLite holds of an open file; the real VFS's own lies behind it.
struct simulated_disk::open_file {
    sqlite3_file base;
    simulated_disk* disk;
    std::string name;
    std::shared_ptr<stored> content;  // none: not watched
    bool syncs_folder;                // the first time, as the real one does for logs and journals

    static open_file& of(sqlite3_file* file) { return *reinterpret_cast<open_file*>(file); }

    static sqlite3_file* real_of(sqlite3_file* file) {
        return reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + size);
    }

    template <auto Method, class... Arguments>
    static int pass(sqlite3_file* file, Arguments... arguments) {
        sqlite3_file* const real = real_of(file);
        return (real->pMethods->*Method)(real, arguments...);
    }

    static int close(sqlite3_file* file) {
        const int code = pass<&sqlite3_io_methods::xClose>(file);
        of(file).~open_file();
        return code;
    }

    static int write(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
        open_file& self = of(file);
        const int code = self.content ? self.disk->ask(action::write, self.name) : SQLITE_OK;
        const int arrives = code == SQLITE_OK ? size : size / 2;
        const int written = pass<&sqlite3_io_methods::xWrite>(file, from, arrives, offset);
        if (written == SQLITE_OK && self.content && arrives > 0) {
            const std::string bytes(
                static_cast<const char*>(from), static_cast<std::size_t>(arrives)
            );
            self.disk->record(*self.content, {static_cast<std::size_t>(offset), bytes});
        }
        return code == SQLITE_OK ? written : code;
    }

    static int truncate(sqlite3_file* file, sqlite3_int64 length) {
        open_file& self = of(file);
        const int code = self.content ? self.disk->ask(action::truncate, self.name) : SQLITE_OK;
        if (code != SQLITE_OK) {
            return code;
        }
        const int done = pass<&sqlite3_io_methods::xTruncate>(file, length);
        if (done == SQLITE_OK && self.content) {
            self.disk->record(*self.content, {static_cast<std::size_t>(length), {}});
        }
        return done;
    }

    static int sync(sqlite3_file* file, int /*flags*/) {
        open_file& self = of(file);
        if (!self.content) {
            return SQLITE_OK;
        }
        const int code = self.disk->ask(action::sync, self.name);
        if (code != SQLITE_OK) {
            self.disk->lose(*self.content);
            return code;
        }
        self.disk->settle(*self.content);
        if (std::exchange(self.syncs_folder, false)) {
            self.disk->sync_names();
        }
        return SQLITE_OK;
    }

    static void barrier(sqlite3_file* file) {
        sqlite3_file* const real = real_of(file);
        real->pMethods->xShmBarrier(real);
    }

    static const std::size_t size;
    static const sqlite3_io_methods methods;
};

const std::size_t simulated_disk::open_file::size = (sizeof(open_file) + 15) / 16 * 16;

const sqlite3_io_methods simulated_disk::open_file::methods{
    .iVersion = 2,
    .xClose = close,
    .xRead = pass<&sqlite3_io_methods::xRead>,
    .xWrite = write,
    .xTruncate = truncate,
    .xSync = sync,
    .xFileSize = pass<&sqlite3_io_methods::xFileSize>,
    .xLock = pass<&sqlite3_io_methods::xLock>,
    .xUnlock = pass<&sqlite3_io_methods::xUnlock>,
    .xCheckReservedLock = pass<&sqlite3_io_methods::xCheckReservedLock>,
    .xFileControl = pass<&sqlite3_io_methods::xFileControl>,
    .xSectorSize = pass<&sqlite3_io_methods::xSectorSize>,
    .xDeviceCharacteristics = pass<&sqlite3_io_methods::xDeviceCharacteristics>,
    .xShmMap = pass<&sqlite3_io_methods::xShmMap>,
    .xShmLock = pass<&sqlite3_io_methods::xShmLock>,
    .xShmBarrier = barrier,
    .xShmUnmap = pass<&sqlite3_io_methods::xShmUnmap>,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

simulated_disk::simulated_disk(const std::string& folder, watcher watch)
    : folder_(fs::canonical(folder))
    , watch_(watch ? std::move(watch) : [](const operation&) { return SQLITE_OK; })
    , real_(sqlite3_vfs_find(nullptr))
    , self_(*real_) {
    for (const auto& each : fs::directory_iterator(folder_)) {
        if (!is_beside(each.path()) && each.path().extension() != ".db-shm") {
            names_[each.path().filename()] = std::make_shared<stored>(stored{content_of(each), {}});
        }
    }
    durable_names_ = names_;
    self_.zName = vfs_name;
    self_.pNext = nullptr;
    self_.pAppData = this;
    self_.szOsFile = static_cast<int>(open_file::size) + real_->szOsFile;
    self_.xOpen = open;
    self_.xDelete = remove;
    sqlite3_vfs_register(&self_, 1);
}

simulated_disk::~simulated_disk() {
    sqlite3_vfs_unregister(&self_);
    sqlite3_vfs_register(real_, 1);
}

simulated_disk* simulated_disk::present() {
    sqlite3_vfs* const vfs = sqlite3_vfs_find(vfs_name);
    return vfs == nullptr ? nullptr : static_cast<simulated_disk*>(vfs->pAppData);
}

bool simulated_disk::is_here(std::string_view path) const {
    return fs::path(path).parent_path() == folder_;
}

int simulated_disk::open(
    sqlite3_vfs* vfs, const char* path, sqlite3_file* into, int flags, int* got
) {
    auto& disk = *static_cast<simulated_disk*>(vfs->pAppData);
    sqlite3_file* const real = open_file::real_of(into);
    into->pMethods = nullptr;
    const bool watched = path != nullptr && disk.is_here(path);
    const bool existed = watched && fs::exists(path);
    const int code = disk.real_->xOpen(disk.real_, path, real, flags, got);
    if (code != SQLITE_OK) {
        return code;
    }
    const bool of_log = (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
    new (into) open_file{
        {&open_file::methods},
        &disk,
        watched ? fs::path(path).filename().string() : std::string{},
        watched ? disk.find_or_make(path, existed) : nullptr,
        of_log && (flags & SQLITE_OPEN_CREATE) != 0};
    return SQLITE_OK;
}

int simulated_disk::remove(sqlite3_vfs* vfs, const char* path, int sync_folder) {
    auto& disk = *static_cast<simulated_disk*>(vfs->pAppData);
    if (!disk.is_here(path)) {
        return disk.real_->xDelete(disk.real_, path, 0);
    }
    const std::string name = fs::path(path).filename();
    const int refused = disk.ask(action::remove, name);
    if (refused != SQLITE_OK) {
        return refused;
    }
    const int code = disk.real_->xDelete(disk.real_, path, 0);
    if (sync_folder != 0) {
        disk.sync_names();
    }
    return code;
}

// A name may have gone without SQLite.
simulated_disk::names simulated_disk::names_now() const {
    names now = names_;
    std::erase_if(now, [&](const auto& each) {
        return !fs::exists(fs::path(folder_) / each.first);
    });
    return now;
}

void simulated_disk::sync_names() {
    const std::lock_guard held(mutex_);
    durable_names_ = names_ = names_now();
}

// As the process sees it.
std::size_t simulated_disk::size_of(const stored& file) {
    std::size_t size = file.durable.size();
    for (const change& each : file.unsynced) {
        const std::size_t end = each.offset + each.bytes.size();
        size = each.bytes.empty() ? end : std::max(size, end);
    }
    return size;
}

std::shared_ptr<simulated_disk::stored>
simulated_disk::find_or_make(const std::string& path, bool existed) {
    const std::lock_guard held(mutex_);
    auto& found = names_[fs::path(path).filename()];
    const bool is_another = !existed || (fs::file_size(path) == 0 && found && size_of(*found) != 0);
    if (!found || is_another) {
        found = std::make_shared<stored>();
    }
    return found;
}

void simulated_disk::record(stored& file, change what) {
    const std::lock_guard held(mutex_);
    file.unsynced.push_back(std::move(what));
}

void simulated_disk::settle(stored& file) {
    const std::lock_guard held(mutex_);
    for (const change& each : file.unsynced) {
        if (each.bytes.empty()) {
            file.durable.resize(each.offset);
            continue;
        }
        file.durable.resize(std::max(file.durable.size(), each.offset + each.bytes.size()));
        file.durable.replace(each.offset, each.bytes.size(), each.bytes);
    }
    file.unsynced.clear();
}

// After an fsync() that failed Linux takes the pages for clean: what has not arrived is never tried
// again.
void simulated_disk::lose(stored& file) {
    const std::lock_guard held(mutex_);
    file.durable = after_cut(file, kernel_);
    file.unsynced.clear();
}

std::string simulated_disk::after_cut(const stored& file, std::mt19937_64& random) {
    constexpr std::array<unsigned, 6> shares{0, 20, 50, 80, 95, 100};
    const unsigned kept = shares.at(random() % shares.size());
    std::string found = file.durable;
    std::size_t size = found.size();
    std::set<std::size_t> sizes{size};  // it has had
    for (const change& each : file.unsynced) {
        if (each.bytes.empty()) {
            sizes.insert(size = each.offset);
            if (chance(random, kept)) {
                found.resize(each.offset);
            }
            continue;
        }
        size = std::max(size, each.offset + each.bytes.size());
        sizes.insert(size);
        for (std::size_t at = 0; at < each.bytes.size();) {
            const std::string_view piece = piece_of(each.bytes, each.offset, at);
            const std::size_t begin = each.offset + at;
            at += piece.size();
            if (kept == 0) {
                continue;
            }
            found.resize(std::max(found.size(), begin + piece.size()));
            const bool whole = chance(random, kept);
            std::string was = found.substr(begin, piece.size());
            found.replace(
                begin,
                piece.size(),
                whole ? std::string(piece) : torn(piece, std::move(was), random)
            );
        }
    }
    if (kept != 100 && sizes.size() > 1 && chance(random, 30)) {
        auto any = sizes.begin();
        std::advance(any, random() % sizes.size());
        found.resize(*any);
    }
    return found;
}

simulated_disk::image simulated_disk::cut(std::mt19937_64& random) const {
    const std::lock_guard held(mutex_);
    const names now = names_now();
    image found;
    const auto look = [&](const names& here, const names& there) {
        for (const auto& [name, file] : here) {
            const auto other = there.find(name);
            const bool certain = other != there.end() && other->second == file;
            if (!found.contains(name) && (certain || chance(random, 50))) {
                found[name] = after_cut(*file, random);
            }
        }
    };
    look(durable_names_, now);
    look(now, durable_names_);
    return found;
}

simulated_disk::image simulated_disk::killed() const {
    const std::lock_guard held(mutex_);
    image found;
    for (const auto& [name, file] : names_now()) {
        found[name] = content_of(fs::path(folder_) / name);
    }
    return found;
}

void simulated_disk::sync(const std::string& path) {
    if (path == folder_) {
        sync_names();
    } else if (is_here(path) && fs::exists(path)) {
        settle(*find_or_make(path, true));
    }
}

void simulated_disk::rename(const std::string& from, const std::string& to) {
    const std::lock_guard held(mutex_);
    if (is_here(from)) {
        names_[fs::path(to).filename()] = std::exchange(names_[fs::path(from).filename()], {});
        names_.erase(fs::path(from).filename());
    }
}

void restore(const simulated_disk::image& from, const std::string& folder) {
    for (const auto& each : fs::directory_iterator(folder)) {
        if (!is_beside(each.path())) {
            fs::remove(each.path());
        }
    }
    for (const auto& [file, content] : from) {
        std::ofstream(fs::path(folder) / file, std::ios::binary) << content;
    }
}

}  // namespace lmqtt::test

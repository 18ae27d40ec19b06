#include "accounts/account_files.hpp"

#include "accounts/password_file.hpp"

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <sys/stat.h>
#include <system_error>
#include <utility>

namespace lmqtt::accounts {

namespace {

credentials read_password_file(const std::string& path) {
    credentials listed = read_credentials(path, parse_password_file);
    if (!listed.problems.empty()) {
        throw std::runtime_error(summary(listed.problems, path));
    }
    return listed;
}

}  // namespace

account_files::stamp account_files::stamp::of(const std::string& path) {
    struct stat about {};

    if (path.empty()) {
        return {};
    }
    if (::stat(path.c_str(), &about) != 0) {
        if (errno == ENOENT) {
            return {};
        }
        throw std::runtime_error(
            path + ": cannot be looked at: " + std::generic_category().message(errno)
        );
    }
    return {about.st_dev, about.st_ino, about.st_mtim.tv_sec, about.st_mtim.tv_nsec, about.st_size};
}

bool account_files::stamp::is_same_file(const stamp& other) const {
    return device == other.device && number == other.number && (size < 0) == (other.size < 0);
}

account_files::account_files(account_paths paths, std::int64_t now_ms)
    : database_(std::move(paths.database))
    , password_file_(std::move(paths.password_file)) {
    use(read_again(paths.of_listeners, now_ms));
}

// Versions and stamps are taken before what they are about is read: what changes meanwhile is read
// once more.
account_files::reading
account_files::read_again(const file_set& of_listeners, std::int64_t now_ms) const {
    reading found;
    opened& fresh = found.files_;
    credentials listed;
    if (!password_file_.empty()) {
        fresh.password_file = stamp::of(password_file_);
        listed = read_password_file(password_file_);
    }
    credentials_by_file listed_for;
    for (const std::string& each : of_listeners) {
        fresh.of_listeners.emplace(each, stamp::of(each));
        listed_for.emplace(each, read_password_file(each));
    }
    database_contents contents;
    fresh.accounts_file = stamp::of(database_);
    if (fresh.accounts_file.size >= 0) {
        fresh.accounts = std::make_unique<database>(database_, now_ms);
        fresh.version = fresh.accounts->version();
        contents = fresh.accounts->read();
    }
    found.made_ = directory(listed, contents, listed_for);
    return found;
}

void account_files::use(reading&& what) {
    files_.with([&](opened& files) { use_locked(files, std::move(what)); });
}

void account_files::use_locked(opened& files, reading&& what) {
    files = std::move(what.files_);
    directory_.with([&](directory& current) { current = std::move(what.made_); });
}

bool account_files::have_changed() {
    return files_.with([this](opened& files) {
        try {
            return differ_from(files) ||
                   (files.accounts && files.accounts->version() != files.version);
        } catch (const std::runtime_error&) {
            return true;  // reload() will say why
        }
    });
}

bool account_files::differ_from(const opened& files) const {
    const auto is_other = [](const auto& each) { return stamp::of(each.first) != each.second; };
    return stamp::of(password_file_) != files.password_file ||
           !stamp::of(database_).is_same_file(files.accounts_file) ||
           std::ranges::any_of(files.of_listeners, is_other);
}

std::string account_files::reload(std::int64_t now_ms) {
    return files_.with([&](opened& files) -> std::string {
        try {
            file_set of_listeners;
            for (const auto& [path, when] : files.of_listeners) {
                of_listeners.insert(path);
            }
            use_locked(files, read_again(of_listeners, now_ms));
            return {};
        } catch (const std::exception& wrong) {
            return wrong.what();
        }
    });
}

account_ptr account_files::find(const std::string& name, const std::string& file) const {
    return directory_.with_shared([&](const directory& all) { return all.find(name, file); });
}

std::vector<std::string> account_files::hash_of_each_cost() const {
    return directory_.with_shared([](const directory& all) {
        return std::vector<std::string>(all.hash_of_each_cost());
    });
}

bool account_files::has_accounts() const {
    return directory_.with_shared([](const directory& all) { return all.has_accounts(); });
}

std::optional<ban> account_files::ban_of(const visitor& who, std::int64_t now_ms) const {
    return directory_.with_shared([&](const directory& all) { return all.ban_of(who, now_ms); });
}

std::vector<access_rule> account_files::rules() const {
    return directory_.with_shared([](const directory& all) {
        return std::vector<access_rule>(all.rules());
    });
}

std::string account_files::scram_secret() const {
    return directory_.with_shared([](const directory& all) {
        return std::string(all.scram_secret());
    });
}

std::string account_files::replace_password(const account& checked, const stored_password& made) {
    if (!checked.in_database) {
        return {};
    }
    return files_.with([&](opened& files) -> std::string {
        try {
            if (!files.accounts ||
                !files.accounts->replace_password(checked.name, checked.password.hash, made)) {
                return {};
            }
        } catch (const std::exception& wrong) {
            return wrong.what();
        }
        account changed = checked;
        changed.password = made;
        directory_.with([&](directory& all) {
            const account_ptr now = all.find(checked.name);
            if (now && now->in_database && now->password == checked.password) {
                changed.roles = now->roles;
                changed.disabled = now->disabled;
                all.replace(std::make_shared<const account>(std::move(changed)));
            }
        });
        return {};
    });
}

}  // namespace lmqtt::accounts

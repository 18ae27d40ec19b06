// The files that accounts are in, and the directory as it was last read from them. What cannot be
// read leaves the directory as it was. Any thread may call it; reading is for a thread that may
// wait.
#pragma once

#include "accounts/directory.hpp"
#include "base/locked.hpp"

#include <map>
#include <set>

namespace lmqtt::accounts {

// Of password files.
using file_set = std::set<std::string>;

struct account_paths {
    std::string database;
    std::string password_file;   // empty: none
    file_set of_listeners = {};  // that have one of their own
};

class account_files {
    // Which file it is, and when it was written.
    struct stamp {
        std::uint64_t device = 0;
        std::uint64_t number = 0;
        std::int64_t seconds = 0;
        std::int64_t nanoseconds = 0;
        std::int64_t size = -1;  // no file

        // Throws std::runtime_error if that cannot be told.
        static stamp of(const std::string& path);
        bool is_same_file(const stamp& other) const;
        friend bool operator==(const stamp&, const stamp&) = default;
    };

    struct opened {
        std::unique_ptr<database> accounts;  // null: there is none
        stamp accounts_file;
        std::int64_t version = 0;
        stamp password_file;
        std::map<std::string, stamp> of_listeners;
    };

public:
    /// What is in the files, read and not in use yet.
    class reading {
    public:
        const std::vector<access_rule>& rules() const { return made_.rules(); }

    private:
        friend class account_files;

        opened files_;
        directory made_;
    };

    /// Reads them. Throws std::runtime_error, whose text names the file, if one is not as it should
    /// be. A database that does not exist holds no accounts, and may come to be later.
    account_files(account_paths paths, std::int64_t now_ms);

    /// Whether reading them again may give something else.
    bool have_changed();

    /// Reads them again, and of the listeners' files these, and changes nothing. Throws as the
    /// constructor does.
    reading read_again(const file_set& of_listeners, std::int64_t now_ms) const;

    /// From now on these.
    void use(reading&& what);

    /// Both, with the listeners' files there are. Empty; or why the directory stays what it was.
    std::string reload(std::int64_t now_ms);

    /// As directory::find().
    account_ptr find(const std::string& name, const std::string& file = {}) const;
    std::vector<std::string> hash_of_each_cost() const;
    bool has_accounts() const;
    std::optional<ban> ban_of(const visitor& who, std::int64_t now_ms) const;
    std::vector<access_rule> rules() const;
    std::string scram_secret() const;

    /// Remembers another form of a password that was checked against this account. Does nothing if
    /// it has another password meanwhile, or is in a password file, which belongs to somebody else.
    /// Empty; or why it could not be written.
    std::string replace_password(const account& checked, const stored_password& made);

private:
    void use_locked(opened& files, reading&& what);
    bool differ_from(const opened& files) const;

    const std::string database_;
    const std::string password_file_;
    base::locked<opened> files_;  // locked before the directory
    base::shared_locked<directory> directory_;
};

}  // namespace lmqtt::accounts

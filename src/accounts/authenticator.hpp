// Decides whether a user name and a password belong together, without making the caller wait: cheap
// answers come at once, the others from one of a few threads, whose number bounds the memory that
// hashing takes. Guesses are slowed down by telling when to try again; the waiting is the caller's.
// Any thread may ask. Whoever destroys it makes sure that nobody asks any more.
#pragma once

#include "accounts/account_files.hpp"
#include "accounts/backoff.hpp"
#include "accounts/password_hash.hpp"
#include "accounts/verified_cache.hpp"
#include "accounts/worker_pool.hpp"
#include "base/clock.hpp"

#include <atomic>
#include <functional>

namespace lmqtt::accounts {

struct login {
    std::string user_name;
    std::optional<std::string> password;  // of any length: whoever asks has limited it
    std::string peer;  // "192.0.2.7:49152", "2001:db8::1"; what is no address is this machine
    std::string client_id;
    std::string password_file = {};  // in place of the server's; empty: that one
    base::steady_time until = base::steady_time::max();  // later no answer is of any use
};

struct verdict {
    enum class kind : std::uint8_t {
        accepted,
        refused,    // not this user with this password
        banned,     // whatever the password
        try_later,  // there were too many failures: nothing was looked at
        busy,       // too many others are being checked for it to have an answer in time
    };

    kind is = kind::refused;
    std::string user_name = {};           // if accepted, as are
    std::vector<std::string> roles = {};  // these
    std::chrono::milliseconds retry_after{0};
    std::string of_file = {};  // account::file

    friend bool operator==(const verdict&, const verdict&) = default;
};

struct authenticator_settings {
    hash_profile profile = hash_profile::argon2id;
    bool back_off = true;
    unsigned threads = 0;  // 0: half of the processors, at least one
    std::size_t most_waiting = 256;
    backoff_limits limits = {};
    verified_cache_limits cache = {};
    /// Told one line when something does not work that no client is to blame for. Any thread.
    std::function<void(const std::string&)> complain = {};
};

class authenticator {
public:
    using answer = std::function<void(const verdict&)>;

    /// The files and the clock must outlive it.
    authenticator(account_files& files, const base::clock& clock, authenticator_settings settings);
    authenticator(const authenticator&) = delete;
    authenticator& operator=(const authenticator&) = delete;

    /// Waits for what is being checked, and answers what waits: busy.
    ~authenticator();

    /// `done` is called once: before this returns, or from another thread. It must not throw.
    void check(login who, answer done);

    /// For proofs that others check, message by message, as those of SCRAM: why nothing of theirs
    /// is looked at now, banned or try_later. Nothing: go on. The user name is empty while not
    /// known.
    std::optional<verdict> holds_back(const login& who);

    /// What came of such a proof. Failures and successes count as those of passwords do.
    void count(const login& who, bool is_proved);

private:
    struct attempt;

    using outcome = std::optional<verdict>;  // nothing: not known yet

    outcome known_at_once(const attempt& of);
    outcome ban_of(const attempt& of) const;
    outcome cheap_answer(const attempt& of);
    std::chrono::milliseconds wait_of(base::locked<backoff>& table, const attempt& of);
    std::size_t most_before(const attempt& of) const;
    verdict hashed_answer(const attempt& of);
    void hash_for_nothing(const std::string& hashed, const std::string& password) const;
    void took(std::chrono::nanoseconds one_hash);
    void succeeded(const attempt& of, const account& known);
    void failed(const attempt& of);
    void hash_anew(const attempt& of, const account& known);
    void remember(const attempt& of, const account& known);
    bool is_remembered(const attempt& of, const std::string& hash);
    std::string fingerprint_here(const attempt& of);
    void run(attempt& of) noexcept;
    void complain(const std::string& what) const;

    account_files& files_;
    const base::clock& clock_;
    const authenticator_settings settings_;
    const std::string nobodys_hash_;
    base::locked<backoff> addresses_;
    base::locked<backoff> users_;
    base::locked<verified_cache> verified_;
    std::atomic<std::chrono::nanoseconds::rep> usual_hash_ = 0;  // lately; 0: not known yet
    worker_pool workers_;  // last: its threads use all of the above
};

}  // namespace lmqtt::accounts

#include "accounts/authenticator.hpp"

#include "accounts/crypto.hpp"
#include "accounts/names.hpp"
#include "accounts/scram.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace lmqtt::accounts {

namespace {

using kind = verdict::kind;

unsigned threads_of(const authenticator_settings& settings) {
    return settings.threads != 0 ? settings.threads
                                 : std::max(1U, std::thread::hardware_concurrency() / 2);
}

// Names are the client's: a table of long ones would be large.
std::string bounded_key(const std::string& name) {
    return name.size() <= 32 ? name : digest(digest_kind::sha256, name);
}

// A name on a listener with a password file of its own is counted apart, whosever it turns out to
// be: what is held back does not tell in which file it is.
std::string key_of(const login& who) {
    if (who.password_file.empty() || who.user_name.empty()) {
        return bounded_key(who.user_name);
    }
    return digest(digest_kind::sha256, who.password_file + '\0' + who.user_name);
}

verdict accepted(const account& known) {
    return {
        .is = kind::accepted, .user_name = known.name, .roles = known.roles, .of_file = known.file};
}

}  // namespace

struct authenticator::attempt {
    attempt(login from, answer to, base::instant now)
        : who(std::move(from))
        , done(std::move(to))
        , at(now)
        , address(parse_address(who.peer))
        , address_key(address ? counting_key(*address) : std::string())
        , user_key(key_of(who)) {}

    attempt(const attempt&) = delete;
    attempt& operator=(const attempt&) = delete;

    ~attempt() {
        if (who.password) {
            wipe(*who.password);
        }
    }

    login who;
    answer done;
    base::instant at;  // when it was looked at last
    std::optional<address_bytes> address;
    std::string address_key;  // empty: this machine, which is not held back
    std::string user_key;
};

authenticator::authenticator(
    account_files& files, const base::clock& clock, authenticator_settings settings
)
    : files_(files)
    , clock_(clock)
    , settings_(std::move(settings))
    , nobodys_hash_(impossible_hash(settings_.profile))
    , addresses_(settings_.limits)
    , users_(settings_.limits)
    , verified_(settings_.cache)
    , workers_(threads_of(settings_)) {}

authenticator::~authenticator() = default;

void authenticator::check(login who, answer done) {
    const auto one = std::make_shared<attempt>(std::move(who), std::move(done), clock_.now());
    if (const outcome known = known_at_once(*one)) {
        one->done(*known);
        return;
    }
    job work{[this, one] { run(*one); }, [one] { one->done({.is = kind::busy}); }};
    if (!workers_.submit(std::move(work), most_before(*one))) {
        one->done({.is = kind::busy});
    }
}

// Who would wait in vain is told so at once. As long as nobody waits it is looked at, whatever the
// last hashes took, so that a machine that was slow once is found to be quick again.
std::size_t authenticator::most_before(const attempt& of) const {
    const auto usual = usual_hash_.load(std::memory_order_relaxed);
    const auto left = (of.who.until - of.at.steady).count();
    if (usual == 0 || of.who.until == base::steady_time::max()) {
        return settings_.most_waiting;
    }
    // Of each thread, besides its own hash and the one that is under way.
    const auto hashes = static_cast<std::size_t>(std::max(left / usual - 2, std::int64_t{1}));
    const std::size_t most = settings_.most_waiting;
    return std::min(std::min(hashes, most) * threads_of(settings_), most);
}

// What is decided here says nothing about whether there is such a user.
authenticator::outcome authenticator::known_at_once(const attempt& of) {
    if (outcome banned = ban_of(of)) {
        return banned;
    }
    const bool has_password = of.who.password && !of.who.password->empty();
    if (!has_password || !problem_with_name(of.who.user_name).empty()) {
        return verdict{};
    }
    return cheap_answer(of);
}

authenticator::outcome authenticator::ban_of(const attempt& of) const {
    const auto banned = files_.ban_of(
        {of.address, of.who.user_name, of.who.client_id}, base::milliseconds_of(of.at.wall)
    );
    return banned ? outcome(verdict{.is = kind::banned}) : std::nullopt;
}

std::chrono::milliseconds authenticator::wait_of(base::locked<backoff>& table, const attempt& of) {
    const std::string& key = &table == &users_ ? of.user_key : of.address_key;
    if (!settings_.back_off || key.empty()) {
        return std::chrono::milliseconds(0);
    }
    return table.with([&](backoff& failures) { return failures.wait(key, of.at.steady); });
}

// The cache is asked after the address and before the user: who guesses from one address is slowed
// down, also for passwords that were checked lately; and who fails as somebody else does not keep
// that one's own devices out.
authenticator::outcome authenticator::cheap_answer(const attempt& of) {
    if (const auto wait = wait_of(addresses_, of); wait.count() > 0) {
        return verdict{.is = kind::try_later, .retry_after = wait};
    }
    const account_ptr known = files_.find(of.who.user_name, of.who.password_file);
    // Asked about nobody as well, as it takes a while.
    const bool was_right = is_remembered(of, known ? known->password.hash : nobodys_hash_);
    if (known && !known->disabled && was_right) {
        return accepted(*known);
    }
    if (const auto wait = wait_of(users_, of); wait.count() > 0) {
        return verdict{.is = kind::try_later, .retry_after = wait};
    }
    return std::nullopt;
}

bool authenticator::is_remembered(const attempt& of, const std::string& hash) {
    return verified_.with([&](verified_cache& cache) {
        const checked_password which{of.who.user_name, hash, *of.who.password};
        return cache.has(cache.fingerprint(which), of.at.steady);
    });
}

void authenticator::remember(const attempt& of, const account& known) {
    verified_.with([&](verified_cache& cache) {
        const checked_password which{known.name, known.password.hash, *of.who.password};
        cache.remember(cache.fingerprint(which), of.at.steady);
    });
}

// On a thread of the pool. A lot may have happened while it waited: the same password of a thousand
// devices was checked for the first of them, failures have added up that none of them knew of, or
// whoever asked has gone.
void authenticator::run(attempt& of) noexcept {
    verdict found{.is = kind::busy};
    try {
        of.at = clock_.now();
        if (const outcome known = cheap_answer(of)) {
            found = *known;
        } else if (of.at.steady < of.who.until) {
            found = hashed_answer(of);
            took(clock_.now().steady - of.at.steady);
        }
    } catch (const std::exception& wrong) {
        found = {.is = kind::busy};  // nobody gets in by it, and it is no failure of theirs
        complain(std::string("a password could not be checked: ") + wrong.what());
    }
    of.done(found);
}

// Of what another thread says meanwhile one may be lost, which changes nothing.
void authenticator::took(std::chrono::nanoseconds one_hash) {
    const auto usual = usual_hash_.load(std::memory_order_relaxed);
    const auto now = usual == 0 ? one_hash.count() : (7 * usual + one_hash.count()) / 8;
    usual_hash_.store(now, std::memory_order_relaxed);
}

verdict authenticator::hashed_answer(const attempt& of) {
    const account_ptr known = files_.find(of.who.user_name, of.who.password_file);
    const bool fits = known && verify_password(known->password.hash, *of.who.password);
    if (!fits || known->disabled) {
        hash_for_nothing(known ? known->password.hash : std::string(), *of.who.password);
        failed(of);
        return {};
    }
    succeeded(of, *known);
    return accepted(*known);
}

// Whoever is refused, for whatever reason, has cost one hash of each kind there is: how long it
// took does not tell whether there is such a user.
void authenticator::hash_for_nothing(const std::string& hashed, const std::string& password) const {
    std::vector<std::string> all = files_.hash_of_each_cost();
    const auto costs = [](std::string_view what) {
        return [what](const std::string& each) { return cost_of(each) == cost_of(what); };
    };
    if (std::ranges::none_of(all, costs(nobodys_hash_))) {
        all.push_back(nobodys_hash_);
    }
    std::erase_if(all, costs(hashed));
    for (const std::string& each : all) {
        verify_password(each, password);
    }
}

// In the order of cheap_answer(), and for its reasons: where there is no password to remember, it
// is the address that a user has come from lately.
std::optional<verdict> authenticator::holds_back(const login& who) {
    const attempt of(who, {}, clock_.now());
    if (outcome banned = ban_of(of)) {
        return banned;
    }
    if (const auto wait = wait_of(addresses_, of); wait.count() > 0) {
        return verdict{.is = kind::try_later, .retry_after = wait};
    }
    const auto wait = wait_of(users_, of);
    if (wait.count() == 0) {
        return std::nullopt;
    }
    const std::string here = fingerprint_here(of);
    const bool was_here = !here.empty() && verified_.with([&](verified_cache& cache) {
        return cache.has(here, of.at.steady);
    });
    return was_here ? std::nullopt : outcome(verdict{.is = kind::try_later, .retry_after = wait});
}

void authenticator::count(const login& who, bool is_proved) {
    const attempt of(who, {}, clock_.now());
    if (!is_proved) {
        return failed(of);
    }
    users_.with([&](backoff& failures) { failures.succeed(of.user_key); });
    if (const std::string here = fingerprint_here(of); !here.empty()) {
        verified_.with([&](verified_cache& cache) { cache.remember(here, of.at.steady); });
    }
}

// Of a user at an address, as long as what the proof was checked against stays the same. Empty:
// this machine, where no address holds back who guesses, or nobody.
std::string authenticator::fingerprint_here(const attempt& of) {
    const account_ptr known = files_.find(of.who.user_name);
    if (of.address_key.empty() || !known || !known->password.scram) {
        return {};
    }
    return verified_.with([&](verified_cache& cache) {
        const std::string stored = "SCRAM " + known->password.scram->stored_key;
        return cache.fingerprint({known->name, stored, of.address_key});
    });
}

void authenticator::failed(const attempt& of) {
    const base::steady_time now = of.at.steady;
    if (!of.address_key.empty()) {
        addresses_.with([&](backoff& failures) { failures.fail(of.address_key, now); });
    }
    users_.with([&](backoff& failures) { failures.fail(of.user_key, now); });
}

void authenticator::succeeded(const attempt& of, const account& known) {
    users_.with([&](backoff& failures) { failures.succeed(of.user_key); });
    remember(of, known);
    if (known.in_database && needs_rehash(known.password.hash, settings_.profile) &&
        says_all_of(known.password.hash, *of.who.password)) {
        hash_anew(of, known);
    }
}

// What was hashed by others gets all that a new password gets; what was hashed by us keeps what it
// has.
void authenticator::hash_anew(const attempt& of, const account& known) {
    const std::string& password = *of.who.password;
    stored_password made{hash_password(password, settings_.profile), known.password.scram};
    if (!is_own_hash(known.password.hash) && !made.scram && is_scram_name(known.name)) {
        made.scram = make_scram_verifier(password);
    }
    const std::string wrong = files_.replace_password(known, made);
    if (!wrong.empty()) {
        complain("a password could not be hashed anew: " + wrong);
        return;
    }
    if (const account_ptr now = files_.find(known.name); now && now->password == made) {
        remember(of, *now);
    }
}

void authenticator::complain(const std::string& what) const {
    if (settings_.complain) {
        settings_.complain(what);
    }
}

}  // namespace lmqtt::accounts

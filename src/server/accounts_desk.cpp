#include "server/accounts_desk.hpp"

#include "accounts/credentials.hpp"
#include "accounts/scram.hpp"

#include <stdexcept>
#include <utility>

namespace lmqtt::serving {

namespace {

using client::login_verdict;

login_verdict refused(reason_code why) {
    login_verdict said;
    said.reason = why;
    return said;
}

login_verdict said_by(const accounts::verdict& found) {
    using kind = accounts::verdict::kind;
    switch (found.is) {
    case kind::accepted: {
        login_verdict said;
        said.username = found.user_name;
        said.roles = found.roles;
        said.roles_are_the_accounts = found.of_file.empty();
        said.has_account = true;
        said.of_file = found.of_file;
        return said;
    }
    case kind::refused:
        break;
    case kind::banned:
        return refused(reason_code::banned);
    case kind::try_later:
        return refused(reason_code::connection_rate_exceeded);
    case kind::busy:
        return refused(reason_code::quota_exceeded);
    }
    return refused(reason_code::bad_user_name_or_password);
}

accounts::jwt_algorithm algorithm_of(token_algorithm which) {
    return static_cast<accounts::jwt_algorithm>(which);
}

std::optional<accounts::jwt_verifier> make_verifier(const jwt_options& options) {
    if (options.key_file.empty()) {
        return std::nullopt;
    }
    const auto refuse = [&options](const std::string& why) {
        throw std::runtime_error("auth.jwt.key_file " + options.key_file + ": " + why);
    };
    std::string text;
    if (const std::string wrong = accounts::read_whole(options.key_file, text); !wrong.empty()) {
        refuse(wrong);
    }
    accounts::jwt_rules rules;
    try {
        rules.keys.emplace_back(algorithm_of(options.algorithm), text);
    } catch (const std::runtime_error& unusable) {
        refuse(unusable.what());
    }
    rules.issuer = options.issuer;
    rules.audience = options.audience;
    rules.leeway = options.leeway;
    rules.user_claim = options.username_claim;
    rules.roles_claim = options.roles_claim;
    return accounts::jwt_verifier(std::move(rules));
}

bool is_token(const std::optional<std::string>& password) {
    return password && client::looks_like_token(*password);
}

}  // namespace

accounts_desk::accounts_desk(
    const auth_options& options,
    const accounts::file_set& of_listeners,
    base::logger log,
    const base::clock& clock
)
    : log_(log)
    , clock_(clock)
    , files_(
          {.database = options.accounts,
           .password_file = options.password_file,
           .of_listeners = of_listeners},
          base::milliseconds_of(clock.now().wall)
      )
    , tokens_(make_verifier(options.jwt)) {
    accounts::authenticator_settings settings;
    settings.profile = options.hash == password_hash::argon2id
                           ? accounts::hash_profile::argon2id
                           : accounts::hash_profile::argon2id_edge;
    settings.back_off = options.backoff;
    settings.complain = [this](const std::string& what) {
        log_.error("accounts have a problem", {{"why", what}});
    };
    passwords_ = std::make_unique<accounts::authenticator>(files_, clock_, std::move(settings));
}

accounts_desk::~accounts_desk() {
    if (reading_.joinable()) {
        reading_.join();
    }
    passwords_.reset();
}

client::login_desk accounts_desk::desk_of(post_function post) {
    client::login_desk desk;
    desk.has_accounts = [this](const std::string& password_file) {
        return has_accounts(password_file);
    };
    desk.check = [this, post = std::move(post)](client::login&& who, done_function done) {
        check(std::move(who), post, std::move(done));
    };
    desk.objection = [this](const client::guest& who) { return objection_to(who); };
    desk.begin_exchange = [this](std::string_view method, client::login&& who) {
        return begin(method, std::move(who));
    };
    return desk;
}

void accounts_desk::check(client::login&& who, const post_function& post, done_function done) {
    const bool has_token = tokens_ && is_token(who.password);
    if (!who.username || who.is_proved || has_token || !has_accounts(who.password_file)) {
        return done(check_here(who));
    }
    accounts::login asked;
    asked.user_name = std::move(*who.username);
    asked.password = std::move(who.password);
    asked.peer = std::move(who.peer);
    asked.client_id = std::move(who.client_id);
    asked.password_file = std::move(who.password_file);
    asked.until = who.until;
    // It knows of bans as well.
    passwords_->check(
        std::move(asked),
        [post, done = std::move(done)](const accounts::verdict& found) {
            post([done, said = said_by(found)] { done(said); });
        }
    );
}

// All but user names with passwords.
login_verdict accounts_desk::check_here(const client::login& who) {
    if (is_banned(who)) {
        return refused(reason_code::banned);
    }
    if (who.is_proved) {
        return check_proved(who);
    }
    if (tokens_ && is_token(who.password)) {
        return check_token(who);
    }
    const bool is_nameless = !who.username && !who.password;
    if (is_nameless || !has_accounts(who.password_file)) {
        return {};  // nobody in particular
    }
    return refused(reason_code::bad_user_name_or_password);
}

// Accounts may have changed since it was let in, or the file they are in on its listener.
std::string_view accounts_desk::objection_to(const client::guest& who) const {
    const std::string name(who.username);
    const accounts::visitor visitor{accounts::parse_address(who.peer), name, who.client_id};
    if (files_.ban_of(visitor, base::milliseconds_of(clock_.now().wall))) {
        return "banned";
    }
    accounts::account_ptr known;
    if (!name.empty()) {
        known = files_.find(name, std::string(who.password_file));
    }
    if (known && known->file != who.of_file) {
        known = nullptr;  // somebody else of that name
    }
    if (known && known->disabled) {
        return "its account is disabled";
    }
    return who.has_account && !known ? "its account is gone" : "";
}

bool accounts_desk::is_banned(const client::login& who) const {
    const std::string name = who.username.value_or("");
    const accounts::visitor visitor{accounts::parse_address(who.peer), name, who.client_id};
    return files_.ban_of(visitor, base::milliseconds_of(clock_.now().wall)).has_value();
}

login_verdict accounts_desk::check_proved(const client::login& who) const {
    const accounts::account_ptr known = files_.find(*who.username);
    if (known && known->disabled) {
        return refused(reason_code::not_authorized);
    }
    login_verdict said;
    said.username = *who.username;
    said.roles = known ? known->roles : std::vector<std::string>();
    return said;
}

login_verdict accounts_desk::check_token(const client::login& who) {
    const accounts::jwt_verdict found = tokens_->check(*who.password, clock_.now().wall);
    if (!found.identity) {
        log_.warn("token refused", {{"peer", who.peer}, {"why", found.why}});
        return refused(reason_code::bad_user_name_or_password);
    }
    const bool is_somebody_elses = who.username && *who.username != found.identity->user_name;
    const accounts::account_ptr known = files_.find(found.identity->user_name);
    client::login named = who;
    named.username = found.identity->user_name;
    if (is_somebody_elses || (known && known->disabled) || is_banned(named)) {
        return refused(reason_code::not_authorized);
    }
    login_verdict said;
    said.username = found.identity->user_name;
    said.roles = found.identity->roles;
    said.roles_are_the_accounts = false;
    said.until = found.identity->ends;
    return said;
}

client::auth_exchange accounts_desk::begin(std::string_view method, client::login&& who) {
    const bool has_passwords = !who.password_file.empty() || files_.has_accounts();
    if (method != accounts::scram_method || !has_passwords) {
        return {};
    }
    const auto find = [this](const std::string& user) -> std::optional<accounts::scram_verifier> {
        const accounts::account_ptr known = files_.find(user);
        return known && !known->disabled ? known->password.scram : std::nullopt;
    };
    const std::string secret = files_.scram_secret();
    const auto exchange = std::make_shared<accounts::scram_exchange>(
        accounts::scram_exchange::terms{.find = find, .fake_secret = secret, .nonce = {}}
    );
    accounts::login asked;
    asked.peer = std::move(who.peer);
    asked.client_id = std::move(who.client_id);
    asked.password_file = std::move(who.password_file);
    return [this, exchange, asked = std::move(asked)](byte_view data) mutable {
        return take_step(*exchange, asked, data);
    };
}

// Whether anything is looked at is asked before each message, since many exchanges may be under way
// at once, and again when client-first has said who it is about.
client::exchange_step
accounts_desk::take_step(accounts::scram_exchange& exchange, accounts::login& who, byte_view data) {
    if (const auto held = passwords_->holds_back(who)) {
        return {said_by(*held)};
    }
    const bool was_nameless = who.user_name.empty();
    accounts::scram_answer answer = exchange.take(data);
    who.user_name = exchange.user_name();
    if (answer.is != accounts::scram_answer::kind::challenge) {
        return end_of(std::move(answer), who);
    }
    if (const auto held = was_nameless ? passwords_->holds_back(who) : std::nullopt) {
        return {said_by(*held)};
    }
    client::exchange_step step;
    step.answer = std::move(answer.text);
    step.go_on = true;
    return step;
}

// What does not even name a user is no guess.
client::exchange_step
accounts_desk::end_of(accounts::scram_answer&& answer, const accounts::login& who) {
    client::exchange_step step;
    step.answer = std::move(answer.text);
    step.verdict = refused(reason_code::not_authorized);
    if (answer.is == accounts::scram_answer::kind::accepted) {
        client::login proved;
        proved.username = who.user_name;
        step.verdict = check_proved(proved);
        step.verdict.has_account = true;
    }
    if (!who.user_name.empty()) {
        passwords_->count(who, step.verdict.reason == reason_code::success);
    }
    return step;
}

std::vector<std::string> accounts_desk::roles_of(const std::string& username) const {
    const accounts::account_ptr known = files_.find(username);
    return known ? known->roles : std::vector<std::string>();
}

accounts::account_files::reading accounts_desk::read_again(const accounts::file_set& of_listeners
) const {
    return files_.read_again(of_listeners, base::milliseconds_of(clock_.now().wall));
}

void accounts_desk::look_for_changes(const std::function<void(bool)>& looked) {
    if (is_reading_.load()) {
        return;
    }
    if (!files_.have_changed()) {
        // They are what they were before they could not be read, or a reload has read them.
        if (!std::exchange(failure_, {}).empty()) {
            log_.info("accounts can be read again");
            looked(true);
        }
        return;
    }
    if (reading_.joinable()) {
        reading_.join();
    }
    is_reading_ = true;
    reading_ = std::thread([this, looked] { read_changes(looked); });
}

void accounts_desk::read_changes(const std::function<void(bool)>& looked) {
    std::string why = files_.reload(base::milliseconds_of(clock_.now().wall));
    if (why.empty()) {
        log_.info("accounts read again");
    } else if (why != failure_) {
        log_.error("accounts changed and cannot be read, the old ones stay", {{"why", why}});
    }
    failure_ = std::move(why);
    looked(failure_.empty());
    is_reading_ = false;
}

}  // namespace lmqtt::serving

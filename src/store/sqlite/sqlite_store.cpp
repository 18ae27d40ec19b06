#include "store/sqlite/sqlite_store.hpp"

#include "store/sqlite/recover.hpp"
#include "store/sqlite/state_error.hpp"
#include "store/sqlite/writer.hpp"

#include <SQLiteCpp/Exception.h>

#include <algorithm>
#include <iterator>
#include <pthread.h>
#include <sqlite3.h>

namespace lmqtt::persistence {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t changes_a_transaction = 8000;  // beyond it a commit would take too long
constexpr int retries_a_look = 20;                   // for space, on a full disk
constexpr int tries = 3;
constexpr auto idle_pause = std::chrono::milliseconds(100);
constexpr int pages_when_idle = 256;
constexpr int enough_free_pages = 1024;  // to take on new things on a full disk
constexpr std::uint64_t page_bytes = 4096;

std::uint64_t size_of(const store_batch& batch) {
    std::uint64_t bytes = 0;
    for (const store_change& each : batch.changes) {
        bytes += sizeof(store_change);
        if (const auto* const message = std::get_if<change::message_saved>(&each)) {
            bytes += message->message.payload.size() + message->message.topic.size();
        } else if (const auto* const retained = std::get_if<change::retained_saved>(&each)) {
            bytes += retained->message.payload.size() + retained->message.topic.size();
        }
    }
    return bytes;
}

}  // namespace

sqlite_store::sqlite_store(sqlite_options options, fault_point faults)
    : options_(std::move(options))
    , faults_(std::move(faults))
    , reserve_(options_.path) {}

sqlite_store::~sqlite_store() {
    {
        const std::lock_guard held(mutex_);
        stopping_ = true;
    }
    something_to_do_.notify_one();
    if (thread_.joinable()) {
        thread_.join();
    }
}

recovered sqlite_store::recover(recovery& into) {
    recovered highest;
    try {
        db_ = open_state(
            {.path = options_.path,
             .how = options_.how,
             .now_ms = options_.opened_at_ms,
             .quarantine = options_.quarantine}
        );
        highest = recover_all(*db_, into);
        writer_ = std::make_unique<writer>(*db_, faults_);
    } catch (const SQLite::Exception& error) {
        throw because_of(error, options_.path);
    }
    reserve_.keep();
    thread_ = std::thread([this] { run(); });
    return highest;
}

void sqlite_store::at(std::string_view moment) const {
    if (faults_) {
        faults_(moment);
    }
}

void sqlite_store::submit(unsigned shard, store_batch batch, committed_notice committed) {
    const std::uint64_t bytes = size_of(batch);
    pending_bytes_.fetch_add(bytes, std::memory_order_relaxed);
    const auto due = clock::now() + batch.linger;
    {
        const std::lock_guard held(mutex_);
        inbox_.push_back({shard, std::move(batch), std::move(committed), due, bytes});
        ++uncommitted_;
    }
    something_to_do_.notify_one();
}

void sqlite_store::fetch(std::vector<std::uint64_t> message_ids, fetched_notice done) {
    {
        const std::lock_guard held(mutex_);
        if (flushing_) {
            return;  // who asked is about to end
        }
        wanted_.push_back({std::move(message_ids), std::move(done)});
    }
    something_to_do_.notify_one();
}

bool sqlite_store::flush() {
    lock held(mutex_);
    flushing_ = true;
    wanted_.clear();
    something_to_do_.notify_one();
    const auto over = [&] { return uncommitted_ == 0 || state() == store_state::ended; };
    all_committed_.wait_for(held, options_.flush_patience, over);
    const bool written = uncommitted_ == 0;
    muted_ = !written;
    all_committed_.wait(held, [&] { return !announcing_; });
    held.unlock();
    const std::lock_guard nobody_is_being_told(notice_mutex_);
    notice_ = nullptr;
    return written;
}

void sqlite_store::run() {
    ::pthread_setname_np(::pthread_self(), "lmqtt-store");
    lock held(mutex_);
    while (!stopping_ || !inbox_.empty() || !merged_.empty()) {
        take_submitted(held);
        answer_wanted(held);
        if (!merged_.empty() && (must_commit(clock::now()) || flushing_ || stopping_)) {
            held.unlock();
            const bool committed = commit_pending();
            held.lock();
            if (!committed) {
                return;
            }
            continue;
        }
        if (!merged_.empty()) {
            // What came while others were merged has given its notice already.
            if (inbox_.empty()) {
                something_to_do_.wait_until(held, next_moment());
            }
            continue;
        }
        if (stopping_) {
            break;
        }
        const auto something = [&] { return stopping_ || !inbox_.empty() || !wanted_.empty(); };
        if (!something_to_do_.wait_for(held, idle_pause, something)) {
            held.unlock();
            pending_.give_memory_back();
            checkpoint_if_due(true);
            held.lock();
            if (state() != store_state::full) {
                something_to_do_.wait(held, something);
            } else if (!something_to_do_.wait_for(
                           held, options_.retry_pause * retries_a_look, something
                       )) {
                held.unlock();
                works_again();
                held.lock();
            }
        }
    }
}

// Cancelling is done here, off the shards' threads.
void sqlite_store::take_submitted(lock& held) {
    if (pending_.size() >= changes_a_transaction || inbox_.empty()) {
        return;
    }
    std::vector<submitted> taken = std::exchange(inbox_, {});
    held.unlock();
    for (submitted& each : taken) {
        each.groups = pending_.add(std::move(each.batch.changes));
        merged_.push_back(std::move(each));
    }
    held.lock();
}

clock::time_point sqlite_store::next_moment() const {
    clock::time_point due = merged_.front().due;
    for (const submitted& each : merged_) {
        due = std::min(due, each.due);
    }
    return std::max(due, last_commit_ + options_.commit_interval);
}

bool sqlite_store::must_commit(clock::time_point now) const {
    return pending_.empty() || pending_.size() >= changes_a_transaction || next_moment() <= now;
}

// False: it stops, and could not be written. flush() has said so before.
bool sqlite_store::commit_pending() {
    while (!pending_.empty() && !has_given_up() && !try_to_write()) {
        lock held(mutex_);
        answer_wanted(held);  // reading may work, and is how a full queue gets shorter
        something_to_do_.wait_for(held, options_.retry_pause, [&] { return stopping_; });
        if (stopping_) {
            return false;
        }
    }
    pending_.clear();
    announce();
    checkpoint_if_due(false);
    return true;
}

bool sqlite_store::try_to_write() {
    try {
        at("before_begin");
        writer_->write(pending_);
        last_commit_ = clock::now();
        failures_ = 0;
        at("after_commit");
        works_again();
        return true;
    } catch (const SQLite::Exception& error) {
        failed_to_write(error);
        return false;
    }
}

// The reserve lets a full disk take what was under way, and removals. Before there is room for it
// again, nothing new may be taken on.
void sqlite_store::works_again() {
    if (stuck_checkpoints_ >= tries) {
        return;
    }
    if (state() == store_state::full) {
        const auto now = clock::now();
        if (now < next_look_for_room_) {
            return;
        }
        next_look_for_room_ = now + options_.retry_pause * retries_a_look;
        // Removals make room within the database, which does not get smaller by them.
        if (!reserve_.keep() && db_->number("PRAGMA freelist_count") < enough_free_pages) {
            return;
        }
    }
    change_state(store_state::working, "writes again");
}

// Space comes back, and so does a lock that somebody else holds: neither is a reason to give up.
void sqlite_store::failed_to_write(const SQLite::Exception& why) {
    const int code = why.getErrorCode();
    if (code == SQLITE_FULL) {
        make_room();
        return change_state(store_state::full, why.what());
    }
    const auto policy = options_.on_error;
    if (code == SQLITE_BUSY || ++failures_ < tries || policy == storage_error_policy::hold) {
        return change_state(store_state::failing, why.what());
    }
    const bool goes_on = policy == storage_error_policy::memory;
    change_state(goes_on ? store_state::unreliable : store_state::ended, why.what());
}

bool sqlite_store::is_blocked(const submitted& which) const {
    const auto open = [&](std::uint64_t group) { return pending_.is_open(group); };
    return std::any_of(which.groups.begin(), which.groups.end(), open) ||
           std::any_of(blocked_.begin(), blocked_.end(), [&](const submitted& each) {
               return each.shard == which.shard;
           });
}

void sqlite_store::announce() {
    lock held(mutex_);
    announcing_ = !muted_;
    const bool speaks = announcing_;
    held.unlock();
    at("before_release");
    std::vector<submitted> written = std::exchange(blocked_, {});
    std::move(merged_.begin(), merged_.end(), std::back_inserter(written));
    merged_.clear();
    std::uint64_t bytes = 0;
    std::size_t announced = 0;
    for (submitted& each : written) {
        if (is_blocked(each)) {
            blocked_.push_back(std::move(each));
            continue;
        }
        if (speaks) {
            each.committed(each.batch.number);
        }
        bytes += each.bytes;
        ++announced;
    }
    pending_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
    at("after_release");
    held.lock();
    announcing_ = false;
    uncommitted_ -= announced;
    all_committed_.notify_all();
}

// What cannot be read now is tried again: only the database may say that a message is not there.
void sqlite_store::answer_wanted(lock& held) {
    while (!wanted_.empty()) {
        const wanted next = std::move(wanted_.front());
        wanted_.pop_front();
        announcing_ = true;
        held.unlock();
        auto found = read(next.message_ids);
        if (!found && has_given_up()) {
            found.emplace();
        }
        if (found) {
            next.done(std::move(*found));
        }
        held.lock();
        announcing_ = false;
        all_committed_.notify_all();
        if (!found && !flushing_) {
            wanted_.push_front(next);
            something_to_do_.wait_for(held, options_.retry_pause, [&] {
                return stopping_ || flushing_;
            });
            return;
        }
    }
}

std::optional<std::vector<stored_message>>
sqlite_store::read(const std::vector<std::uint64_t>& message_ids) {
    try {
        std::vector<stored_message> found;
        statement by_id(db_->handle(), message_by_id);
        for (const std::uint64_t id : message_ids) {
            if (auto message = read_message(by_id, id)) {
                found.push_back(std::move(*message));
            }
        }
        return found;
    } catch (const SQLite::Exception& error) {
        change_state(store_state::failing, error.what());
        return std::nullopt;
    }
}

void sqlite_store::change_state(store_state state, std::string_view why) {
    const store_state before = state_.load();
    if (before == state || before == store_state::unreliable || before == store_state::ended) {
        return;
    }
    state_ = state;
    const std::lock_guard held(notice_mutex_);
    if (notice_) {
        notice_(state, why);
    }
}

// On a full disk not even a deletion can be written: the log needs room first, and has it again
// when what it holds has been moved.
void sqlite_store::make_room() {
    reserve_.give_up();
    db_->checkpoint();
}

// What a long reader keeps in the log is not tried again before the log has grown by a quarter.
void sqlite_store::checkpoint_if_due(bool idle) {
    const int limit = idle ? pages_when_idle : options_.pages_when_busy;
    const int pages = db_->pages_in_log();
    log_bytes_.store(static_cast<std::uint64_t>(pages) * page_bytes, std::memory_order_relaxed);
    if (pages < limit || pages < pages_in_the_way_ + pages_in_the_way_ / 4) {
        return;
    }
    at("before_checkpoint");
    watch_checkpoint(db_->checkpoint());
    pages_in_the_way_ = db_->pages_in_log() < limit ? 0 : db_->pages_in_log();
    at("after_checkpoint");
}

// What is in the log is safe there; that it stays there for ever is still a reason to look at the
// disk.
void sqlite_store::watch_checkpoint(int code) {
    const bool readers_alone = code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED;
    stuck_checkpoints_ = readers_alone ? 0 : stuck_checkpoints_ + 1;
    if (stuck_checkpoints_ >= tries) {
        change_state(
            code == SQLITE_FULL ? store_state::full : store_state::failing,
            "its log cannot be moved: " + std::string(::sqlite3_errstr(code))
        );
    }
}

}  // namespace lmqtt::persistence

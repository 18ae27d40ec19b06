// A simulation whose brokers end and begin again, with a database between them.
#include "broker/last_words.hpp"
#include "broker/restoration.hpp"
#include "portrait.hpp"
#include "simulation.hpp"

namespace lmqtt::broker::test {

namespace {

constexpr unsigned stored_players = 8;
constexpr std::uint64_t cache_bytes = 1 << 20;

unsigned shard_of_name(std::string_view name, unsigned shards) {
    return static_cast<unsigned>(std::stoul(std::string(name.substr(1)))) % shards;
}

}  // namespace

void player::sit_down(shards& world) {
    seat = std::make_unique<guest>(world, shard_of_name(name, world.count()), name);
}

simulation::simulation(unsigned seed, unsigned shard_count, const std::string& path)
    : engine_(seed)
    , path_(path)
    , world_(std::make_unique<shards>(shard_count, true)) {
    open_state();
    for (unsigned at = 0; at < stored_players; ++at) {
        players_.push_back(std::make_unique<player>(*world_, "p" + std::to_string(at)));
    }
}

// As server::impl::restore() does.
void simulation::open_state() {
    disk_ = std::make_unique<state_on_disk>(path_);
    watch_commits();
    disk_->follow(world_->store);
    std::vector<broker*> brokers;
    for (unsigned shard = 0; shard < world_->count(); ++shard) {
        brokers.push_back(&world_->at(shard));
    }
    restoration into(
        brokers,
        [shards = world_->count()](std::string_view name) { return shard_of_name(name, shards); },
        std::make_shared<const session::policy>(world_->rules),
        cache_bytes
    );
    const recovered highest = disk_->recover(into);
    world_->shared.last_message_id = highest.last_message_id;
    world_->shared.last_stored_session_id = highest.last_session_id;
    into.finish(world_->now_ms);
}

// As server::stop() does.
void simulation::end_cleanly() {
    for (const auto& each : players_) {
        if (each->seat->connected()) {
            leave(*each);
        }
    }
    world_->settle();
    for (unsigned shard = 0; shard < world_->count(); ++shard) {
        store_queued_qos0(world_->at(shard), world_->now_ms);
    }
    world_->commit();
}

void simulation::restart(unsigned shard_count) {
    const bool clean = random(2) == 0;
    CAPTURE(clean, shard_count);
    if (random(2) == 0) {
        world_->commit();
        disk_->write();
    }
    world_->commit();
    if (clean) {
        end_cleanly();
    }
    const auto read = [this](std::uint64_t id) { return disk_->read({id}).at(0); };
    portrait before = portrait_of(*world_, read);
    disk_->close();
    const std::int64_t ended_at = world_->now_ms;
    for (const auto& each : players_) {
        if (each->seat->connected()) {
            forget_connection(*each);
        }
        each->seat.reset();
    }
    world_ = std::make_unique<shards>(shard_count, true);
    world_->now_ms = ended_at + 1 + random(1000);
    open_state();
    world_->settle();
    for (const auto& each : players_) {
        each->sit_down(*world_);
    }
    const ending how{
        clean,
        ended_at,
        world_->now_ms,
        world_->rules.outbox.maximum_inflight,
        [shard_count](std::string_view name) { return shard_of_name(name, shard_count); }};
    check_equal(portrait_of(*world_, read), after(std::move(before), how));
}

}  // namespace lmqtt::broker::test

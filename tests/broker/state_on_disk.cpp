#include "state_on_disk.hpp"

#include "store/sqlite/state_file.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <future>
#include <memory>
#include <utility>

namespace lmqtt::broker::test {

namespace {

constexpr auto patience = std::chrono::seconds(60);
// So long that nothing is written before write() says so.
constexpr auto until_told = std::chrono::hours(1);
// Nobody else's, so that no open group of linked changes keeps its tickets back.
constexpr unsigned shard_of_ours = 1000;

}  // namespace

state_on_disk::state_on_disk(std::string path)
    : path_(std::move(path)) {
    persistence::sqlite_options how{.path = path_, .how = persistence::synchronous::normal};
    how.flush_patience = patience;
    store_.emplace(std::move(how));
    store_->on_state([this](store_state state, std::string_view why) {
        const std::lock_guard lock(mutex_);
        trouble_ += std::string(text_of(state)) + ": " + std::string(why) + '\n';
    });
}

std::string state_on_disk::trouble() {
    const std::lock_guard lock(mutex_);
    return trouble_;
}

void state_on_disk::follow(lmqtt::test::held_store& of) {
    of.on_submit([this](unsigned shard, store_batch batch) {
        batch.linger = until_told;
        store_->submit(shard, std::move(batch), [](ticket) {});
    });
}

void state_on_disk::write() {
    const auto written = std::make_shared<std::promise<void>>();
    store_->submit(shard_of_ours, {.number = ++last_write_, .changes = {}}, [written](ticket) {
        written->set_value();
    });
    const bool in_time = written->get_future().wait_for(patience) == std::future_status::ready;
    INFO(trouble());
    REQUIRE(in_time);
}

std::vector<stored_message> state_on_disk::read(const std::vector<std::uint64_t>& message_ids) {
    const auto found = std::make_shared<std::promise<std::vector<stored_message>>>();
    store_->fetch(message_ids, [found](std::vector<stored_message> messages) {
        found->set_value(std::move(messages));
    });
    auto answer = found->get_future();
    REQUIRE(answer.wait_for(patience) == std::future_status::ready);
    return answer.get();
}

void state_on_disk::close() {
    const bool flushed = store_->flush();
    INFO(trouble());
    REQUIRE(flushed);
    CHECK(trouble().empty());
    store_.reset();
    CHECK(persistence::verify(path_).problems == std::vector<std::string>());
}

}  // namespace lmqtt::broker::test

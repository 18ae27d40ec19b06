#include "net/connection.hpp"
#include "server/mailbox.hpp"
#include "server/runtime.hpp"
#include "support/socket_pair.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstddef>
#include <memory>
#include <pthread.h>
#include <string>
#include <utility>
#include <vector>

using lmqtt::base::instant;
using lmqtt::serving::mailbox;
using lmqtt::serving::runtime;
using lmqtt::serving::shard;

namespace {

struct letter {
    std::size_t from = 0;
    std::size_t number = 0;
};

// Counts down on many threads; one waits for zero.
class countdown {
public:
    explicit countdown(std::size_t from)
        : left_(from) {}

    void count() {
        if (left_.fetch_sub(1) == 1) {
            left_.notify_all();
        }
    }

    void wait() const {
        for (std::size_t left = left_.load(); left != 0; left = left_.load()) {
            left_.wait(left);
        }
    }

private:
    std::atomic<std::size_t> left_;
};

// Every shard sends numbered letters to every other, some in each turn, as sessions send messages.
class exchange {
public:
    static constexpr std::size_t per_pair = 5000;
    static constexpr std::size_t per_turn = 50;

    exchange(runtime& shards, countdown& arrived)
        : shards_(shards)
        , arrived_(arrived)
        , boxes_(shards.size())
        , desks_(shards.size()) {
        for (std::size_t self = 0; self < shards.size(); ++self) {
            desks_[self].expected.resize(shards.size());
            shards.at(self).set_duties(
                {.end_of_turn = [this, self](instant) { return end_of_turn(self); }, .tick = {}}
            );
        }
    }

    [[nodiscard]] bool in_order() const {
        for (const desk& each : desks_) {
            if (each.disordered) {
                return false;
            }
        }
        return true;
    }

private:
    // Touched by its own shard only.
    struct desk {
        std::size_t sent = 0;
        std::vector<std::size_t> expected;  // the next number from each shard
        bool disordered = false;
    };

    bool end_of_turn(std::size_t self) {
        desk& mine = desks_[self];
        std::vector<letter> received;
        boxes_[self].take(received);
        for (const letter& each : received) {
            mine.disordered |= each.number != mine.expected[each.from]++;
            arrived_.count();
        }
        if (mine.sent == per_pair) {
            return false;
        }
        for (std::size_t to = 0; to < shards_.size(); ++to) {
            if (to != self) {
                send(self, to, mine.sent);
            }
        }
        mine.sent += per_turn;
        return mine.sent < per_pair;
    }

    void send(std::size_t from, std::size_t to, std::size_t first) {
        std::vector<letter> box;
        for (std::size_t i = 0; i < per_turn; ++i) {
            box.push_back({from, first + i});
        }
        if (boxes_[to].put(box)) {
            shards_.at(to).wake();
        }
    }

    runtime& shards_;
    countdown& arrived_;
    std::vector<mailbox<letter>> boxes_;
    std::vector<desk> desks_;
};

}  // namespace

TEST_CASE("letters come out of a mailbox in the order they were put, and the first one wakes") {
    mailbox<int> box;
    std::vector<int> first{1, 2};
    std::vector<int> second{3};
    CHECK(box.put(first));
    CHECK(first.empty());
    CHECK_FALSE(box.put(second));
    CHECK(second.empty());
    std::vector<int> taken;
    box.take(taken);
    CHECK(taken == std::vector<int>{1, 2, 3});
    taken.clear();
    box.take(taken);
    CHECK(taken.empty());
    first.push_back(4);
    CHECK(box.put(first));
}

TEST_CASE("four shards exchange letters: none is lost, none overtakes another") {
    const lmqtt::base::real_clock clock;
    runtime shards(4, clock);
    countdown arrived(4 * 3 * exchange::per_pair);
    const exchange letters(shards, arrived);
    shards.start();
    for (std::size_t i = 0; i < shards.size(); ++i) {
        shards.at(i).wake();
    }
    arrived.wait();
    shards.stop();
    shards.join();
    CHECK(letters.in_order());
}

TEST_CASE("posted functions run on the shard's own thread, in order") {
    const lmqtt::base::real_clock clock;
    runtime shards(2, clock);
    std::vector<int> order;
    std::string name;
    sigset_t blocked{};
    countdown done(1);
    shards.start();
    for (int i = 0; i < 1000; ++i) {
        shards.at(1).post([&order, i] { order.push_back(i); });
    }
    shards.at(1).post([&] {
        std::array<char, 16> text{};
        pthread_getname_np(pthread_self(), text.data(), text.size());
        name = text.data();
        pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
        done.count();
    });
    done.wait();
    shards.stop();
    shards.join();
    REQUIRE(order.size() == 1000);
    CHECK(std::is_sorted(order.begin(), order.end()));
    CHECK(name == "lmqtt-1");
    CHECK(sigismember(&blocked, SIGTERM) == 1);
    CHECK(sigismember(&blocked, SIGHUP) == 1);
}

TEST_CASE("starting leaves the signals of the starting thread as they were") {
    const lmqtt::base::real_clock clock;
    sigset_t before{};
    sigset_t after{};
    pthread_sigmask(SIG_SETMASK, nullptr, &before);
    runtime shards(1, clock);
    shards.start();
    pthread_sigmask(SIG_SETMASK, nullptr, &after);
    CHECK(sigismember(&before, SIGTERM) == sigismember(&after, SIGTERM));
}

TEST_CASE("a runtime that is destroyed stops and joins") {
    const lmqtt::base::real_clock clock;
    bool ran = false;
    {
        runtime shards(3, clock);
        countdown done(1);
        shards.start();
        shards.at(2).post([&] {
            ran = true;
            done.count();
        });
        done.wait();
    }
    CHECK(ran);
}

TEST_CASE("a runtime may be destroyed without having been started") {
    const lmqtt::base::real_clock clock;
    const runtime shards(2, clock);
    CHECK(shards.size() == 2);
}

namespace {

// Bounces a connection from shard to shard; on each it says where it is.
class traveller {
public:
    traveller(runtime& shards, std::size_t hops, countdown& done)
        : shards_(shards)
        , hops_(hops)
        , done_(done) {}

    void arrive(lmqtt::net::connected_socket socket) {
        shard& here = shards_.at(at_);
        lmqtt::net::connection connection(
            here.get_executor(), std::move(socket), here.dirty_connections()
        );
        connection.output() += std::to_string(at_);
        connection.mark_dirty();
        if (--hops_ == 0) {
            last_ = connection.release();
            done_.count();
            return;
        }
        at_ = (at_ + 1) % shards_.size();
        const auto on_its_way =
            std::make_shared<lmqtt::net::connected_socket>(connection.release());
        shards_.at(at_).post([this, on_its_way] { arrive(std::move(*on_its_way)); });
    }

    [[nodiscard]] const lmqtt::net::connected_socket& last() const { return last_; }

private:
    runtime& shards_;
    std::size_t hops_;
    countdown& done_;
    std::size_t at_ = 0;
    lmqtt::net::connected_socket last_;
};

}  // namespace

TEST_CASE("a connection changes its shard many times and loses nothing") {
    const lmqtt::base::real_clock clock;
    runtime shards(4, clock);
    auto pair = lmqtt::test::make_socket_pair();
    countdown done(1);
    traveller one(shards, 10, done);
    shards.start();
    const auto socket = std::make_shared<lmqtt::net::connected_socket>(std::move(pair.ours));
    shards.at(0).post([&one, socket] { one.arrive(std::move(*socket)); });
    done.wait();
    shards.stop();
    shards.join();
    CHECK(pair.theirs.read() + one.last().unsent == "0123012301");
    CHECK_FALSE(pair.theirs.at_end());
}

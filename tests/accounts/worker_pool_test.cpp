#include "accounts/worker_pool.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <future>
#include <memory>

using namespace lmqtt::accounts;

namespace {

void nothing() {}

// Keeps a thread of the pool until it is let go.
struct gate {
    std::promise<void> entered;
    std::promise<void> open;

    job work() {
        return {
            [this] {
                entered.set_value();
                open.get_future().wait();
            },
            nothing};
    }
};

}  // namespace

TEST_CASE("work is done on another thread, in the order it came", "[worker_pool]") {
    std::vector<int> order;
    std::promise<std::thread::id> last;
    worker_pool pool(1);
    for (int n = 0; n < 10; ++n) {
        REQUIRE(pool.submit({[&order, n] { order.push_back(n); }, nothing}, 100));
    }
    REQUIRE(pool.submit({[&last] { last.set_value(std::this_thread::get_id()); }, nothing}, 100));
    CHECK(last.get_future().get() != std::this_thread::get_id());
    CHECK(order == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
}

TEST_CASE("a full queue takes no more, and says so (B14)", "[worker_pool]") {
    gate door;
    std::atomic<int> done = 0;
    {
        worker_pool pool(1);
        REQUIRE(pool.submit(door.work(), 0));
        door.entered.get_future().wait();
        CHECK(pool.submit({[&done] { ++done; }, nothing}, 2));
        CHECK(pool.submit({[&done] { ++done; }, nothing}, 2));
        CHECK_FALSE(pool.submit({[&done] { ++done; }, [&done] { ++done; }}, 2));
        std::promise<void> after;
        door.open.set_value();
        while (!pool.submit({[&after] { after.set_value(); }, nothing}, 2)) {
            std::this_thread::yield();
        }
        after.get_future().wait();
    }
    CHECK(done == 2);
}

TEST_CASE("as many threads as there may be work at once", "[worker_pool]") {
    gate doors[3];
    worker_pool pool(3);
    for (gate& each : doors) {
        REQUIRE(pool.submit(each.work(), 0));
    }
    for (gate& each : doors) {
        each.entered.get_future().wait();
    }
    for (gate& each : doors) {
        each.open.set_value();
    }
}

TEST_CASE("what was not begun is abandoned, each once, when the pool ends", "[worker_pool]") {
    gate door;
    std::atomic<int> run = 0;
    std::atomic<int> abandoned = 0;
    auto pool = std::make_unique<worker_pool>(1);
    REQUIRE(pool->submit(door.work(), 0));
    door.entered.get_future().wait();
    for (int n = 0; n < 50; ++n) {
        REQUIRE(pool->submit({[&run] { ++run; }, [&abandoned] { ++abandoned; }}, 100));
    }
    std::thread end([&pool] { pool.reset(); });
    door.open.set_value();
    end.join();
    CHECK(run + abandoned == 50);
}

TEST_CASE("a pool that nobody used has nothing to end", "[worker_pool]") {
    const worker_pool pool(4);
}

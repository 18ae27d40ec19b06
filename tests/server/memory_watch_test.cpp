#include "server/memory_watch.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <unistd.h>

using lmqtt::limit_options;
using lmqtt::client::memory_stage;
using lmqtt::serving::memory_cap;
using lmqtt::serving::memory_sources;
using lmqtt::serving::memory_watch;
using lmqtt::serving::resident_bytes;
using lmqtt::serving::stage_of;

namespace {

constexpr std::uint64_t mib = 1024 * 1024;

// A folder of files that look like the kernel's.
class kernel_files {
public:
    void write(const std::string& name, const std::string& text) const {
        folder_.write(name, text);
    }

    memory_sources sources() const {
        return {
            .statm = folder_.path("statm").string(),
            .meminfo = folder_.path("meminfo").string(),
            .cgroup_v2 = folder_.path("memory.max").string(),
            .cgroup_v1 = folder_.path("memory.limit_in_bytes").string(),
        };
    }

    void use_mebibytes(std::uint64_t resident) const {
        const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
        write("statm", "99999999 " + std::to_string(resident * mib / page) + " 7 7 0 7 0\n");
    }

private:
    lmqtt::test::scratch folder_;
};

}  // namespace

TEST_CASE("auto is 60 % of the machine, or of a smaller cgroup of either version") {
    kernel_files files;
    files.write("meminfo", "MemTotal:        1024000 kB\nMemFree:  1 kB\n");
    const limit_options limits;
    CHECK(memory_cap(limits, files.sources()) == 1000 * mib / 5 * 3);
    files.write("memory.max", "max\n");
    CHECK(memory_cap(limits, files.sources()) == 1000 * mib / 5 * 3);
    files.write("memory.max", std::to_string(100 * mib) + "\n");
    CHECK(memory_cap(limits, files.sources()) == 60 * mib);
    files.write("memory.limit_in_bytes", std::to_string(50 * mib) + "\n");
    CHECK(memory_cap(limits, files.sources()) == 30 * mib);
}

TEST_CASE("what the configuration says counts, and unlimited is no limit") {
    kernel_files files;
    files.write("memory.max", std::to_string(100 * mib) + "\n");
    limit_options limits;
    limits.memory = lmqtt::limit<std::uint64_t>(64 * mib);
    CHECK(memory_cap(limits, files.sources()) == 64 * mib);
    limits.memory = lmqtt::limit<std::uint64_t>(lmqtt::unlimited);
    CHECK(stage_of(1ULL << 50U, memory_cap(limits, files.sources()), {}) == memory_stage::calm);
}

TEST_CASE("nobody says how much there is: no limit") {
    const kernel_files none;
    const limit_options limits;
    CHECK(stage_of(1ULL << 50U, memory_cap(limits, none.sources()), {}) == memory_stage::calm);
    CHECK(resident_bytes(none.sources()) == 0);
}

TEST_CASE("stages begin at 70, 85 and 95 %") {
    using stage = memory_stage;
    CHECK(stage_of(69, 100, stage::calm) == stage::calm);
    CHECK(stage_of(70, 100, stage::calm) == stage::slow_publishers);
    CHECK(stage_of(85, 100, stage::calm) == stage::refuse_clients);
    CHECK(stage_of(95, 100, stage::calm) == stage::refuse_messages);
    CHECK(stage_of(500, 100, stage::calm) == stage::refuse_messages);
}

TEST_CASE("stages are left 5 % below where they begin") {
    using stage = memory_stage;
    CHECK(stage_of(90, 100, stage::refuse_messages) == stage::refuse_messages);
    CHECK(stage_of(89, 100, stage::refuse_messages) == stage::refuse_clients);
    CHECK(stage_of(80, 100, stage::refuse_clients) == stage::refuse_clients);
    CHECK(stage_of(79, 100, stage::refuse_clients) == stage::slow_publishers);
    CHECK(stage_of(64, 100, stage::refuse_messages) == stage::calm);
}

TEST_CASE("a watch follows the process up and down") {
    kernel_files files;
    limit_options limits;
    limits.memory = lmqtt::limit<std::uint64_t>(100 * mib);
    memory_watch watch(files.sources());
    watch.set_cap(limits);
    files.use_mebibytes(50);
    CHECK(watch.measure() == memory_stage::calm);
    CHECK(watch.used() == 50 * mib);
    files.use_mebibytes(97);
    CHECK(watch.measure() == memory_stage::refuse_messages);
    files.use_mebibytes(91);
    CHECK(watch.measure() == memory_stage::refuse_messages);
    files.use_mebibytes(10);
    CHECK(watch.measure() == memory_stage::calm);
}

TEST_CASE("the process itself has a size, and the machine too") {
    CHECK(resident_bytes({}) > mib);
    CHECK(memory_cap(limit_options{}, {}) > mib);
}

// bench/end_to_end: one verified load run against a broker. Exit code 0: every message arrived
// once, in order and intact; 1: not so, see the report; 2: the run itself failed.
#include "end_to_end/connections.hpp"
#include "end_to_end/options.hpp"
#include "end_to_end/traffic.hpp"

#include <cstdio>
#include <exception>
#include <sched.h>
#include <sys/resource.h>

namespace {

void raise_descriptor_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

void pin_to(int core) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<std::size_t>(core), &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0) {
        throw std::runtime_error("the generator can not be pinned to that core");
    }
}

bench::report run(const bench::options& chosen) {
    bench::loop reactor(chosen.broker);
    switch (chosen.what) {
    case bench::kind::idle:
        return bench::run_idle(chosen, reactor);
    case bench::kind::storm:
        return bench::run_storm(chosen, reactor);
    case bench::kind::traffic:
        break;
    }
    return bench::traffic(chosen, reactor).run();
}

}  // namespace

int main(int argc, char** argv) {
    try {
        int code = 0;
        const auto chosen = bench::read_options(argc, argv, code);
        if (!chosen) {
            return code;
        }
        raise_descriptor_limit();
        if (chosen->core >= 0) {
            pin_to(chosen->core);
        }
        const auto outcome = run(*chosen);
        const auto text = chosen->json ? outcome.as_json() : outcome.as_lines();
        std::fputs(text.c_str(), stdout);
        return outcome.flawless() ? 0 : 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "end_to_end: %s\n", error.what());
        return 2;
    }
}

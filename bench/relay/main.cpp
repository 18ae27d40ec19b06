// bench/relay: what a broker could cost if it did nothing but relay, and, with --fault, a bad one.
#include "relay/relay.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <map>
#include <string>
#include <sys/resource.h>

int main(int argc, char** argv) {
    std::uint16_t port = 1883;
    bench::planted faults;
    const std::map<std::string, bench::fault> names{
        {"none", bench::fault::none},
        {"drop", bench::fault::drop},
        {"duplicate", bench::fault::duplicate},
        {"reorder", bench::fault::reorder},
        {"corrupt", bench::fault::corrupt},
        {"drop-ack", bench::fault::drop_ack},
    };
    CLI::App command{"Relays MQTT between exact topics on the loopback interface."};
    command.add_option("--port", port)->capture_default_str();
    command.add_option("--fault", faults.what, "drop, duplicate, reorder, corrupt, drop-ack")
        ->transform(CLI::CheckedTransformer(names));
    command.add_option("--every", faults.every, "plant the fault once in so many occasions")
        ->capture_default_str();
    CLI11_PARSE(command, argc, argv);
    try {
        rlimit limit{};
        if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
            limit.rlim_cur = limit.rlim_max;
            setrlimit(RLIMIT_NOFILE, &limit);
        }
        bench::relay serving(port, faults);
        serving.run();
        std::printf("planted %s\n", std::to_string(serving.faults_planted()).c_str());
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "relay: %s\n", error.what());
        return 1;
    }
}

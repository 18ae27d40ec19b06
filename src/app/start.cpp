#include "app/start.hpp"

#include "app/failure.hpp"
#include "app/pid_file.hpp"
#include "app/reload.hpp"
#include "app/running_file.hpp"
#include "app/settings.hpp"
#include "app/signals.hpp"
#include "app/user.hpp"
#include "base/clock.hpp"
#include "store/sqlite/state_file.hpp"

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace lmqtt::app {
namespace {

/// What holds for the whole process, before it opens anything or has a second thread.
void prepare_process() {
    block_signals();
    umask(077);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    persistence::take_uncounted_memory();
    rlimit files{};
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

exit_code code_of(startup_error::cause cause) {
    switch (cause) {
    case startup_error::cause::configuration:
        return exit_code::configuration;
    case startup_error::cause::address:
        return exit_code::unavailable;
    case startup_error::cause::storage:
        return exit_code::storage;
    case startup_error::cause::storage_damaged:
        return exit_code::damaged;
    case startup_error::cause::storage_in_use:
        return exit_code::already_running;
    case startup_error::cause::log:
        return exit_code::cannot_create;
    }
    return exit_code::software;
}

std::unique_ptr<base::log_output> open_log(const log_options& options, const base::clock& clock) {
    try {
        return std::make_unique<base::log_output>(options, clock);
    } catch (const std::runtime_error& refused) {
        throw failure(exit_code::cannot_create, std::string("lmqttd: ") + refused.what() + "\n");
    }
}

void say_what_runs(
    base::logger log, const std::optional<std::filesystem::path>& file, const config& settings
) {
    if (file) {
        log.info("configuration read", {{"file", file->string()}});
    } else {
        std::string addresses;
        for (const auto& listener : settings.listeners) {
            addresses += (addresses.empty() ? "" : ", ") + listener.address;
        }
        log.info("no configuration file, built-in defaults apply", {{"addresses", addresses}});
    }
    if (geteuid() == 0) {
        log.warn("running as root: set user to the name of another one");
    }
}

void serve(const std::optional<std::filesystem::path>& named) {
    const std::optional<std::filesystem::path> file = choose_file(named);
    const config settings = require_settings(file);
    require_can_become(settings.user);
    const pid_file running(settings.pid_file);
    const base::real_clock clock;
    const std::unique_ptr<base::log_output> log = open_log(settings.log, clock);
    if (!file && settings.persistence.type == persistence_type::sqlite) {
        make_state_folder(settings.persistence.path);
    }
    server broker(settings);
    broker.start([&settings] { become(settings.user); });
    running_file written(running_file_of(settings), {*log, "app"});
    reloader again(broker, *log, written, settings);
    say_what_runs({*log, "app"}, file, settings);
    const signals watching(
        {.stop = [&broker] { broker.stop(); }, .reload = [&again, &named] { again.reload(named); }}
    );
    broker.wait();
    if (broker.store_ended()) {
        throw failure(exit_code::storage, "lmqttd: the database can no longer be written\n");
    }
}

}  // namespace

void run_broker(const std::optional<std::filesystem::path>& named) {
    prepare_process();
    try {
        serve(named);
    } catch (const startup_error& refused) {
        throw failure(code_of(refused.why()), std::string("lmqttd: ") + refused.what() + "\n");
    }
}

}  // namespace lmqtt::app

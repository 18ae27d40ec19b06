#include "app/reload.hpp"

#include "app/settings.hpp"
#include "config/changes.hpp"

#include <exception>
#include <utility>

namespace lmqtt::app {

reloader::reloader(server& broker, base::log_output& log, running_file& written, config running)
    : broker_(broker)
    , output_(log)
    , written_(written)
    , log_(log, "app")
    , running_(std::move(running)) {
    written_.write(running_);
}

void reloader::reload(const std::optional<std::filesystem::path>& named) {
    try {
        const std::optional<std::filesystem::path> file = find_file(named);
        const config_file::loaded wanted = read_settings(file);
        const std::string name = file.value_or("built-in defaults").string();
        for (const config_file::problem& found : wanted.problems) {
            log_.error("configuration problem", {{"problem", config_file::to_line(found, name)}});
        }
        if (!wanted.problems.empty()) {
            broker_.reload_failed();
            log_.error("configuration not reloaded, the running one stays", {{"file", name}});
            return;
        }
        apply(wanted.value);
        log_.info("configuration reloaded", {{"file", name}});
    } catch (const std::exception& refused) {
        log_.error("configuration not reloaded, the running one stays", {{"why", refused.what()}});
    }
}

std::optional<std::filesystem::path>
reloader::find_file(const std::optional<std::filesystem::path>& named) {
    try {
        return choose_file(named);
    } catch (...) {
        broker_.reload_failed();
        throw;
    }
}

void reloader::open_log(const log_options& options) {
    try {
        output_.reconfigure(options);
    } catch (...) {
        broker_.reload_failed();
        throw;
    }
}

void reloader::apply(const config& wanted) {
    const config next = config_file::reloaded(running_, wanted);
    // First what may fail; each is all or nothing.
    open_log(next.log);
    try {
        broker_.reload(next);
    } catch (...) {
        output_.reconfigure(running_.log);
        throw;
    }
    for (const config_file::change& change : config_file::changes(running_, wanted)) {
        const base::logger::field_list fields = {
            {"key", change.name}, {"before", change.before}, {"after", change.after}};
        if (change.applies == config_file::reload::needs_restart) {
            log_.warn("changed key needs a restart", fields);
        } else {
            log_.info("changed key applies", fields);
        }
    }
    running_ = next;
    written_.write(running_);
}

}  // namespace lmqtt::app

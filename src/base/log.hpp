// Where log lines go. One log_output per process part, owned by whoever starts it and handed down
// by reference; every room gets a logger, a small value that names the room. Any thread may log.
// Never put a password, a payload or authentication data into a field: nothing here could recognise
// it.
//
//     log.warn("client refused", {{"client", id}, {"reason", text}});
#pragma once

#include "base/log_limit.hpp"
#include "base/log_text.hpp"

#include <atomic>
#include <initializer_list>
#include <memory>
#include <string_view>

namespace lmqtt::base {

class log_output {
public:
    /// Destinations: "stderr", "stdout", "syslog", "journald" (stderr with journald's level
    /// prefixes), or a file, which is appended to. Throws std::runtime_error if the destination
    /// cannot be opened. The clock must outlive the output.
    log_output(const log_options& options, const clock& clock);
    log_output(const log_output&) = delete;
    log_output& operator=(const log_output&) = delete;
    ~log_output();

    /// Opens the destination (again, so a rotated file is left behind) and changes over; throws as
    /// the constructor does and then keeps what was.
    void reconfigure(const log_options& options);

    /// Writes the "suppressed" lines whose time has come. Somebody's timer calls it about once a
    /// second.
    void report_suppressed();

    [[nodiscard]] bool enabled(log_level level) const noexcept {
        return level >= level_.load(std::memory_order_relaxed);
    }

private:
    friend class logger;
    struct target;

    void write(
        std::string_view room,
        log_level level,
        log_event event,
        std::initializer_list<log_field> fields
    );

    const clock& clock_;
    std::atomic<log_level> level_;
    std::unique_ptr<target> target_;
};

/// A room's way to the log: copy it freely. It must not outlive its output.
class logger {
public:
    /// `room` is a literal, or outlives the output.
    logger(log_output& output, std::string_view room)
        : output_(&output)
        , room_(room) {}

    using field_list = std::initializer_list<log_field>;

    /// Whether a line of this level would be written: ask before preparing costly fields.
    [[nodiscard]] bool enabled(log_level level) const noexcept { return output_->enabled(level); }

    // Lines of trace and debug are not limited in number: whoever turns them on wants them all.
    void trace(log_event event, field_list fields = {}) { write(log_level::trace, event, fields); }

    void debug(log_event event, field_list fields = {}) { write(log_level::debug, event, fields); }

    void info(log_event event, field_list fields = {}) { write(log_level::info, event, fields); }

    void warn(log_event event, field_list fields = {}) { write(log_level::warn, event, fields); }

    void error(log_event event, field_list fields = {}) { write(log_level::error, event, fields); }

private:
    void write(log_level level, log_event event, field_list fields) {
        if (enabled(level)) {
            output_->write(room_, level, event, fields);
        }
    }

    log_output* output_;
    std::string_view room_;
};

}  // namespace lmqtt::base

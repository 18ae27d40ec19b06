#include "base/log.hpp"

#include "base/locked.hpp"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/sinks/syslog_sink.h>

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>

namespace lmqtt::base {

namespace {

// An spdlog logger of our own, outside spdlog's registry: it writes our finished lines as they are.
std::shared_ptr<spdlog::logger> open_destination(const std::string& destination) {
    spdlog::sink_ptr sink;
    try {
        if (destination == "stderr" || destination == "journald") {
            sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
        } else if (destination == "stdout") {
            sink = std::make_shared<spdlog::sinks::stdout_sink_mt>();
        } else if (destination == "syslog") {
            sink = std::make_shared<spdlog::sinks::syslog_sink_mt>(
                "lmqttd", LOG_PID, LOG_DAEMON, true
            );
        } else {
            sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(destination);
        }
    } catch (const spdlog::spdlog_ex& failure) {
        throw std::runtime_error(failure.what());
    }
    auto logger = std::make_shared<spdlog::logger>("lmqtt", std::move(sink));
    logger->set_formatter(std::make_unique<spdlog::pattern_formatter>("%v"));
    logger->set_level(spdlog::level::trace);
    logger->flush_on(spdlog::level::trace);
    // A full disk costs lines, never the broker; and there is no other place to complain.
    logger->set_error_handler([](const std::string&) {});
    return logger;
}

spdlog::level::level_enum spdlog_level(log_level level) {
    constexpr std::array levels{
        spdlog::level::trace,
        spdlog::level::debug,
        spdlog::level::info,
        spdlog::level::warn,
        spdlog::level::err};
    return levels[static_cast<std::size_t>(level)];
}

// What journald reads a line's level from, when the line comes by stderr.
std::string_view journal_prefix(log_level level) {
    constexpr std::array<std::string_view, 5> prefixes{"<7>", "<7>", "<6>", "<4>", "<3>"};
    return prefixes[static_cast<std::size_t>(level)];
}

struct channel {
    std::shared_ptr<spdlog::logger> out;
    log_format format = log_format::text;
    bool to_journal = false;
    log_limit limit{unlimited};

    void write(const log_line& line) const {
        std::string text(to_journal ? journal_prefix(line.level) : "");
        text += format == log_format::json ? json_line(line) : text_line(line);
        out->log(spdlog_level(line.level), text);
    }

    void write_suppressed(const log_limit::suppressed& suppressed, wall_time at) const {
        write(log_line{
            at,
            log_level::warn,
            suppressed.about.room,
            "suppressed",
            {{"lines", suppressed.count}, {"cause", suppressed.about.words}},
        });
    }
};

}  // namespace

struct log_output::target {
    locked<channel> to;
};

log_output::log_output(const log_options& options, const clock& clock)
    : clock_(clock)
    , level_(options.level)
    , target_(std::make_unique<target>()) {
    reconfigure(options);
}

log_output::~log_output() {
    const instant now = clock_.now();
    target_->to.with([now](channel& channel) {
        for (const auto& suppressed : channel.limit.all()) {
            channel.write_suppressed(suppressed, now.wall);
        }
    });
}

void log_output::reconfigure(const log_options& options) {
    auto out = open_destination(options.destination);
    target_->to.with([&](channel& channel) {
        channel.out = std::move(out);
        channel.format = options.format;
        channel.to_journal = options.destination == "journald";
        channel.limit.set(options.max_lines_per_cause);
    });
    level_.store(options.level, std::memory_order_relaxed);
}

void log_output::report_suppressed() {
    const instant now = clock_.now();
    target_->to.with([now](channel& channel) {
        for (const auto& suppressed : channel.limit.overdue(now.steady)) {
            channel.write_suppressed(suppressed, now.wall);
        }
    });
}

void log_output::write(
    std::string_view room, log_level level, log_event event, std::initializer_list<log_field> fields
) {
    const instant now = clock_.now();
    const bool limited = level >= log_level::info;
    target_->to.with([&](channel& channel) {
        const log_limit::cause cause{room, event.words()};
        const log_limit::verdict verdict =
            limited ? channel.limit.ask(cause, now.steady) : log_limit::verdict{true, 0};
        if (verdict.suppressed_before != 0) {
            channel.write_suppressed({cause, verdict.suppressed_before}, now.wall);
        }
        if (verdict.write) {
            channel.write(log_line{now.wall, level, room, event.words(), fields});
        }
    });
}

}  // namespace lmqtt::base

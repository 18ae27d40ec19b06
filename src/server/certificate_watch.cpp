#include "server/certificate_watch.hpp"

#include <algorithm>
#include <array>
#include <sys/stat.h>

namespace lmqtt::serving {

namespace {

constexpr std::int64_t day = 24 * 3600;
constexpr std::array warn_before = {30 * day, 7 * day, 1 * day, std::int64_t{0}};

}  // namespace

certificate_watch::certificate_watch(const std::optional<tls_options>& options) {
    if (!options) {
        return;
    }
    for (const std::string& path :
         {options->cert_file, options->key_file, options->client_ca_file, options->crl_file}) {
        if (!path.empty()) {
            const stamp now = stamp_of(path);
            files_.push_back({.path = path, .used = now, .seen = now, .failed = {}});
        }
    }
}

bool certificate_watch::files_changed() {
    for (watched& each : files_) {
        const stamp now = stamp_of(each.path);
        if (now.inode != 0) {
            each.seen = now;
        }
    }
    return std::ranges::any_of(files_, [](const watched& each) { return each.seen != each.used; });
}

void certificate_watch::used() {
    for (watched& each : files_) {
        each.used = each.seen;
    }
    failure_.clear();
}

bool certificate_watch::is_new_failure(std::string_view why) {
    bool is_new = failure_ != why;
    for (watched& each : files_) {
        is_new = is_new || each.failed != each.seen;
        each.failed = each.seen;
    }
    failure_ = why;
    return is_new;
}

bool certificate_watch::is_time_to_warn(std::int64_t seconds_left) {
    const auto due = static_cast<std::size_t>(std::ranges::count_if(
        warn_before, [seconds_left](std::int64_t before) { return seconds_left <= before; }
    ));
    const bool is_later = due > warnings_given_;
    warnings_given_ = due;
    return is_later;
}

certificate_watch::stamp certificate_watch::stamp_of(const std::string& path) {
    struct stat found {};

    if (::stat(path.c_str(), &found) != 0) {
        return {};
    }
    constexpr std::int64_t nanoseconds = 1'000'000'000;
    return {
        found.st_dev,
        found.st_ino,
        found.st_size,
        found.st_mtim.tv_sec * nanoseconds + found.st_mtim.tv_nsec};
}

}  // namespace lmqtt::serving

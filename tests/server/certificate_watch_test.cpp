#include "server/certificate_watch.hpp"
#include "support/scratch.hpp"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace lmqtt;
using serving::certificate_watch;

namespace {

constexpr std::int64_t day = 24 * 3600;

}  // namespace

TEST_CASE("a file that is written or replaced has changed until it is used") {
    const test::scratch folder;
    tls_options options;
    options.cert_file = folder.write("a.crt", "one").string();
    options.key_file = folder.write("a.key", "one").string();
    certificate_watch watch(options);
    CHECK_FALSE(watch.files_changed());
    folder.write("a.crt", "another");
    CHECK(watch.files_changed());
    watch.used();
    CHECK_FALSE(watch.files_changed());
    std::filesystem::rename(folder.write("new.key", "one"), options.key_file);
    CHECK(watch.files_changed());
    watch.used();
    CHECK_FALSE(watch.files_changed());
}

TEST_CASE("B08: files that could not be read are still to be read, and it is told once") {
    const test::scratch folder;
    tls_options options;
    options.cert_file = folder.write("a.crt", "one").string();
    options.crl_file = folder.write("a.crl", "one").string();
    certificate_watch watch(options);
    folder.write("a.crl", "another");
    CHECK(watch.files_changed());
    CHECK_FALSE(watch.has_failed());
    CHECK(watch.is_new_failure("Too many open files"));
    CHECK(watch.has_failed());
    for (int look = 0; look < 3; ++look) {
        CHECK(watch.files_changed());
        CHECK_FALSE(watch.is_new_failure("Too many open files"));
    }
    CHECK(watch.is_new_failure("Permission denied"));
    CHECK_FALSE(watch.is_new_failure("Permission denied"));
    folder.write("a.crt", "other, too");
    CHECK(watch.files_changed());
    CHECK(watch.is_new_failure("Permission denied"));
    watch.used();
    CHECK_FALSE(watch.files_changed());
    CHECK_FALSE(watch.has_failed());
}

TEST_CASE("files that are again what they were have not changed, and missing ones have") {
    const test::scratch folder;
    tls_options options;
    options.cert_file = folder.write("a.crt", "good").string();
    certificate_watch watch(options);
    const auto kept = folder.path("kept.crt");
    std::filesystem::rename(options.cert_file, kept);
    CHECK_FALSE(watch.files_changed());
    folder.write("a.crt", "bad one");
    CHECK(watch.files_changed());
    std::filesystem::remove(options.cert_file);
    CHECK(watch.files_changed());
    std::filesystem::rename(kept, options.cert_file);
    CHECK_FALSE(watch.files_changed());
}

TEST_CASE("a link to a renewed file has changed") {
    const test::scratch folder;
    tls_options options;
    options.cert_file = folder.path("live.crt").string();
    std::filesystem::create_symlink(folder.write("1.crt", "same"), options.cert_file);
    certificate_watch watch(options);
    std::filesystem::remove(options.cert_file);
    CHECK_FALSE(watch.files_changed());
    std::filesystem::create_symlink(folder.write("2.crt", "same"), options.cert_file);
    CHECK(watch.files_changed());
}

TEST_CASE("without TLS nothing changes") {
    certificate_watch watch(std::nullopt);
    CHECK_FALSE(watch.files_changed());
}

TEST_CASE("it is time to warn at 30, 7, 1 and 0 days, once each") {
    certificate_watch watch(std::nullopt);
    CHECK_FALSE(watch.is_time_to_warn(31 * day));
    CHECK(watch.is_time_to_warn(30 * day));
    CHECK_FALSE(watch.is_time_to_warn(29 * day));
    CHECK(watch.is_time_to_warn(7 * day));
    CHECK(watch.is_time_to_warn(day - 1));
    CHECK_FALSE(watch.is_time_to_warn(1));
    CHECK(watch.is_time_to_warn(0));
    CHECK_FALSE(watch.is_time_to_warn(-day));
}

TEST_CASE("a certificate that was renewed is warned of anew") {
    certificate_watch watch(std::nullopt);
    CHECK(watch.is_time_to_warn(day));
    CHECK_FALSE(watch.is_time_to_warn(90 * day));
    CHECK(watch.is_time_to_warn(30 * day));
}

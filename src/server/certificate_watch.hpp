// Whether the certificate files of one listener are others than those in use, and whether it is
// time to say that its certificate ends. Knows files by their stamps; reads none. One thread at a
// time.
#pragma once

#include <lmqtt/transport_options.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lmqtt::serving {

class certificate_watch {
public:
    /// To be made before the files are read, so that no change between is missed. Of a listener
    /// without TLS nothing ever changes.
    explicit certificate_watch(const std::optional<tls_options>& options);

    /// Whether a file is another one, or was written, since those in use were read; until they are
    /// used(), or are again what they were. A file that is missing for a moment is no change:
    /// whoever renews it may be about to rename.
    [[nodiscard]] bool files_changed();

    /// The files that files_changed() saw last are in use now.
    void used();

    /// The files that files_changed() saw last cannot be used. False if the same was said of the
    /// same files before.
    [[nodiscard]] bool is_new_failure(std::string_view why);

    /// Whether a failure was the last that was said of them.
    [[nodiscard]] bool has_failed() const { return !failure_.empty(); }

    /// True once each when 30, 7, 1 and 0 days are left; a renewed certificate begins anew.
    [[nodiscard]] bool is_time_to_warn(std::int64_t seconds_left);

private:
    struct stamp {
        std::uint64_t device = 0;
        std::uint64_t inode = 0;
        std::int64_t size = 0;
        std::int64_t changed_ns = 0;

        friend bool operator==(const stamp&, const stamp&) = default;
    };

    struct watched {
        std::string path;
        stamp used;
        stamp seen;
        stamp failed;
    };

    [[nodiscard]] static stamp stamp_of(const std::string& path);

    std::vector<watched> files_;
    std::string failure_;
    std::size_t warnings_given_ = 0;
};

}  // namespace lmqtt::serving

// Whether the certificate files of one listener have changed, and whether it is time to say that
// its certificate ends. Knows files by their stamps; reads none.
#pragma once

#include <lmqtt/transport_options.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lmqtt::serving {

class certificate_watch {
public:
    /// Of a listener without TLS nothing ever changes.
    explicit certificate_watch(const std::optional<tls_options>& options);

    /// Whether a file is another one, or was written, since the last call. A file that is missing
    /// for a moment is no change: whoever renews it may be about to rename.
    [[nodiscard]] bool files_changed();

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
        stamp seen;
    };

    [[nodiscard]] static stamp stamp_of(const std::string& path);

    std::vector<watched> files_;
    std::size_t warnings_given_ = 0;
};

}  // namespace lmqtt::serving

// Valid packets of every type, version and set of properties, assembled here byte by byte: what the
// codec must read, write back the same, and refuse when cut or grown.
#pragma once

#include "mqtt/property_table.hpp"

#include <lmqtt/protocol.hpp>

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace lmqtt::mqtt::test {

struct sample {
    std::string name;
    protocol_version version = protocol_version::v5_0;
    unsigned first_byte = 0;
    std::string body;
    std::set<std::size_t> whole_at = {};  // where the body may be cut and is a packet still
    bool ends_open = false;               // more bytes may make a longer packet of it

    packet_type type() const { return static_cast<packet_type>(first_byte >> 4U); }

    std::string bytes() const;
};

// A set of properties as it stands on the wire, without its length in front.
struct property_block {
    std::string name;
    std::string wire;
};

// One property with a value that its type and its rules allow.
std::string property_bytes(const property_row& row);

// Where properties may stand: in a packet, or in the will of a CONNECT.
std::vector<carriers> all_carriers();

// None, each one alone, all of them both ways round, and what may repeat repeated.
std::vector<property_block> property_blocks(carriers where);
// Every pair of two different properties.
std::vector<property_block> property_pairs(carriers where);
// Sets of any size in any order, the same in every run.
std::vector<property_block> property_subsets(carriers where);

// Packets with each of these blocks in each place that has properties; and those without.
std::vector<sample> samples_of(std::vector<property_block> (*blocks)(carriers));

inline std::vector<sample> all_samples() {
    return samples_of(property_blocks);
}

}  // namespace lmqtt::mqtt::test

#include "mqtt/samples.hpp"

#include "mqtt/wire.hpp"

#include <algorithm>
#include <array>
#include <random>

namespace lmqtt::mqtt::test {

namespace {

using blocks_of = std::vector<property_block> (*)(carriers);

std::string version_name(protocol_version version) {
    return "v" + std::to_string(static_cast<int>(version)) + " ";
}

bool is_v5(const sample& which) {
    return which.version == protocol_version::v5_0;
}

// The sample once for each block, which stands between `before` and what `finish` appends.
template <class Finish>
void with_each_block(
    std::vector<sample>& into,
    const sample& before,
    const std::vector<property_block>& blocks,
    Finish finish
) {
    if (!is_v5(before)) {
        into.push_back(before);
        finish(into.back());
        return;
    }
    for (const auto& each : blocks) {
        sample next = before;
        next.name += " with " + each.name;
        next.body += block(each.wire);
        finish(next);
        into.push_back(next);
    }
}

struct connect_parts {
    unsigned flags;
    std::string_view will, username, password;
};

constexpr std::array connects{
    connect_parts{0x00, "", "", ""},
    connect_parts{0x02, "", "", ""},
    connect_parts{0x2e, "last words", "", ""},
    connect_parts{0xc2, "", "user", "secret"},
    connect_parts{0xf6, "last words", "user", "secret"},
};

std::string connect_head(protocol_version version, unsigned flags) {
    std::string head = prefixed(version == protocol_version::v3_1 ? "MQIsdp" : "MQTT");
    head += static_cast<char>(version);
    head += static_cast<char>(flags);
    return head + u16_bytes(60);
}

std::string credentials(const connect_parts& parts, sample& of) {
    std::string tail;
    if ((parts.flags & 0x80U) != 0) {
        tail += prefixed(parts.username);
    }
    if ((parts.flags & 0x40U) != 0) {
        tail += prefixed(parts.password);
    }
    if (of.version == protocol_version::v3_1 && !tail.empty()) {
        of.whole_at.insert(of.body.size());  // 3.1 lets the end of the packet decide
        of.whole_at.insert(of.body.size() + prefixed(parts.username).size());
    }
    return tail;
}

void add_connects(std::vector<sample>& into, protocol_version version, blocks_of blocks) {
    for (const connect_parts& parts : connects) {
        const bool will = (parts.flags & 4U) != 0;
        sample head{version_name(version) + "CONNECT", version, 0x10, {}};
        head.body = connect_head(version, parts.flags);
        std::vector<sample> heads;
        with_each_block(heads, head, blocks(in(packet_type::connect)), [](sample& next) {
            next.body += prefixed("client");
        });
        if (!will) {
            for (sample& each : heads) {
                each.body += credentials(parts, each);
                into.push_back(each);
            }
            continue;
        }
        with_each_block(into, heads.front(), blocks(in_will), [&](sample& next) {
            next.body += prefixed("will/topic") + prefixed(parts.will);
            next.body += credentials(parts, next);
        });
    }
}

void add_connacks(std::vector<sample>& into, protocol_version version, blocks_of blocks) {
    const bool says_present = version != protocol_version::v3_1;
    sample head{
        version_name(version) + "CONNACK", version, 0x20, hex(says_present ? "01 00" : "00 00")};
    with_each_block(into, head, blocks(in(packet_type::connack)), [](sample&) {});
    head.body = version == protocol_version::v5_0 ? hex("00 87") : hex("00 05");
    with_each_block(into, head, {{"no properties", {}}}, [](sample&) {});
}

void add_publishes(std::vector<sample>& into, protocol_version version, blocks_of blocks) {
    for (const unsigned first : {0x30U, 0x31U, 0x32U, 0x3bU, 0x34U, 0x3dU}) {
        sample head{version_name(version) + "PUBLISH", version, first, prefixed("a/topic")};
        head.body += (first & 6U) == 0 ? "" : hex("12 34");
        head.ends_open = true;
        with_each_block(into, head, blocks(in(packet_type::publish)), [](sample& next) {
            const std::string payload = hex("'payload' 00 ff fe");
            for (std::size_t size = 0; size < payload.size(); ++size) {
                next.whole_at.insert(next.body.size() + size);
            }
            next.body += payload;
        });
    }
}

void add_acks(std::vector<sample>& into, protocol_version version, blocks_of blocks) {
    constexpr std::array first_bytes{0x40U, 0x50U, 0x62U, 0x70U};
    for (const unsigned first : first_bytes) {
        const bool received = first < 0x60;
        sample head{version_name(version) + "acknowledgement", version, first, hex("12 34")};
        into.push_back(head);
        into.back().ends_open = version == protocol_version::v5_0;
        if (version != protocol_version::v5_0) {
            continue;
        }
        head.whole_at = {2};
        head.body += hex(received ? "97" : "92");
        into.push_back(head);
        into.back().ends_open = true;
        head.whole_at = {2, 3};
        with_each_block(into, head, blocks(in(head.type())), [](sample&) {});
    }
}

void add_requests(std::vector<sample>& into, protocol_version version, blocks_of blocks) {
    const bool v5 = version == protocol_version::v5_0;
    sample head{version_name(version) + "SUBSCRIBE", version, 0x82, hex("12 34")};
    head.ends_open = true;
    with_each_block(into, head, blocks(in(packet_type::subscribe)), [&](sample& next) {
        next.body += prefixed("a/+/#") + (v5 ? hex("2e") : hex("02"));
        next.whole_at.insert(next.body.size());
        next.body += prefixed("$share/g/f") + hex("00");
    });
    head.name = version_name(version) + "UNSUBSCRIBE";
    head.first_byte = 0xa2;
    with_each_block(into, head, blocks(in(packet_type::unsubscribe)), [](sample& next) {
        next.body += prefixed("a/+/#");
        next.whole_at.insert(next.body.size());
        next.body += prefixed("b");
    });
}

void add_answers(std::vector<sample>& into, protocol_version version, blocks_of blocks) {
    const bool v5 = version == protocol_version::v5_0;
    const auto list = [](std::string_view codes) {
        return [codes](sample& next) {
            next.ends_open = !codes.empty();
            for (const char code : codes) {
                next.body += code;
                next.whole_at.insert(next.body.size());
            }
            next.whole_at.erase(next.body.size());
        };
    };
    sample head{version_name(version) + "SUBACK", version, 0x90, hex("12 34")};
    const std::string granted = hex(v5 ? "00 01 02 80 9e" : "00 01 02 80");
    with_each_block(into, head, blocks(in(packet_type::suback)), list(granted));
    head.name = version_name(version) + "UNSUBACK";
    head.first_byte = 0xb0;
    const std::string removed = v5 ? hex("00 11 87") : "";
    with_each_block(into, head, blocks(in(packet_type::unsuback)), list(removed));
}

// DISCONNECT and AUTH: reason and properties may be missing.
void add_reasoned(std::vector<sample>& into, unsigned first_byte, blocks_of blocks) {
    sample head{"v5 ", protocol_version::v5_0, first_byte, {}};
    head.name += first_byte == 0xe0 ? "DISCONNECT" : "AUTH";
    into.push_back(head);
    into.back().ends_open = true;
    head.body = hex(first_byte == 0xe0 ? "04" : "18");
    head.whole_at = {0};
    into.push_back(head);
    into.back().ends_open = true;
    head.whole_at = {0, 1};
    with_each_block(into, head, blocks(in(head.type())), [](sample&) {});
}

void add_bodiless(std::vector<sample>& into, protocol_version version) {
    into.push_back({version_name(version) + "PINGREQ", version, 0xc0, {}});
    into.push_back({version_name(version) + "PINGRESP", version, 0xd0, {}});
    if (version != protocol_version::v5_0) {
        into.push_back({version_name(version) + "DISCONNECT", version, 0xe0, {}});
    }
}

bool needs_method(const property_row& row) {
    return row.id == property_id::authentication_data;
}

std::string method() {
    return property_bytes(
        *find_property(static_cast<std::uint8_t>(property_id::authentication_method))
    );
}

std::vector<const property_row*> rows_in(carriers where) {
    std::vector<const property_row*> rows;
    for (const property_row& row : property_rows::all) {
        if ((row.allowed & where) != 0) {
            rows.push_back(&row);
        }
    }
    return rows;
}

}  // namespace

std::string sample::bytes() const {
    return packet_bytes(first_byte, body);
}

std::string property_bytes(const property_row& row) {
    const std::string id(1, static_cast<char>(row.id));
    switch (row.type) {
    case property_type::flag:
        return id + hex("01");
    case property_type::two_bytes:
        return id + hex("12 34");
    case property_type::four_bytes:
        return id + hex("12 34 56 78");
    case property_type::variable:
        return id + hex("ff ff ff 7f");
    case property_type::text:
        return id + prefixed("caf\xc3\xa9");
    case property_type::binary:
        return id + prefixed(hex("00 ff c0 80"));
    case property_type::pair:
        return id + prefixed("name") + prefixed("value");
    }
    return {};
}

std::vector<carriers> all_carriers() {
    std::vector<carriers> all{in_will};
    for (unsigned type = 1; type < 16; ++type) {
        const carriers where = in(static_cast<packet_type>(type));
        if (!rows_in(where).empty()) {
            all.push_back(where);
        }
    }
    return all;
}

std::vector<property_block> property_blocks(carriers where) {
    std::vector<property_block> blocks{{"no properties", {}}};
    property_block forward{"all properties", {}};
    property_block backward{"all properties backward", {}};
    for (const property_row* row : rows_in(where)) {
        const std::string one = property_bytes(*row);
        const std::string name(row->name);
        blocks.push_back({name, needs_method(*row) ? method() + one : one});
        if ((row->repeatable & where) != 0) {
            blocks.push_back({name + " repeated", one + one + one});
        }
        forward.wire += one;
        backward.wire = one + backward.wire;
    }
    blocks.push_back(forward);
    blocks.push_back(backward);
    return blocks;
}

std::vector<property_block> property_pairs(carriers where) {
    std::vector<property_block> blocks;
    for (const property_row* first : rows_in(where)) {
        for (const property_row* second : rows_in(where)) {
            const bool lacks_method = (needs_method(*first) || needs_method(*second)) &&
                                      first->id != property_id::authentication_method &&
                                      second->id != property_id::authentication_method;
            if (first != second) {
                const std::string both = property_bytes(*first) + property_bytes(*second);
                blocks.push_back(
                    {std::string(first->name) + " and " + std::string(second->name),
                     lacks_method ? both + method() : both}
                );
            }
        }
    }
    return blocks;
}

std::vector<property_block> property_subsets(carriers where) {
    std::mt19937 random(where);
    std::vector<property_block> blocks;
    for (int round = 0; round < 40; ++round) {
        auto rows = rows_in(where);
        std::shuffle(rows.begin(), rows.end(), random);
        rows.resize(random() % (rows.size() + 1));
        property_block next{"set " + std::to_string(round), {}};
        bool has_data = false;
        bool has_method = false;
        for (const property_row* row : rows) {
            next.wire += property_bytes(*row);
            has_data = has_data || needs_method(*row);
            has_method = has_method || row->id == property_id::authentication_method;
        }
        next.wire += has_data && !has_method ? method() : "";
        blocks.push_back(next);
    }
    return blocks;
}

std::vector<sample> samples_of(blocks_of blocks) {
    std::vector<sample> all;
    for (const protocol_version version : every_version) {
        add_connects(all, version, blocks);
        add_connacks(all, version, blocks);
        add_publishes(all, version, blocks);
        add_acks(all, version, blocks);
        add_requests(all, version, blocks);
        add_answers(all, version, blocks);
        add_bodiless(all, version);
    }
    add_reasoned(all, 0xe0, blocks);
    add_reasoned(all, 0xf0, blocks);
    return all;
}

}  // namespace lmqtt::mqtt::test

// Any bytes as a property block, anywhere: what is accepted can be read property by property, is
// found by name, and what of it is forwarded is accepted again.
#include "mqtt/check_properties.hpp"
#include "require.hpp"

#include <lmqtt/properties.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

using namespace lmqtt;

namespace {

mqtt::decoded<property_view> read(byte_view bytes, mqtt::carriers where) {
    mqtt::byte_reader reader(bytes);
    return mqtt::read_properties(reader, where, {});
}

void look_for_all(property_view view) {
    std::string joined;
    for (byte_view rest = view.wire(); !rest.empty();) {
        joined += property_view::take(rest).whole;
    }
    require(joined == view.wire());
    std::size_t pairs = 0;
    view.for_each_user_property([&](user_property pair) {
        pairs += pair.name.size() + pair.value.size() + 5;
    });
    require(pairs <= view.wire().size());
    view.for_each_subscription_identifier([](std::uint32_t value) {
        require(value > 0 && value <= mqtt::largest_varint);
    });
}

void change(property_view view) {
    properties changed(view);
    changed.set(prop::content_type, "text").set(prop::message_expiry_interval, 7);
    require(property_view(changed)[prop::content_type] == "text");
    require(property_view(changed)[prop::message_expiry_interval] == 7U);
    changed.erase_user_properties().erase(prop::content_type);
    require(!property_view(changed)[prop::content_type]);
    look_for_all(changed);
}

// The block built anew from its items, each by the type of its row.
std::string rebuilt(property_view all) {
    properties result;
    const auto add = [&]<class T>(property_view only, property<T> which) {
        result.add(which, *only[which]);
    };
    for (byte_view rest = all.wire(); !rest.empty();) {
        const auto item = property_view::take(rest);
        const property_view only(item.whole);
        switch (mqtt::find_property(static_cast<std::uint8_t>(item.id))->type) {
        case mqtt::property_type::flag:
            add(only, prop::byte{item.id});
            break;
        case mqtt::property_type::two_bytes:
            add(only, prop::two_bytes{item.id});
            break;
        case mqtt::property_type::four_bytes:
            add(only, prop::four_bytes{item.id});
            break;
        case mqtt::property_type::variable:
            add(only, prop::variable{item.id});
            break;
        case mqtt::property_type::text:
        case mqtt::property_type::binary:
            add(only, prop::text{item.id});
            break;
        case mqtt::property_type::pair:
            only.for_each_user_property([&](user_property pair) { result.add(pair); });
            break;
        }
    }
    return result.wire();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const mqtt::carriers where = mqtt::carriers{1} << data[0] % 17U;
    // In memory of its own size, so that a sanitizer sees the first byte read too far.
    const auto memory = std::make_unique<char[]>(size - 1);
    std::copy(data + 1, data + size, memory.get());
    const auto given = read({memory.get(), size - 1}, where);
    if (!given) {
        require(is_error(given.error().code));
        return 0;
    }
    look_for_all(*given);
    require(rebuilt(*given) == given->wire());
    change(*given);
    const std::string forwarded = mqtt::forwardable(*given).wire();
    if ((where & mqtt::property_rows::messages) != 0) {
        std::string block;
        mqtt::append_varint(block, static_cast<std::uint32_t>(forwarded.size()));
        require(read(block + forwarded, mqtt::in(packet_type::publish)).has_value());
    }
    return 0;
}

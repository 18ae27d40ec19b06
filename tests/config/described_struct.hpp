// A struct of the configuration and the keys that are to describe it, for the tests of key tables.
#pragma once

#include "config/keys.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <vector>

namespace lmqtt::test {

struct described_struct {
    std::string header;  ///< include/lmqtt/<header>.hpp
    std::string type;
    std::string section;
    std::string part = "";  ///< "tls"; empty: the section's own keys
};

/// The names of the fields of one struct in config.hpp, as they are written there.
inline std::vector<std::string> fields_of(const std::string& header, const std::string& name) {
    const std::size_t begin = header.find("struct " + name + " {");
    REQUIRE(begin != std::string::npos);
    const std::string body = header.substr(begin, header.find("\n};", begin) - begin);
    const std::regex field(R"(\n    [\w:<>, ]+[ \n]+(\w+)( =[^;(]*[^;]*)?;)");
    std::vector<std::string> names;
    for (std::sregex_iterator next(body.begin(), body.end(), field), end; next != end; ++next) {
        names.push_back((*next)[1]);
    }
    return names;
}

/// The keys of the section that belong to the struct itself, or to this part of it.
inline std::size_t keys_in(const described_struct& which) {
    const auto rows = config_file::keys_of(which.section);
    return static_cast<std::size_t>(std::ranges::count_if(rows, [&which](const auto& row) {
        const std::size_t dot = row.name.find('.');
        return which.part.empty() ? dot == std::string_view::npos
                                  : row.name.starts_with(which.part + ".");
    }));
}

inline bool is_section_or_part(const described_struct& in, const std::string& field) {
    if (in.type == "config") {
        return !config_file::keys_of(field).empty();
    }
    return in.part.empty() && keys_in({in.header, field, in.section, field}) != 0;
}

/// Every field has a key of its name, and there are no other keys.
inline void check_fields(const described_struct& each) {
    std::ifstream stream(LMQTT_SOURCE_ROOT "/include/lmqtt/" + each.header + ".hpp");
    const std::string header{std::istreambuf_iterator<char>(stream), {}};
    std::size_t others = 0;
    const std::vector<std::string> fields = fields_of(header, each.type);
    for (const std::string& field : fields) {
        const std::string name = each.part.empty() ? field : each.part + "." + field;
        const bool is_other = is_section_or_part(each, field);
        INFO(each.type << "::" << field);
        CHECK((is_other || config_file::find_key(each.section, name) != nullptr));
        others += is_other ? 1 : 0;
    }
    CHECK(fields.size() == keys_in(each) + others);
}

}  // namespace lmqtt::test

#include "config/describe.hpp"

#include "config/acl_rules.hpp"
#include "config/keys.hpp"
#include "config/values.hpp"

#include <string_view>

namespace lmqtt::config_file {
namespace {

constexpr std::string_view toml_head = "# The configuration of lmqttd: every key, with its "
                                       "default. Printed by `lmqttd describe toml`.\n"
                                       "# docs/config.md is the same as a document; `lmqttd check "
                                       "-c FILE` tells what is wrong with a file.\n"
                                       "#\n"
                                       "# Durations are texts (\"20s\", \"2h\", \"7d\"), sizes are "
                                       "bytes or texts (\"64KiB\"). Relative paths\n"
                                       "# are relative to the folder of this file. 0 never means "
                                       "unlimited: that is written \"unlimited\".\n";

constexpr std::string_view markdown_head = R"(# The configuration file

This page is printed by `lmqttd describe config`, from the table that also reads the file.

`lmqttd start -c FILE` and `lmqttd check -c FILE` read one [TOML](https://toml.io) file. Without
`-c` it is `/etc/lmqtt/lmqttd.toml`, if that exists; otherwise the defaults below apply, and the
broker listens on 127.0.0.1, port 1883, and for WebSocket clients on port 8883. `etc/lmqttd.toml` is
a file with every key at its default, to start from.

```toml
[[listeners]]
address = "127.0.0.1:1883"

[[listeners]]
name = "lan"
address = ":1884"
allow_anonymous = false   # an address that other machines can reach has to say so, or true
maximum_qos = 1

[[listeners]]
address = "127.0.0.1:8884"
tls.cert_file = "server.crt"
tls.key_file = "server.key"
websocket.path = "/mqtt"  # with tls: WSS

[mqtt]
session_expiry = "7d"
max_packet_size = "10MiB"

[log]
format = "json"
```

- Durations are texts: `"500ms"`, `"20s"`, `"5m"`, `"2h"`, `"7d"`. Sizes are bytes, or texts with
  `KiB`, `MiB`, `GiB`, `TiB`.
- `0` never means unlimited. Where a limit may be lifted, it is written `"unlimited"`.
- Relative paths are relative to the folder of the file.
- An unknown key, a wrong type or a value out of range is an error with its line and column. All
  errors are told at once, and nothing is started.
- SIGHUP reads the file again. If anything is wrong with it, the running configuration stays and the
  log says why; otherwise the keys marked *SIGHUP* apply, and those marked *restart* are named in
  the log.
- `lmqttd config diff` says what differs between a running broker and the file, a line for each key
  with what applies it (`mqtt.max_inflight: 64 -> 32 (SIGHUP)`), and ends with 0 if nothing does,
  with 1 if something does; `--json` is for programs. What runs is what the broker itself wrote at
  its start and after each reload, to `<database>.running.toml`, or to `<pid_file>.running.toml` if
  `persistence.type` is `"memory"`; it is gone when the broker is. `--running FILE` compares with
  another such file.
- `lmqttd config show` prints what a file amounts to: what is not at its default, or with `--all`
  everything.
)";

constexpr std::string_view toml_rules = R"(
# One rule; write as many as you need. docs/access.md has examples.
# [[acl.rules]]
# allow = ["publish", "subscribe", "receive"]    # or deny; also: "retain"
# topic = "devices/%c/#"
# maximum_qos = 1
# users = ["sensor"]
# roles = ["operator"]
# clients = ["meter-1"]
# listeners = ["lan"]
)";

/// Wrapped at 100 columns, each line behind "# ".
std::string comment(std::string_view text) {
    constexpr std::size_t width = 98;
    std::string out;
    while (!text.empty()) {
        std::size_t end = text.size() <= width ? text.size() : text.rfind(' ', width);
        out += "# " + std::string(text.substr(0, end)) + "\n";
        text.remove_prefix(end == text.size() ? end : end + 1);
    }
    return out;
}

std::string capital(std::string text) {
    if (!text.empty() && text.front() >= 'a' && text.front() <= 'z') {
        text.front() = static_cast<char>(text.front() - 'a' + 'A');
    }
    return text;
}

/// A config with one listener, as it is without a file.
setting default_of(const key& row) {
    return row.at.get(config{}, 0);
}

bool is_written_by_default(const key& row) {
    return row.example.empty() && !print_value(row, default_of(row)).empty() &&
           row.name != "unix_mode";
}

/// What stands behind the "=" of a key that is not written by default.
std::string example_of(const key& row) {
    const key* const inherited = find_key("mqtt", row.name);
    if (!row.example.empty() || inherited == nullptr) {
        return row.example.empty() ? print_value(row, default_of(row)) : std::string(row.example);
    }
    return print_value(*inherited, default_of(*inherited));
}

std::string toml_key(const key& row) {
    const bool written = is_written_by_default(row);
    const std::string value = written ? print_value(row, default_of(row)) : example_of(row);
    // That a boolean is true or false goes without saying.
    const bool plain = row.written == kind::boolean;
    std::string text = comment(row.sentence);
    text += plain ? "" : comment(capital(expected(row)) + ".");
    if (row.applies == reload::needs_restart) {
        text += comment("Needs a restart.");
    }
    return text + (written ? "" : "# ") + std::string(row.name) + " = " + value + "\n";
}

std::string toml_section(const section& which) {
    if (which.name.empty()) {
        return "";
    }
    const std::string name(which.name);
    const bool list = which.name == listeners_section;
    return "\n" + comment(which.sentence) + (list ? "[[" + name + "]]" : "[" + name + "]") + "\n";
}

/// The second of the listeners that there are without a file: only what makes it another one.
std::string toml_websocket_listener() {
    const config standard;
    std::string text =
        "\n" +
        comment("MQTT over WebSocket. Elsewhere 8883 is the port of MQTT over TLS: to have it so, "
                "change the port here, and give 8883 to a listener with tls.cert_file and "
                "tls.key_file.") +
        "[[listeners]]\n";
    for (const char* const name : {"address", "websocket.path"}) {
        const key* const row = find_key(listeners_section, name);
        text += std::string(name) + " = " + print_value(*row, row->at.get(standard, 1)) + "\n";
    }
    return text;
}

std::string code(const std::string& text) {
    return "`" + text + "`";
}

std::string markdown_default(const key& row) {
    if (is_written_by_default(row)) {
        return code(print_value(row, default_of(row)));
    }
    if (row.at.section == listeners_section && find_key("mqtt", row.name) != nullptr) {
        return code("mqtt." + std::string(row.name));
    }
    const std::string plain = print_value(row, default_of(row));
    return plain.empty() ? "not written" : code(plain);
}

std::string markdown_row(const key& row) {
    const std::string applies = row.applies == reload::on_sighup ? "SIGHUP" : "restart";
    return "| " + code(std::string(row.name)) + " | " + markdown_default(row) + " | " +
           capital(expected(row)) + " | " + applies + " | " + std::string(row.sentence) + " |\n";
}

std::string markdown_section(const section& which) {
    const std::string name(which.name);
    std::string title = "[" + name + "]";
    if (which.name.empty()) {
        title = "Before the first section";
    } else if (which.name == listeners_section) {
        title = "[[listeners]]";
    }
    return "\n## " + (which.name.empty() ? title : code(title)) + "\n\n" +
           std::string(which.sentence) +
           "\n\n| key | default | accepts | applies on | meaning |\n| --- | --- | --- | --- | --- "
           "|\n";
}

std::string markdown_rules() {
    std::string text =
        "\n### `[[acl.rules]]`\n\nOne rule each; [access.md](access.md) says how they "
        "work together. They apply on SIGHUP.\n\n| key | accepts | meaning |\n| --- "
        "| --- | --- |\n";
    for (const rule_key& row : rule_keys()) {
        text += "| " + code(std::string(row.name)) + " | " + capital(std::string(row.accepts)) +
                " | " + std::string(row.sentence) + " |\n";
    }
    return text;
}

}  // namespace

std::string describe_toml() {
    std::string text(toml_head);
    for (const section& which : sections()) {
        text += toml_section(which);
        for (const key& row : keys_of(which.name)) {
            text += "\n" + toml_key(row);
        }
        text += which.name == acl_section ? toml_rules : "";
        text += which.name == listeners_section ? toml_websocket_listener() : "";
    }
    return text;
}

std::string describe_markdown() {
    std::string text(markdown_head);
    for (const section& which : sections()) {
        text += markdown_section(which);
        for (const key& row : keys_of(which.name)) {
            text += markdown_row(row);
        }
        text += which.name == acl_section ? markdown_rules() : "";
    }
    return text;
}

}  // namespace lmqtt::config_file

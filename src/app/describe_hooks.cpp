#include "app/describe_hooks.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace lmqtt::app {
namespace {

/// What a program may do in a hook.
constexpr std::string_view decides = "decides, may await";
constexpr std::string_view answers = "decides at once";
constexpr std::string_view told = "is told";

struct hook {
    std::string_view name;
    std::string_view role;
    std::string_view moment;
    std::string_view power;
};

// clang-format off
constexpr std::array hooks{
    hook{"on_accept", answers, "A connection was accepted, nothing has been read yet.",
         "False closes it."},
    hook{"on_basic_auth", decides, "A CONNECT without Authentication Method.",
         "Refuse the client; settle its identifier, session expiry, keep alive, response "
         "information and user properties, and limits of its own: receive maximum, QoS, "
         "retain, packet size, topic aliases, kinds of subscription, window."},
    hook{"on_enhanced_auth", decides, "A CONNECT with Authentication Method.",
         "Refuse, accept as `on_basic_auth` does, say who the client has proved to be, or go on "
         "with Authentication Data; without this hook such a CONNECT is refused with 0x8C."},
    hook{"on_auth", decides,
         "An AUTH during the handshake; without this hook `on_enhanced_auth` is called again.",
         "As `on_enhanced_auth`."},
    hook{"on_re_auth", decides, "An AUTH on a live connection.",
         "Refuse, which disconnects; accept, or go on with Authentication Data."},
    hook{"on_connected", told, "The CONNACK is on its way.", ""},
    hook{"on_session_created", told, "A client has got a new session.", ""},
    hook{"on_session_resumed", told, "A client has got its session back.", ""},
    hook{"on_session_terminated", told,
         "A session is gone: ended by its client, taken over by a clean start, or expired.", ""},
    hook{"on_subscribe", decides, "A SUBSCRIBE has arrived.",
         "Refuse it, or single filters of it; change their options."},
    hook{"on_subscribed", told, "A filter of a SUBSCRIBE was accepted.", ""},
    hook{"on_unsubscribe", decides, "An UNSUBSCRIBE has arrived.",
         "Refuse it, or single filters of it; change the filters."},
    hook{"on_unsubscribed", told, "A subscription was removed at its client's wish.", ""},
    hook{"on_msg_arrived", decides, "A PUBLISH has arrived that is not a duplicate.",
         "Refuse it; change the message, which is what gets matched, retained and delivered; drop "
         "it, acknowledged all the same."},
    hook{"on_publish", answers, "A PUBLISH is about to be written to a client.",
         "False leaves it out, as if it had been sent and acknowledged."},
    hook{"on_delivered", told,
         "A PUBLISH was written to a client, which has not acknowledged it yet.", ""},
    hook{"on_msg_dropped", told,
         "A delivery was dropped; the reason is one of the names of `lmqtt_dropped_*_total`.", ""},
    hook{"on_will_publish", answers, "A will is about to be published.",
         "Change it; false drops it."},
    hook{"on_will_published", told, "A will has been published.", ""},
    hook{"on_closed", told, "The connection of a client that had got its CONNACK is over.", ""},
    hook{"on_stop", told, "The server has stopped: the last thing it does.", ""},
};

/// In which order hooks are called, where nothing but this happens.
struct sequence {
    std::string_view story;
    std::string_view called;  ///< names, in order
};

constexpr std::array sequences{
    sequence{"A client connects, and gets a new session.",
             "on_accept on_basic_auth on_session_created on_connected"},
    sequence{"A client connects, and gets its session back.",
             "on_accept on_basic_auth on_session_resumed on_connected"},
    sequence{"A client connects with a clean start, and had a session.",
             "on_accept on_basic_auth on_session_terminated on_session_created on_connected"},
    sequence{"A client connects with an Authentication Method, in two steps.",
             "on_accept on_enhanced_auth on_auth on_session_created on_connected"},
    sequence{"A client authenticates again.", "on_re_auth"},
    sequence{"A client connects, and is refused.", "on_accept on_basic_auth"},
    sequence{"A client subscribes with two filters, and gets a retained message.",
             "on_subscribe on_subscribed on_subscribed on_publish on_delivered"},
    sequence{"A client publishes with QoS 0, and receives the message itself.",
             "on_msg_arrived on_publish on_delivered"},
    sequence{"A client publishes with QoS 1, and receives the message itself.",
             "on_msg_arrived on_publish on_delivered"},
    sequence{"A client publishes with QoS 2, and receives the message itself.",
             "on_msg_arrived on_publish on_delivered"},
    sequence{"A client repeats a QoS 2 PUBLISH that it has sent already.", ""},
    sequence{"A client unsubscribes.", "on_unsubscribe on_unsubscribed"},
    sequence{"Another connection takes a session over, which has a will.",
             "on_accept on_basic_auth on_closed on_will_publish on_will_published "
             "on_session_resumed on_connected"},
    sequence{"Another connection takes over with a clean start.",
             "on_accept on_basic_auth on_closed on_session_terminated on_session_created "
             "on_connected"},
    sequence{"A client disconnects, and its session stays.", "on_closed"},
    sequence{"A client disconnects, and its session ends.", "on_closed on_session_terminated"},
    sequence{"A connection is lost; its session stays, its will is received by another client.",
             "on_closed on_will_publish on_will_published on_publish on_delivered"},
    sequence{"A connection is lost, and its session ends with it; nobody receives its will.",
             "on_closed on_will_publish on_will_published on_session_terminated"},
    sequence{"A session expires; a message was waiting in it, and its will for its delay.",
             "on_will_publish on_will_published on_msg_dropped on_session_terminated"},
    sequence{"The server stops; a client is connected, whose session ends.",
             "on_closed on_session_terminated on_stop"},
};
// clang-format on

constexpr std::string_view head =
    "# Hooks\n\n"
    "This page is printed by `lmqttd describe hooks`. The hooks are members of `lmqtt::hooks`\n"
    "(`lmqtt/hooks.hpp`); set them through `server::hooks()` before `server::start()`. One that "
    "nobody has\n"
    "set costs one test. One that throws, or says what no packet can carry, refuses with 0x80 "
    "Unspecified\n"
    "error, and the log says so.\n\n"
    "They run on the thread of the shard their client lives on, with three exceptions: "
    "`on_accept`, and the\n"
    "hooks about a CONNECT without client identifier, run on the shard that accepts; `on_stop` "
    "runs "
    "on the\n"
    "thread that calls `server::stop()`.\n\n"
    "What a hook is told of a client's packets is what that client writes and reads: topics "
    "without "
    "the\n"
    "mount point of its listener, also where the hook makes up another. Wills and dropped messages "
    "are\n"
    "told with their whole topics, as the functions of `lmqtt::server` take them. No hook opens "
    "`$SYS`.\n\n"
    "- *decides, may await*: a plain function or a coroutine. While it awaits, the later packets "
    "of its\n"
    "  client wait, those of other clients do not.\n"
    "- *decides at once*: a plain function with an answer; it must not block.\n"
    "- *is told*: a plain function without an answer; it must not block.\n\n"
    "| hook | role | called when | what it may do |\n| --- | --- | --- | --- |\n";

constexpr std::string_view order =
    "\n## In which order\n\n"
    "The hooks of one client come in this order; those of others may come between them.\n\n"
    "| what happens | hooks |\n| --- | --- |\n";

std::string names_in(std::string_view called) {
    std::string names;
    while (!called.empty()) {
        const std::string_view next = called.substr(0, called.find(' '));
        names += (names.empty() ? "`" : ", `") + std::string(next) + "`";
        called.remove_prefix(std::min(called.size(), next.size() + 1));
    }
    return names.empty() ? "none" : names;
}

}  // namespace

std::string describe_hooks() {
    std::string page(head);
    for (const hook& row : hooks) {
        page += "| `" + std::string(row.name) + "` | " + std::string(row.role) + " | " +
                std::string(row.moment) + " | " + std::string(row.power) + " |\n";
    }
    page += order;
    for (const sequence& row : sequences) {
        page += "| " + std::string(row.story) + " | " + names_in(row.called) + " |\n";
    }
    return page;
}

}  // namespace lmqtt::app

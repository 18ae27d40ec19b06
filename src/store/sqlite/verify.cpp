// Whether a database is what a broker left: the file, the schema, the rules between its rows.
#include "store/sqlite/database.hpp"
#include "store/sqlite/state_file.hpp"
#include "store/sqlite/state_reader.hpp"
#include "store/sqlite/writer.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>

#include <array>
#include <string_view>

namespace lmqtt::persistence {

namespace {

// A query finds the rows that break the rule, each as a text for a person.
struct rule {
    std::string_view broken;
    std::string_view query;
};

constexpr std::array rules{
    rule{
        "a place in a queue has no session",
        "SELECT 'message '||message_id||' for session '||session_id FROM queue "
        "WHERE session_id<>0 AND session_id NOT IN (SELECT id FROM sessions)"},
    rule{
        "a message on its way between members of a shared group has no group",
        "SELECT 'message '||message_id FROM queue WHERE session_id=0 AND share_filter IS NULL"},
    rule{
        "a place in a queue has no message",
        "SELECT 'message '||q.message_id||' for session '||q.session_id FROM queue q "
        "WHERE q.received=0 AND NOT EXISTS(SELECT 1 FROM messages m WHERE m.id=q.message_id)"},
    rule{
        "two messages have the same place in a queue",
        "SELECT 'place '||position||' of session '||session_id FROM queue WHERE qos>0 "
        "GROUP BY session_id, position HAVING count(*)>1"},
    rule{
        "a message that is not of QoS 2 waits for PUBCOMP",
        "SELECT 'message '||message_id||' for session '||session_id FROM queue "
        "WHERE received=1 AND qos<>2"},
    rule{
        "a retained topic has no message",
        "SELECT quote(topic) FROM retained WHERE message_id NOT IN (SELECT id FROM messages)"},
    rule{
        "a retained topic has a message that is not its own",
        "SELECT quote(r.topic) FROM retained r JOIN messages m ON m.id=r.message_id "
        "WHERE m.topic<>r.topic OR m.retain=0"},
    rule{
        "a message has no valid topic name",
        "SELECT 'message '||id FROM messages "
        "WHERE topic='' OR instr(topic,'+')>0 OR instr(topic,'#')>0"},
    rule{
        "a will has no valid topic name",
        "SELECT 'client '||quote(client_id) FROM wills "
        "WHERE topic='' OR instr(topic,'+')>0 OR instr(topic,'#')>0"},
    rule{
        "user properties are no JSON",
        "SELECT 'message '||id FROM messages "
        "WHERE user_properties IS NOT NULL AND NOT json_valid(user_properties) "
        "UNION ALL SELECT 'the will of client '||quote(client_id) FROM wills "
        "WHERE user_properties IS NOT NULL AND NOT json_valid(user_properties)"},
    rule{
        "the roles of a will are no list",
        "SELECT 'client '||quote(client_id) FROM wills WHERE roles IS NOT NULL AND "
        "CASE WHEN json_valid(roles) THEN json_type(roles)<>'array' ELSE 1 END"},
    rule{
        "the roles of an author are no list",
        "SELECT quote(topic) FROM retained WHERE roles IS NOT NULL AND "
        "CASE WHEN json_valid(roles) THEN json_type(roles)<>'array' ELSE 1 END"},
    rule{
        "subscription identifiers are no JSON",
        "SELECT 'message '||message_id||' for session '||session_id FROM queue "
        "WHERE subscription_identifiers IS NOT NULL AND NOT json_valid(subscription_identifiers)"},
    rule{
        "a shared subscription has another name than its filter says",
        "SELECT quote(topic_filter)||' of session '||session_id FROM subscriptions "
        "WHERE share_name IS NOT CASE WHEN substr(topic_filter,1,7)='$share/' THEN "
        "substr(topic_filter,8,instr(substr(topic_filter,8),'/')-1) END"},
};

// The conditions of a table, as its CREATE TABLE has them. Who opens a database to read only gets
// no CHECK checked by SQLite.
std::vector<std::string> checks_of(std::string_view create_table) {
    constexpr std::string_view opening = "CHECK(";
    std::vector<std::string> conditions;
    auto at = create_table.find(opening);
    for (; at != std::string_view::npos; at = create_table.find(opening, at)) {
        at += opening.size();
        std::size_t depth = 1;
        std::size_t end = at;
        for (; depth != 0 && end < create_table.size(); ++end) {
            depth += create_table[end] == '(' ? 1U : 0U;
            depth -= create_table[end] == ')' ? 1U : 0U;
        }
        conditions.emplace_back(create_table.substr(at, end - 1 - at));
    }
    return conditions;
}

class examination {
public:
    explicit examination(const state_reader& of)
        : of_(of) {}

    verdict run() && {
        of_.hold_still();
        found_.sound.emplace_back("it is a database of lmqttd");
        const bool is_newest = examine_schema();
        examine("pages and indexes", [this] { examine_pages(); });
        examine("values", [this] { examine_values(); });
        examine("references", [this] { examine_references(); });
        if (is_newest) {
            examine_rules();
            examine("rows can be counted", [this] { count(); });
        } else {
            found_.notes.emplace_back(
                "rules between rows: not checked, they are those of the newest schema"
            );
        }
        return std::move(found_);
    }

private:
    // It is sound unless `look` says otherwise, or cannot see it at all.
    template <class Look>
    void examine(std::string_view what, Look&& look) {
        const std::size_t before = found_.problems.size();
        try {
            look();
        } catch (const SQLite::Exception& error) {
            found_.problems.push_back(std::string(what) + ": cannot be read: " + error.what());
        }
        if (found_.problems.size() == before) {
            found_.sound.emplace_back(what);
        }
    }

    // Whether it is the newest.
    bool examine_schema() {
        bool is_newest = false;
        examine("schema", [&] {
            const auto all = embedded_migrations();
            try {
                const auto lacking = migrations_lacking(of_.handle(), of_.path(), all);
                for (const migration& each : lacking) {
                    found_.notes.push_back(
                        "the schema lacks " + std::string(each.name) +
                        ": lmqttd start and lmqttd migrate add it"
                    );
                }
                examine_objects(all.first(all.size() - lacking.size()));
                is_newest = lacking.empty();
            } catch (const state_error& refused) {
                found_.problems.push_back(std::string(refused.what()).substr(of_.path().size() + 2)
                );
            }
        });
        return is_newest;
    }

    // Tables and views, compared with those that the same migrations make of nothing.
    void examine_objects(std::span<const migration> applied) {
        SQLite::Database fresh(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
        for (const migration& each : applied) {
            fresh.exec(std::string(each.sql));
        }
        statement expected(
            fresh.getHandle(), "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL"
        );
        statement actual(of_.handle(), "SELECT sql FROM sqlite_schema WHERE type=? AND name=?");
        while (expected.next()) {
            actual.bind_text(expected.text(0)).bind_text(expected.text(1));
            bool is_there = false;
            bool is_same = false;
            while (actual.next()) {
                is_there = true;
                is_same = actual.text(0) == expected.text(2);
            }
            if (!is_same) {
                found_.problems.push_back(
                    "schema: the " + std::string(expected.text(0)) + " " +
                    std::string(expected.text(1)) + (is_there ? " was changed" : " is missing")
                );
            }
        }
    }

    void examine_pages() {
        statement rows(of_.handle(), "PRAGMA integrity_check");
        while (rows.next()) {
            if (rows.text(0) != "ok") {
                found_.problems.push_back("pages: " + in_one_line(rows.text(0)));
            }
        }
    }

    void examine_values(const std::string& table, const std::string& condition) {
        const auto broken =
            of_.number("SELECT count(*) FROM " + table + " WHERE NOT(" + condition + ")");
        if (broken != 0) {
            found_.problems.push_back(
                "values: " + std::to_string(broken) + " in " + table +
                " are not as they must be: " + condition
            );
        }
    }

    void examine_values() {
        statement tables(of_.handle(), "SELECT name, sql FROM sqlite_schema WHERE type='table'");
        while (tables.next()) {
            const std::string table(tables.text(0));
            for (const std::string& condition : checks_of(tables.text(1))) {
                examine_values(table, condition);
            }
        }
    }

    void examine_references() {
        statement rows(of_.handle(), "PRAGMA foreign_key_check");
        while (rows.next()) {
            found_.problems.push_back(
                "references: a row of " + std::string(rows.text(0)) + " is without its row of " +
                std::string(rows.text(2))
            );
        }
    }

    void examine_rule(const rule& each) {
        statement rows(of_.handle(), each.query);
        std::string first;
        std::size_t broken = 0;
        for (; rows.next(); ++broken) {
            if (broken == 0) {
                first = rows.text(0);
            }
        }
        if (broken != 0) {
            found_.problems.push_back(
                std::string(each.broken) + ": " + first +
                (broken == 1 ? "" : " and " + std::to_string(broken - 1) + " more")
            );
        }
    }

    void examine_rules() {
        for (const rule& each : rules) {
            examine("never: " + std::string(each.broken), [&] { examine_rule(each); });
        }
    }

    void count() {
        const auto rows_of = [this](const std::string& table) {
            return std::to_string(of_.number("SELECT count(*) FROM " + table));
        };
        found_.holds = rows_of("sessions") + " sessions, " + rows_of("messages") + " messages, " +
                       rows_of("queue") + " places in queues, " + rows_of("retained") + " retained";
        const auto unused = of_.number("SELECT count(*) FROM messages WHERE " + message_is_unused);
        if (unused != 0) {
            found_.notes.push_back(
                "messages that nothing needs: " + std::to_string(unused) +
                ", which the next start removes"
            );
        }
    }

    const state_reader& of_;
    verdict found_;
};

}  // namespace

verdict verify(const std::string& database) {
    const state_reader from(database);
    try {
        return examination(from).run();
    } catch (const SQLite::Exception& error) {
        throw because_of(error, database);
    }
}

}  // namespace lmqtt::persistence

#include "sample_state.hpp"

#include "store/sqlite/open_state.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sqlite3.h>

namespace lmqtt::test {

void make_state(const std::string& path, int messages) {
    const auto db = persistence::open_state({.path = path, .now_ms = 17});
    db->execute("INSERT INTO sessions VALUES(1,'meter',5,'anna',1,2,3,3600,10,0,0,NULL),"
                "(2,'lamp',4,NULL,1,2,NULL,3600,10,0,0,NULL)");
    db->execute("INSERT INTO subscriptions VALUES(1,'$share/g/t/#','g',1,0,0,0,NULL),"
                "(2,'t/1',NULL,1,0,0,0,NULL)");
    db->execute(
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM n WHERE x<" +
        std::to_string(messages) +
        ") INSERT INTO messages SELECT x,'t/'||x,randomblob(300),1,x=1,'lamp',5,NULL,0,NULL,NULL,"
        "NULL,NULL,'[[\"a\",\"b\"]]' FROM n"
    );
    db->execute("INSERT INTO queue(message_id,session_id,position,qos,retain) "
                "SELECT id,1,id,1,0 FROM messages");
    db->execute("INSERT INTO retained(topic,message_id) VALUES('t/1',1)");
    db->execute("INSERT INTO wills(id,session_id,client_id,topic,payload,qos,retain,delay_s) "
                "VALUES(7,2,'lamp','gone',x'00',1,0,5)");
}

std::int64_t number(const std::string& path, const std::string& sql) {
    sqlite3* connection = nullptr;
    sqlite3_open_v2(path.c_str(), &connection, SQLITE_OPEN_READONLY, nullptr);
    sqlite3_stmt* query = nullptr;
    sqlite3_prepare_v2(connection, sql.c_str(), -1, &query, nullptr);
    REQUIRE(sqlite3_step(query) == SQLITE_ROW);
    const std::int64_t found = sqlite3_column_int64(query, 0);
    sqlite3_finalize(query);
    sqlite3_close(connection);
    return found;
}

void change(const std::string& path, const std::string& sql) {
    sqlite3* connection = nullptr;
    REQUIRE(sqlite3_open(path.c_str(), &connection) == SQLITE_OK);
    CHECK(sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(connection);
}

void leave_in_log(const std::string& path, const std::string& sql) {
    persistence::database db(path);
    db.execute(sql);
    db.checkpoint_when_closed(false);
}

void damage(const std::string& path) {
    constexpr std::streamoff page = 4096;
    const auto pages = static_cast<std::streamoff>(std::filesystem::file_size(path)) / page;
    REQUIRE(pages > 10);
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp((pages - 4) * page);  // the schema is in the first ones, messages are in the last
    file << std::string(page, '\x5a');
}

std::string bytes_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace lmqtt::test

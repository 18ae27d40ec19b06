// One prepared statement, used again and again. Failures are thrown as SQLite::Exception. Values
// are bound without a copy: they must live until the statement has run. Belongs to one connection
// and its thread.
#pragma once

#include <lmqtt/bytes.hpp>
#include <lmqtt/protocol.hpp>

#include <cstdint>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace lmqtt::persistence {

class statement {
public:
    statement(sqlite3* connection, std::string_view sql);
    statement(const statement&) = delete;
    statement& operator=(const statement&) = delete;
    ~statement();

    // Binding starts at the first parameter again after each run.
    statement& bind(std::int64_t value);

    statement& bind_unsigned(std::uint64_t value) { return bind(static_cast<std::int64_t>(value)); }

    statement& bind(qos quality) { return bind(static_cast<std::int64_t>(quality)); }

    statement& bind_text(std::string_view value);
    statement& bind_blob(byte_view value);
    statement& bind_null();

    // NULL where there is nothing.
    statement& bind_text_or_null(std::string_view value);
    statement& bind_or_null(std::int64_t value);

    // Runs it to its end, and makes it ready for the next time.
    void run();

    // Rows: true while there is one; afterwards the statement is ready for the next time.
    bool next();

    std::int64_t number(int column) const;
    std::string_view text(int column) const;
    byte_view blob(int column) const;
    bool is_null(int column) const;

    std::uint64_t unsigned_number(int column) const {
        return static_cast<std::uint64_t>(number(column));
    }

private:
    [[noreturn]] void fail(int code);
    void check(int code);
    void reset() noexcept;

    sqlite3* connection_;
    sqlite3_stmt* prepared_ = nullptr;
    int bound_ = 0;
};

// Statements without parameters, one after the other.
void execute(sqlite3* connection, const std::string& sql);

// Of one row and column; 0 if there is none.
std::int64_t number_of(sqlite3* connection, std::string_view sql);

}  // namespace lmqtt::persistence

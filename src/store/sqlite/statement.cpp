#include "store/sqlite/statement.hpp"

#include <SQLiteCpp/Exception.h>

#include <sqlite3.h>

namespace lmqtt::persistence {

statement::statement(sqlite3* connection, std::string_view sql)
    : connection_(connection) {
    check(::sqlite3_prepare_v3(
        connection,
        sql.data(),
        static_cast<int>(sql.size()),
        SQLITE_PREPARE_PERSISTENT,
        &prepared_,
        nullptr
    ));
}

statement::~statement() {
    ::sqlite3_finalize(prepared_);
}

void statement::fail(int code) {
    SQLite::Exception failure(connection_, code);
    reset();
    throw failure;
}

void statement::check(int code) {
    if (code != SQLITE_OK) {
        fail(code);
    }
}

void statement::reset() noexcept {
    ::sqlite3_reset(prepared_);
    bound_ = 0;
}

statement& statement::bind(std::int64_t value) {
    check(::sqlite3_bind_int64(prepared_, ++bound_, value));
    return *this;
}

// An empty view may have no address at all, and that would bind NULL.
statement& statement::bind_text(std::string_view value) {
    const char* const at = value.empty() ? "" : value.data();
    check(::sqlite3_bind_text64(prepared_, ++bound_, at, value.size(), SQLITE_STATIC, SQLITE_UTF8));
    return *this;
}

statement& statement::bind_blob(byte_view value) {
    const char* const at = value.empty() ? "" : value.data();
    check(::sqlite3_bind_blob64(prepared_, ++bound_, at, value.size(), SQLITE_STATIC));
    return *this;
}

statement& statement::bind_null() {
    check(::sqlite3_bind_null(prepared_, ++bound_));
    return *this;
}

statement& statement::bind_text_or_null(std::string_view value) {
    return value.empty() ? bind_null() : bind_text(value);
}

statement& statement::bind_or_null(std::int64_t value) {
    return value == 0 ? bind_null() : bind(value);
}

void statement::run() {
    while (next()) {
    }
}

bool statement::next() {
    const int code = ::sqlite3_step(prepared_);
    if (code == SQLITE_ROW) {
        return true;
    }
    if (code != SQLITE_DONE) {
        fail(code);
    }
    reset();
    return false;
}

std::int64_t statement::number(int column) const {
    return ::sqlite3_column_int64(prepared_, column);
}

std::string_view statement::text(int column) const {
    const auto* const at = ::sqlite3_column_text(prepared_, column);
    const auto size = static_cast<std::size_t>(::sqlite3_column_bytes(prepared_, column));
    return at == nullptr ? std::string_view{}
                         : std::string_view{reinterpret_cast<const char*>(at), size};
}

byte_view statement::blob(int column) const {
    const void* const at = ::sqlite3_column_blob(prepared_, column);
    const auto size = static_cast<std::size_t>(::sqlite3_column_bytes(prepared_, column));
    return at == nullptr ? byte_view{} : byte_view{static_cast<const char*>(at), size};
}

bool statement::is_null(int column) const {
    return ::sqlite3_column_type(prepared_, column) == SQLITE_NULL;
}

void execute(sqlite3* connection, const std::string& sql) {
    const int code = ::sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) {
        throw SQLite::Exception(connection, code);
    }
}

std::int64_t number_of(sqlite3* connection, std::string_view sql) {
    statement query(connection, sql);
    return query.next() ? query.number(0) : 0;
}

}  // namespace lmqtt::persistence

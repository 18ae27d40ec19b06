#include "store/sqlite/state_error.hpp"

#include <SQLiteCpp/Exception.h>

#include <algorithm>
#include <sqlite3.h>

namespace lmqtt::persistence {

std::string in_one_line(std::string_view finding) {
    constexpr std::string_view title = "*** in database main ***\n";
    if (finding.starts_with(title)) {
        finding.remove_prefix(title.size());
    }
    std::string line(finding);
    std::replace(line.begin(), line.end(), '\n', ' ');
    return line;
}

state_error because_of(const SQLite::Exception& error, const std::string& path) {
    const int code = error.getErrorCode() & 0xff;
    if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB) {
        return {
            state_error::cause::damaged, path, std::string("is damaged (") + error.what() + ")"};
    }
    return {state_error::cause::refused, path, error.what()};
}

}  // namespace lmqtt::persistence

// A file that holds space for bad times: on a full disk it is removed, so that what was under way
// can be written, and what makes room. Beside the database, whose permissions it has.
#pragma once

#include <string>

namespace lmqtt::persistence {

class reserve_file {
public:
    explicit reserve_file(const std::string& database_path)
        : path_(database_path + ".reserve") {}

    // False: there is no space for it.
    bool keep() const;
    void give_up() const;

private:
    std::string path_;
};

}  // namespace lmqtt::persistence

// Feeds every file of the given folders to a fuzz target, without a fuzzer: what was found once is
// tried forever.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void replay(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
    std::vector<std::uint8_t> input(bytes.size());
    std::copy(bytes.begin(), bytes.end(), input.begin());
    std::printf("%s\n", file.c_str());
    std::fflush(stdout);
    LLVMFuzzerTestOneInput(input.data(), input.size());
}

}  // namespace

int main(int count, char** folders) {
    LLVMFuzzerTestOneInput(nullptr, 0);
    for (int i = 1; i < count; ++i) {
        if (!std::filesystem::exists(folders[i])) {
            continue;
        }
        for (const auto& entry : std::filesystem::directory_iterator(folders[i])) {
            replay(entry.path());
        }
    }
    return 0;
}

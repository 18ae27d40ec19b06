#include "counted_memory.hpp"

#include <atomic>
#include <cstdlib>
#include <malloc.h>
#include <new>

namespace {

std::atomic<std::size_t> in_use = 0;

void* counted(void* memory) {
    if (memory == nullptr) {
        throw std::bad_alloc{};
    }
    in_use.fetch_add(malloc_usable_size(memory), std::memory_order_relaxed);
    return memory;
}

void give_back(void* memory) noexcept {
    if (memory != nullptr) {
        in_use.fetch_sub(malloc_usable_size(memory), std::memory_order_relaxed);
        std::free(memory);
    }
}

}  // namespace

namespace lmqtt::topic::test {

std::size_t bytes_in_use() {
    return in_use.load(std::memory_order_relaxed);
}

}  // namespace lmqtt::topic::test

// All forms, because a sanitizer brings its own for those that are missing.
void* operator new(std::size_t size) {
    return counted(std::malloc(size == 0 ? 1 : size));
}

void* operator new[](std::size_t size) {
    return ::operator new(size);
}

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return ::operator new(size);
}

void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
    return ::operator new(size);
}

void* operator new(std::size_t size, std::align_val_t alignment) {
    const auto align = static_cast<std::size_t>(alignment);
    return counted(std::aligned_alloc(align, (size + align - 1) / align * align));
}

void* operator new[](std::size_t size, std::align_val_t alignment) {
    return ::operator new(size, alignment);
}

void operator delete(void* memory) noexcept {
    give_back(memory);
}

void operator delete[](void* memory) noexcept {
    give_back(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
    give_back(memory);
}

void operator delete[](void* memory, std::size_t) noexcept {
    give_back(memory);
}

void operator delete(void* memory, std::align_val_t) noexcept {
    give_back(memory);
}

void operator delete[](void* memory, std::align_val_t) noexcept {
    give_back(memory);
}

void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
    give_back(memory);
}

void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept {
    give_back(memory);
}

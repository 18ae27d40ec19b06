// A growing list of trivial values whose first N live inside it: matching allocates only for topics
// and subscriptions far from usual. Belongs to one function call.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <type_traits>
#include <utility>

namespace lmqtt::topic {

template <class T, std::size_t N>
class inline_vector {
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

public:
    inline_vector() = default;
    ~inline_vector() = default;
    inline_vector(const inline_vector&) = delete;
    inline_vector& operator=(const inline_vector&) = delete;

    void push_back(T value) {
        if (size_ == capacity_) {
            grow();
        }
        data_[size_++] = value;
    }

    void pop_back() { --size_; }

    void clear() { size_ = 0; }

    [[nodiscard]] bool empty() const { return size_ == 0; }

    [[nodiscard]] std::size_t size() const { return size_; }

    [[nodiscard]] T& operator[](std::size_t position) { return data_[position]; }

    [[nodiscard]] const T& operator[](std::size_t position) const { return data_[position]; }

    [[nodiscard]] T& back() { return data_[size_ - 1]; }

    [[nodiscard]] const T* begin() const { return data_; }

    [[nodiscard]] const T* end() const { return data_ + size_; }

private:
    void grow() {
        std::unique_ptr<T[]> larger{new T[capacity_ * 2]};
        std::memcpy(larger.get(), data_, size_ * sizeof(T));
        heap_ = std::move(larger);
        data_ = heap_.get();
        capacity_ *= 2;
    }

    T inline_[N];
    std::unique_ptr<T[]> heap_;
    T* data_ = inline_;
    std::size_t size_ = 0;
    std::size_t capacity_ = N;
};

}  // namespace lmqtt::topic

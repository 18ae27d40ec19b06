// Objects with 32-bit names instead of addresses: trie nodes refer to each other in half the space.
// Objects never move; a chunk whose objects are all gone returns its memory. Locking is the
// owner's.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace lmqtt::topic {

template <class T, std::uint32_t PerChunk = 256>
class slab {
public:
    slab() = default;
    slab(const slab&) = delete;
    slab& operator=(const slab&) = delete;

    ~slab() {
        for (auto& chunk : chunks_) {
            for (std::uint32_t cell = 0; chunk && cell < chunk->touched; ++cell) {
                if (chunk->used(cell)) {
                    chunk->cells[cell].value.~T();
                }
            }
        }
    }

    /// Makes an object and returns its name.
    template <class... Arguments>
    std::uint32_t emplace(Arguments&&... arguments) {
        if (open_.empty()) {
            open_chunk();
        }
        const std::uint32_t number = open_.back();
        chunk_type& chunk = *chunks_[number];
        const std::uint32_t cell = chunk.free == end_of_list ? chunk.touched : chunk.free;
        const std::uint32_t next_free =
            chunk.free == end_of_list ? end_of_list : chunk.cells[cell].next_free;
        new (&chunk.cells[cell].value) T{std::forward<Arguments>(arguments)...};
        chunk.touched += cell == chunk.touched ? 1 : 0;
        chunk.free = next_free;
        chunk.mark(cell, true);
        if (++chunk.live == per_chunk) {
            close_chunk(chunk);
        }
        ++size_;
        return number * per_chunk + cell;
    }

    /// Ends the object's life; its name may be given to another one.
    void erase(std::uint32_t name) {
        const std::uint32_t number = name / per_chunk;
        const std::uint32_t cell = name % per_chunk;
        chunk_type& chunk = *chunks_[number];
        chunk.cells[cell].value.~T();
        chunk.cells[cell].next_free = chunk.free;
        chunk.free = cell;
        chunk.mark(cell, false);
        --size_;
        if (chunk.live-- == per_chunk) {
            add_open(number);
        }
        if (chunk.live == 0) {
            release_chunk(number);
        }
    }

    [[nodiscard]] T& operator[](std::uint32_t name) {
        return chunks_[name / per_chunk]->cells[name % per_chunk].value;
    }

    [[nodiscard]] const T& operator[](std::uint32_t name) const {
        return chunks_[name / per_chunk]->cells[name % per_chunk].value;
    }

    [[nodiscard]] std::size_t size() const { return size_; }

private:
    static constexpr std::uint32_t per_chunk = PerChunk;
    static constexpr std::uint32_t end_of_list = per_chunk;

    union cell_type {
        cell_type() {}

        ~cell_type() {}

        T value;
        std::uint32_t next_free;
    };

    struct chunk_type {
        std::uint32_t live = 0;
        std::uint32_t touched = 0;  // cells from here on were never used
        std::uint32_t free = end_of_list;
        std::uint32_t open_position = 0;
        std::uint64_t usage[per_chunk / 64] = {};
        cell_type cells[per_chunk];

        [[nodiscard]] bool used(std::uint32_t cell) const {
            return (usage[cell / 64] >> (cell % 64) & 1) != 0;
        }

        void mark(std::uint32_t cell, bool use) {
            const std::uint64_t bit = std::uint64_t{1} << (cell % 64);
            usage[cell / 64] = use ? usage[cell / 64] | bit : usage[cell / 64] & ~bit;
        }
    };

    void open_chunk() {
        // Looking for a vacant number costs little next to filling a chunk.
        while (first_vacant_ < chunks_.size() && chunks_[first_vacant_] != nullptr) {
            ++first_vacant_;
        }
        if (first_vacant_ == chunks_.size()) {
            chunks_.emplace_back();
        }
        chunks_[first_vacant_].reset(new chunk_type);
        add_open(first_vacant_);
    }

    void add_open(std::uint32_t number) {
        chunks_[number]->open_position = static_cast<std::uint32_t>(open_.size());
        open_.push_back(number);
    }

    void close_chunk(const chunk_type& chunk) {
        open_[chunk.open_position] = open_.back();
        chunks_[open_.back()]->open_position = chunk.open_position;
        open_.pop_back();
    }

    void release_chunk(std::uint32_t number) {
        close_chunk(*chunks_[number]);
        chunks_[number].reset();
        first_vacant_ = std::min(first_vacant_, number);
        while (!chunks_.empty() && chunks_.back() == nullptr) {
            chunks_.pop_back();
        }
        shrink(chunks_);
        shrink(open_);
    }

    template <class Vector>
    static void shrink(Vector& numbers) {
        if (numbers.capacity() >= 4 * numbers.size()) {
            numbers.shrink_to_fit();
        }
    }

    std::vector<std::unique_ptr<chunk_type>> chunks_;
    std::vector<std::uint32_t> open_;  // chunks with room, the last one is filled
    std::uint32_t first_vacant_ = 0;   // every number below has a chunk
    std::size_t size_ = 0;
};

}  // namespace lmqtt::topic

// One change of the groups: takes the locks, and gives records to the journal and answers to clients when they are
// free.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "broker/internal/group_coordinator.h"

namespace millstream::broker::internal {

class GroupCoordinator::Turn {
 public:
  explicit Turn(GroupCoordinator& groups) : groups_(groups), order_(groups.journal_order_), lock_(groups.mutex_) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    lock_.unlock();
    for (auto& [records, done] : appends_) {
      std::vector<journal::Record> views;
      for (const ByteBuffer& record : records) views.push_back({journal::Owner::kGroups, record});
      groups_.journal_.append(views, std::move(done));
    }
    order_.unlock();
    for (auto& answer : answers_) answer();
  }

  // Runs after the turn, without locks.
  void answer(std::move_only_function<void()> answer) { answers_.push_back(std::move(answer)); }
  void append(ByteBuffer record, journal::Journal::Done done) {
    std::vector<ByteBuffer> records;
    records.push_back(std::move(record));
    append(std::move(records), std::move(done));
  }
  void append(std::vector<ByteBuffer> records, journal::Journal::Done done) {
    appends_.emplace_back(std::move(records), std::move(done));
  }
  // Kept until the locks are free, because its end cancels timers.
  void after_unlock(std::unique_ptr<Group> group) { dropped_.push_back(std::move(group)); }

 private:
  GroupCoordinator& groups_;
  std::vector<std::unique_ptr<Group>> dropped_;
  std::unique_lock<std::recursive_mutex> order_;
  std::unique_lock<std::mutex> lock_;
  std::vector<std::pair<std::vector<ByteBuffer>, journal::Journal::Done>> appends_;
  std::vector<std::move_only_function<void()>> answers_;
};

}  // namespace millstream::broker::internal

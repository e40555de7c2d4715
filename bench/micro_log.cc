// What a batch costs in the log: appends of 16 KB batches with and without waiting for the disk, reads, recovery; the
// journal.
//
// Files lie in $TMPDIR or /tmp: the waiting cases measure that disk.
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>

#include "bench/microbench.h"
#include "env/env.h"
#include "journal/journal.h"
#include "log/partition_log.h"
#include "wire/kafka/record_batch_builder.h"

namespace millstream::bench {
namespace {

ByteBuffer batch_of(int records, size_t value_size) {
  wire::kafka::RecordBatchBuilder builder;
  const std::string value(value_size, 'v');
  for (int i = 0; i < records; ++i) builder.add(EventTime(1'700'000'000'000 + i), std::nullopt, as_bytes(value));
  return *builder.finish();
}

std::string folder() {
  const char* base = std::getenv("TMPDIR");
  return std::string(base != nullptr ? base : "/tmp") + "/millstream_micro_log_" + std::to_string(getpid());
}

std::shared_ptr<log::PartitionLog> open_log(env::Env& env) {
  log::LogConfig config;
  config.segment_bytes = 256_MiB;
  config.readable_when_flushed = false;
  return *log::PartitionLog::open(env, folder(), config);
}

// Bytes stay in the page cache: what the broker's thread pays.
void append_without_waiting(env::Env& env) {
  constexpr int kBatches = 20'000;
  ByteBuffer batch = batch_of(100, 150);
  const auto log = open_log(env);
  std::vector<int64_t> times;
  times.reserve(kBatches);
  const int64_t start = now_nanoseconds();
  for (int i = 0; i < kBatches; ++i) {
    const int64_t before = now_nanoseconds();
    (void)log->append(batch);
    times.push_back(now_nanoseconds() - before);
  }
  const double seconds = static_cast<double>(now_nanoseconds() - start) / 1e9;
  report("log.append_16k", kBatches / seconds, "batches/s");
  report("log.append_16k", static_cast<double>(batch.size()) * kBatches / seconds / 1e6, "MB/s");
  report_latencies("log.append_16k", times);
}

// The producers of `writers` connections, each waiting for its own batch: one fdatasync serves all of them.
void append_and_wait(env::Env& env, int writers) {
  const auto log = open_log(env);
  std::vector<std::thread> threads;
  std::vector<std::vector<int64_t>> times(static_cast<size_t>(writers));
  const int64_t start = now_nanoseconds();
  for (int t = 0; t < writers; ++t) {
    threads.emplace_back([&, t] {
      ByteBuffer batch = batch_of(100, 150);
      for (int i = 0; i < 200; ++i) {
        const int64_t before = now_nanoseconds();
        const auto appended = log->append(batch);
        std::atomic<bool> done = false;
        log->flush_to(appended->next, [&](const Status&) {
          done = true;
          done.notify_one();
        });
        done.wait(false);
        times[static_cast<size_t>(t)].push_back(now_nanoseconds() - before);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const double seconds = static_cast<double>(now_nanoseconds() - start) / 1e9;
  std::vector<int64_t> all;
  for (const auto& one : times) all.insert(all.end(), one.begin(), one.end());
  const std::string name = "log.append_16k_synced_" + std::to_string(writers) + "_writers";
  report(name, writers * 200 / seconds, "batches/s");
  report_latencies(name, all);
}

void read_and_recover(env::Env& env) {
  {
    const auto log = open_log(env);
    for (int i = 0; i < 20'000; ++i) {
      ByteBuffer batch = batch_of(10, 1500);
      (void)log->append(batch);
    }
    const int64_t end = log->offsets().end.value;
    std::vector<int64_t> times;
    for (int i = 0; i < 20'000; ++i) {
      const int64_t before = now_nanoseconds();
      (void)log->read(Offset(static_cast<int64_t>(i) * 7919 % end), 1_MiB, log::ReadBound::kEnd);
      times.push_back(now_nanoseconds() - before);
    }
    report_latencies("log.find_slices_anywhere", times);
  }
  const int64_t before = now_nanoseconds();
  const auto log = open_log(env);
  const double seconds = static_cast<double>(now_nanoseconds() - before) / 1e9;
  report("log.recovery_without_checkpoint", static_cast<double>(log->size().value) / seconds / 1e6, "MB/s");
  (void)log->close();
  const int64_t again = now_nanoseconds();
  (void)open_log(env);
  report("log.open_after_close", static_cast<double>(now_nanoseconds() - again) / 1e3, "us");
}

void journal_group_commit(env::Env& env) {
  const auto journal = *journal::Journal::open(env, {folder()}, [](const journal::Record&) -> Status { return {}; });
  constexpr int kRecords = 200'000;
  constexpr int kOutstanding = 1000;
  std::atomic<int> done = 0;
  const int64_t start = now_nanoseconds();
  for (int i = 0; i < kRecords; ++i) {
    journal->append(journal::Owner::kGroups, as_bytes("group orders-reader, topic orders, partition 3: 1234567890"),
                    [&](const Status&) {
                      ++done;
                      done.notify_one();
                    });
    for (int seen = done; i - seen >= kOutstanding; seen = done) done.wait(seen);
  }
  for (int seen = done; seen < kRecords; seen = done) done.wait(seen);
  report("journal.append_1000_outstanding", kRecords / (static_cast<double>(now_nanoseconds() - start) / 1e9),
         "records/s");
}

}  // namespace

void micro_log() {
  const auto env = env::make_real_env(2);
  const auto clean = [&] { (void)env->files().remove_tree(folder()); };
  append_without_waiting(*env);
  clean();
  for (const int writers : {1, 8, 32}) {
    append_and_wait(*env, writers);
    clean();
  }
  read_and_recover(*env);
  clean();
  journal_group_commit(*env);
  clean();
}

}  // namespace millstream::bench

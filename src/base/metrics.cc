// The registry keeps families by name; the text is prometheus-cpp's.
#include "base/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <vector>

#include "base/check.h"

namespace millstream {
namespace {

// Sorted by label name, so that the order in which a caller names labels does not matter.
using OwnedLabels = std::vector<std::pair<std::string, std::string>>;

OwnedLabels own(MetricsRegistry::Labels labels) {
  OwnedLabels owned;
  for (const auto& [name, value] : labels) owned.emplace_back(name, value);
  std::sort(owned.begin(), owned.end());
  return owned;
}

template <typename Metric>
struct Family {
  std::string help;
  std::map<OwnedLabels, std::unique_ptr<Metric>> members;
};

template <typename Metric>
using Families = std::map<std::string, Family<Metric>, std::less<>>;

template <typename Metric>
Metric& find_or_add(Families<Metric>& families, std::string_view name, std::string_view help,
                    MetricsRegistry::Labels labels) {
  auto family = families.find(name);
  if (family == families.end())
    family = families.emplace(std::string(name), Family<Metric>{std::string(help), {}}).first;
  auto& member = family->second.members[own(labels)];
  if (!member) member = std::make_unique<Metric>();
  return *member;
}

template <typename Metric>
void remove_from(Families<Metric>& families, const std::pair<std::string, std::string>& label) {
  for (auto family = families.begin(); family != families.end();) {
    std::erase_if(family->second.members, [&](const auto& member) {
      return std::binary_search(member.first.begin(), member.first.end(), label);
    });
    family = family->second.members.empty() ? families.erase(family) : std::next(family);
  }
}

prometheus::MetricFamily family_of(const std::string& name, const std::string& help, prometheus::MetricType type) {
  prometheus::MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = type;
  return family;
}

prometheus::ClientMetric metric_of(const OwnedLabels& labels) {
  prometheus::ClientMetric metric;
  for (const auto& [name, value] : labels) metric.label.push_back({name, value});
  return metric;
}

}  // namespace

struct MetricsRegistry::Impl {
  mutable std::mutex mutex;
  Families<Counter> counters;
  Families<Gauge> gauges;
};

MetricsRegistry::MetricsRegistry() : impl_(std::make_unique<Impl>()) {}
MetricsRegistry::~MetricsRegistry() = default;

Counter& MetricsRegistry::counter(std::string_view name, std::string_view help, Labels labels) {
  const std::lock_guard lock(impl_->mutex);
  CHECK(!impl_->gauges.contains(name));
  return find_or_add(impl_->counters, name, help, labels);
}

Gauge& MetricsRegistry::gauge(std::string_view name, std::string_view help, Labels labels) {
  const std::lock_guard lock(impl_->mutex);
  CHECK(!impl_->counters.contains(name));
  return find_or_add(impl_->gauges, name, help, labels);
}

void MetricsRegistry::remove(std::string_view label, std::string_view value) {
  const std::pair<std::string, std::string> wanted(label, value);
  const std::lock_guard lock(impl_->mutex);
  remove_from(impl_->counters, wanted);
  remove_from(impl_->gauges, wanted);
}

std::string MetricsRegistry::to_prometheus_text() const {
  std::vector<prometheus::MetricFamily> families;
  {
    const std::lock_guard lock(impl_->mutex);
    for (const auto& [name, family] : impl_->counters) {
      auto& out = families.emplace_back(family_of(name, family.help, prometheus::MetricType::Counter));
      for (const auto& [labels, counter] : family.members) {
        out.metric.push_back(metric_of(labels));
        out.metric.back().counter.value = static_cast<double>(counter->value());
      }
    }
    for (const auto& [name, family] : impl_->gauges) {
      auto& out = families.emplace_back(family_of(name, family.help, prometheus::MetricType::Gauge));
      for (const auto& [labels, gauge] : family.members) {
        out.metric.push_back(metric_of(labels));
        out.metric.back().gauge.value = static_cast<double>(gauge->value());
      }
    }
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace millstream

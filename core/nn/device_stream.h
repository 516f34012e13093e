#pragma once

#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <c10/core/StreamGuard.h>

#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <thread>

#include "core/nn/torch.h"

namespace orthocover::nn {

/// A point in a device's work that other streams can wait for. On the CPU, where work is done when a call
/// returns, nothing.
class DeviceEvent {
 public:
  DeviceEvent() = default;
  /// After everything that the calling thread has given to the device so far.
  static DeviceEvent now(const torch::Device& device) {
    DeviceEvent event;
    if (device.is_cpu()) return event;
    event.m_event = std::make_shared<c10::Event>(device.type());
    event.m_event->record(c10::impl::VirtualGuardImpl(device.type()).getStream(device));
    return event;
  }
  /// Sleeps until the point is reached: waiting within a copy takes a core.
  void wait() const {
    while (m_event && !m_event->query()) std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
  /// What the calling thread gives to the device from now on waits for this point.
  void hold_back(const torch::Device& device) const {
    if (m_event) m_event->block(c10::impl::VirtualGuardImpl(device.type()).getStream(device));
  }

 private:
  std::shared_ptr<c10::Event> m_event;
};

/// A queue of work of a device that runs beside its main one, for copies. On the CPU there is only one.
class DeviceStream {
 public:
  explicit DeviceStream(const torch::Device& device) {
    if (!device.is_cpu())
      m_stream = c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device, false);
  }

  /// What the calling thread gives to the device goes to the stream, for as long as the object lives.
  class Scope {
   public:
    explicit Scope(const DeviceStream& stream) {
      if (stream.m_stream) m_guard.emplace(*stream.m_stream);
    }

   private:
    std::optional<c10::StreamGuard> m_guard;
  };

  /// Waits until all of the stream's work is done.
  void synchronize() const {
    if (m_stream) m_stream->synchronize();
  }

 private:
  std::optional<c10::Stream> m_stream;
};

/// Starts a device beside other work: its context and the libraries of convolutions take their time to load.
/// What fails here fails again, and shows, where the device is used.
/// @return invalid for the CPU
inline std::future<void> started(const torch::Device& device) {
  if (device.is_cpu()) return {};
  return std::async(std::launch::async | std::launch::deferred, [device] {
    try {
      const InferenceScope scope;
      const torch::Tensor image = torch::zeros({1, 8, 64, 64}, device);
      torch::conv2d(image.contiguous(torch::MemoryFormat::ChannelsLast), torch::zeros({8, 8, 3, 3}, device));
    } catch (const std::exception&) {
    }
  });
}

/// A copy of a tensor of the host on a device, without waiting for what the device has to do before.
inline torch::Tensor sent_to(const torch::Device& device, const torch::Tensor& host) {
  if (device.is_cpu()) return host.clone();
  return host.pin_memory().to(device, /*non_blocking=*/true);
}

/// A tensor of the host between which and a device copies run beside computation: in page-locked memory, or
/// of the usual kind where no more of that can be had; then copies wait for the device.
inline torch::Tensor locked_tensor(torch::IntArrayRef shape, torch::ScalarType type) {
  const auto options = torch::TensorOptions().dtype(type);
  try {
    return torch::empty(shape, options.pinned_memory(true));
  } catch (const c10::Error& error) {
    if (!is_out_of_memory(error)) throw;
    return torch::empty(shape, options);
  }
}

/// Keeps the memory of a tensor that another stream made until the caller's stream, too, has used it.
inline void use_on_this_stream(const torch::Tensor& tensor) {
  if (tensor.is_cpu()) return;
  tensor.record_stream(c10::impl::VirtualGuardImpl(tensor.device().type()).getStream(tensor.device()));
}

}  // namespace orthocover::nn

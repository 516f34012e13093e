/// A CUDA device for tests on machines without one: memory and kernels are the CPU's, but LibTorch and all
/// that is built on it take them for CUDA's. Preloaded (LD_PRELOAD) beside a LibTorch 1.13 without CUDA. What
/// such a device would not forgive ends the process or the call:
/// - work of one stream on memory that another may still be writing or reading, and memory that is given back
///   while a stream may use it (vector clocks; work itself is done at once, in any order of streams),
/// - operations on tensors of both the host and the device,
/// - the use of fresh memory, which is full of NaN, and of what is copied to page-locked memory before a
/// wait. SIMULATED_CUDA_MOST_BYTES in the environment is the largest piece of memory that can be had.

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <ATen/EmptyTensor.h>
#include <ATen/ops/_reshape_alias_native.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/view_native.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/library.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <new>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulated_cuda/order_of_work.h"

namespace {

using namespace simulated_cuda;

constexpr std::size_t kAlignment = 512;
const c10::Device kDevice(c10::kCUDA, 0);

// Memory
// -------------------------------------------------------------------------------------------------------

void give_back(void* memory) {
  {
    const std::scoped_lock lock(the_mutex);
    forget(memory);
  }
  std::free(memory);
}

void* aligned(std::size_t bytes) {
  void* memory = nullptr;
  if (posix_memalign(&memory, kAlignment, std::max(bytes, kAlignment)) != 0) throw std::bad_alloc();
  return memory;
}

struct DeviceAllocator final : c10::Allocator {
  c10::DataPtr allocate(std::size_t bytes) const override {
    if (bytes == 0) return {nullptr, kDevice};
    const char* most = std::getenv("SIMULATED_CUDA_MOST_BYTES");
    if (most != nullptr && bytes > std::stoull(most))
      TORCH_CHECK_WITH(OutOfMemoryError, false, "CUDA out of memory. Tried to allocate ", bytes, " bytes");
    void* memory = aligned(bytes);
    std::fill_n(static_cast<float*>(memory), bytes / sizeof(float), std::numeric_limits<float>::quiet_NaN());
    const std::scoped_lock lock(the_mutex);
    the_blocks[memory].made_by = the_stream;
    return {memory, memory, &give_back, kDevice};
  }
};

struct PinnedAllocator final : c10::Allocator {
  c10::DataPtr allocate(std::size_t bytes) const override {
    void* memory = aligned(bytes);
    const std::scoped_lock lock(s_mutex);
    s_pinned.insert(memory);
    return {memory, memory, &unpin, c10::kCPU};
  }
  static void unpin(void* memory) {
    const std::scoped_lock lock(s_mutex);
    s_pinned.erase(memory);
    std::free(memory);
  }
  static bool is_pinned(void* memory) {
    const std::scoped_lock lock(s_mutex);
    return s_pinned.contains(memory);
  }
  static inline std::mutex s_mutex;
  static inline std::set<void*> s_pinned;
};

DeviceAllocator the_allocator;
PinnedAllocator the_pinned_allocator;

// Streams and events
// -------------------------------------------------------------------------------------------------------

struct Event {
  Clock done;
  bool was_asked = false;  ///< no work is done at the first look
};

struct GuardImpl final : c10::impl::DeviceGuardImplInterface {
  static constexpr c10::DeviceType static_type = c10::kCUDA;
  c10::DeviceType type() const override { return c10::kCUDA; }
  c10::Device exchangeDevice(c10::Device) const override { return kDevice; }
  c10::Device getDevice() const override { return kDevice; }
  void setDevice(c10::Device) const override {}
  void uncheckedSetDevice(c10::Device) const noexcept override {}
  c10::DeviceIndex deviceCount() const noexcept override { return 1; }
  static c10::Stream stream(std::size_t id) { return c10::Stream(c10::Stream::UNSAFE, kDevice, id); }
  c10::Stream getStream(c10::Device) const noexcept override { return stream(the_stream); }
  c10::Stream getDefaultStream(c10::Device) const override { return stream(0); }
  c10::Stream getStreamFromGlobalPool(c10::Device, bool) const override {
    const std::scoped_lock lock(the_mutex);
    static std::size_t s_next = 0;
    return stream(1 + s_next++ % (kStreams - 1));
  }
  c10::Stream exchangeStream(c10::Stream next) const noexcept override {
    return stream(std::exchange(the_stream, next.id()));
  }
  void destroyEvent(void* event, c10::DeviceIndex) const noexcept override {
    delete static_cast<Event*>(event);
  }
  void record(void** event, const c10::Stream& on, c10::DeviceIndex, c10::EventFlag) const override {
    const std::scoped_lock lock(the_mutex);
    Clock& clock = the_streams[on.id()];
    catch_up(clock, the_thread);
    delete static_cast<Event*>(std::exchange(*event, nullptr));
    *event = new Event{clock};
  }
  void block(void* event, const c10::Stream& waits) const override {
    const std::scoped_lock lock(the_mutex);
    if (event != nullptr) catch_up(the_streams[waits.id()], static_cast<Event*>(event)->done);
  }
  bool queryEvent(void* event) const override {
    const std::scoped_lock lock(the_mutex);
    if (event == nullptr) return true;
    if (!std::exchange(static_cast<Event*>(event)->was_asked, true)) return false;
    wait_for(static_cast<Event*>(event)->done);
    return true;
  }
  void synchronizeStream(const c10::Stream& stream) const override {
    const std::scoped_lock lock(the_mutex);
    wait_for(the_streams[stream.id()]);
  }
  void recordDataPtrOnStream(const c10::DataPtr& memory, const c10::Stream& stream) const override {
    const std::scoped_lock lock(the_mutex);
    if (const auto found = the_blocks.find(memory.get()); found != the_blocks.end())
      found->second.kept_for.insert(stream.id());
  }
};
C10_REGISTER_GUARD_IMPL(CUDA, GuardImpl);

// Kernels
// -------------------------------------------------------------------------------------------------------

bool is_here(const at::Tensor& tensor) {
  return tensor.defined() && tensor.is_cuda();
}

at::Tensor empty(c10::IntArrayRef sizes, c10::optional<c10::ScalarType> type, c10::optional<c10::Layout>,
                 c10::optional<c10::Device>, c10::optional<bool>, c10::optional<c10::MemoryFormat> order) {
  return at::detail::empty_generic(sizes, &the_allocator, c10::DispatchKeySet(c10::DispatchKey::CUDA),
                                   type.value_or(c10::kFloat), order);
}

at::Tensor empty_strided(c10::IntArrayRef sizes, c10::IntArrayRef strides,
                         c10::optional<c10::ScalarType> type, c10::optional<c10::Layout>,
                         c10::optional<c10::Device>, c10::optional<bool>) {
  return at::detail::empty_strided_generic(sizes, strides, &the_allocator,
                                           c10::DispatchKeySet(c10::DispatchKey::CUDA),
                                           type.value_or(c10::kFloat));
}

/// The same memory as a tensor of the CPU.
at::Tensor on_host(const at::Tensor& tensor) {
  if (!is_here(tensor)) return tensor;
  const auto options = at::TensorOptions().dtype(tensor.scalar_type());
  if (tensor.numel() == 0) return at::empty(tensor.sizes(), options);
  return at::from_blob(
      tensor.data_ptr(), tensor.sizes(), tensor.strides(), [tensor](void*) {}, options);
}

at::Tensor on_device(const at::Tensor& host) {
  if (!host.defined()) return host;
  at::Tensor copy = empty_strided(host.sizes(), host.strides(), host.scalar_type(), {}, {}, {});
  on_host(copy).copy_(host);
  return copy;
}

void take_memory(const at::Tensor& tensor, const at::Tensor& from) {
  tensor.unsafeGetTensorImpl()->set_storage_keep_dtype(from.storage());
  tensor.unsafeGetTensorImpl()->set_storage_offset(from.storage_offset());
  tensor.unsafeGetTensorImpl()->set_sizes_and_strides(from.sizes(), from.strides());
}

const at::Tensor& resize(const at::Tensor& tensor, c10::IntArrayRef sizes,
                         c10::optional<c10::MemoryFormat> order) {
  if (tensor.sizes() != sizes) take_memory(tensor, empty(sizes, tensor.scalar_type(), {}, {}, {}, order));
  return tensor;
}

at::Tensor& copy(at::Tensor& to, const at::Tensor& from, bool non_blocking) {
  {
    const std::scoped_lock lock(the_mutex);
    const long now = launch();
    if (is_here(from)) use(from, false, now, "copy_");
    if (is_here(to)) use(to, true, now, "copy_");
  }
  const at::AutoDispatchBelowADInplaceOrView below;
  on_host(to).copy_(on_host(from));
  const bool is_pinned = (is_here(to) ? from : to).is_pinned();
  if (is_here(to) != is_here(from) && !(non_blocking && is_pinned)) wait_for_stream();
  if (is_here(from) && !is_here(to) && non_blocking && is_pinned) show_later(to);
  return to;
}

/// An operation of the CPU on the same memory.
class HostCall {
 public:
  HostCall(const c10::OperatorHandle& operation, torch::jit::Stack& stack)
      : m_operation(operation), m_name(c10::toString(operation.operator_name())), m_stack(stack) {}

  void run() {
    const auto& arguments = m_operation.schema().arguments();
    const std::size_t first = m_stack.size() - arguments.size();
    {
      const std::scoped_lock lock(the_mutex);
      const long now = launch();
      for (std::size_t i = 0; i < arguments.size(); ++i) {
        const auto* alias = arguments[i].alias_info();
        for_each_tensor(m_stack[first + i], [&](const at::Tensor& tensor) {
          look_at(tensor, alias != nullptr && alias->isWrite(), now);
        });
      }
    }
    check_devices();
    const at::AutoDispatchBelowADInplaceOrView below;
    for (std::size_t i = first; i < m_stack.size(); ++i) m_stack[i] = host_value(m_stack[i]);
    m_operation.redispatchBoxed(c10::DispatchKeySet(c10::DispatchKey::CPU), &m_stack);
    for (const auto& [ours, host] : m_pairs) bring_back(ours, host);
    for (std::size_t i = m_stack.size() - m_operation.schema().returns().size(); i < m_stack.size(); ++i)
      m_stack[i] = device_value(m_stack[i]);
  }

 private:
  template <class Visit>
  static void for_each_tensor(const c10::IValue& value, const Visit& visit) {
    if (value.isTensor()) visit(value.toTensor());
    if (value.isTensorList())
      for (const at::Tensor& tensor : value.toTensorVector()) visit(tensor);
  }

  void look_at(const at::Tensor& tensor, bool writes, long now) {
    if (is_here(tensor)) {
      use(tensor, writes, now, m_name);
      m_has_halves = m_has_halves || tensor.scalar_type() == c10::kHalf;
      m_is_here = true;
    } else if (tensor.defined() && tensor.dim() > 0) {
      m_is_there = true;
    }
  }

  void check_devices() const {
    const bool takes_both = m_name.starts_with("aten::index");
    TORCH_CHECK(
        takes_both || !m_is_here || !m_is_there, m_name,
        ": Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu!");
  }

  /// The CPU has few kernels for float16.
  at::Tensor host_tensor(const at::Tensor& tensor) {
    if (!is_here(tensor)) return tensor;
    for (const auto& [ours, host] : m_pairs)
      if (ours.is_same(tensor)) return host;
    at::Tensor host = on_host(tensor);
    if (host.scalar_type() == c10::kHalf) host = host.to(c10::kFloat);
    m_pairs.emplace_back(tensor, host);
    return host;
  }

  c10::IValue host_value(const c10::IValue& value) {
    if (value.isTensor()) return host_tensor(value.toTensor());
    if (value.isDevice()) return c10::Device(c10::kCPU);
    if (value.isTensorList()) {
      c10::List<at::Tensor> list;
      for (const at::Tensor& tensor : value.toTensorVector()) list.push_back(host_tensor(tensor));
      return list;
    }
    if (!value.isOptionalTensorList()) return value;
    c10::List<c10::optional<at::Tensor>> list;
    for (const c10::optional<at::Tensor>& tensor : value.toOptionalTensorVector())
      list.push_back(tensor ? c10::optional<at::Tensor>(host_tensor(*tensor)) : tensor);
    return list;
  }

  at::Tensor as_typed(const at::Tensor& host) const {
    return m_has_halves && host.defined() && host.scalar_type() == c10::kFloat ? host.to(c10::kHalf) : host;
  }

  void bring_back(const at::Tensor& ours, const at::Tensor& host) const {
    if (ours.sizes() != host.sizes())
      take_memory(ours, on_device(ours.scalar_type() == c10::kHalf ? as_typed(host) : host));
    else if (ours.scalar_type() != host.scalar_type())
      on_host(ours).copy_(host);
  }

  at::Tensor device_tensor(const at::Tensor& host) const {
    for (const auto& [ours, theirs] : m_pairs)
      if (theirs.is_same(host)) return ours;
    return on_device(as_typed(host));
  }

  c10::IValue device_value(const c10::IValue& value) const {
    if (value.isTensor()) return device_tensor(value.toTensor());
    if (value.isTensorList()) {
      c10::List<at::Tensor> list;
      for (const at::Tensor& tensor : value.toTensorVector()) list.push_back(device_tensor(tensor));
      return list;
    }
    wait_for_stream();  // for a number
    return value;
  }

  const c10::OperatorHandle& m_operation;
  std::string m_name;
  torch::jit::Stack& m_stack;
  std::vector<std::pair<at::Tensor, at::Tensor>> m_pairs;  ///< of the device and of the CPU
  bool m_is_here = false;
  bool m_is_there = false;
  bool m_has_halves = false;
};

void call_on_host(const c10::OperatorHandle& operation, torch::jit::Stack* stack) {
  HostCall(operation, *stack).run();
}

void record_stream(at::Tensor& tensor, c10::Stream stream) {
  GuardImpl().recordDataPtrOnStream(tensor.storage().data_ptr(), stream);
}

bool is_pinned(const at::Tensor& tensor, c10::optional<c10::Device>) {
  return PinnedAllocator::is_pinned(tensor.storage().data());
}

at::Tensor pinned(const at::Tensor& tensor, c10::optional<c10::Device>) {
  return at::empty_strided(tensor.sizes(), tensor.strides(), tensor.options().pinned_memory(true))
      .copy_(tensor);
}

TORCH_LIBRARY_IMPL(_, CUDA, library) {
  library.fallback(torch::CppFunction::makeFromBoxedFunction<&call_on_host>());
}

TORCH_LIBRARY_IMPL(aten, CUDA, library) {
  library.impl("empty.memory_format", TORCH_FN(empty));
  library.impl("empty_strided", TORCH_FN(empty_strided));
  library.impl("as_strided", TORCH_FN(at::native::as_strided_tensorimpl));
  library.impl("view", TORCH_FN(at::native::view));
  library.impl("_reshape_alias", TORCH_FN(at::native::_reshape_alias));
  library.impl("resize_", TORCH_FN(resize));
  library.impl("copy_", TORCH_FN(copy));
  library.impl("record_stream", TORCH_FN(record_stream));
  library.impl("is_pinned", TORCH_FN(is_pinned));
  library.impl("_pin_memory", TORCH_FN(pinned));
  // LibTorch would choose between libraries of CUDA.
  for (const char* operation : {"convolution", "convolution_backward"})
    library.impl(operation, torch::CppFunction::makeFromBoxedFunction<&call_on_host>());
}

}  // namespace

namespace at {

/// What LibTorch asks of CUDA; it knows the class by this name.
struct CUDAHooks final : CUDAHooksInterface {
  explicit CUDAHooks(CUDAHooksArgs) {}
  void initCUDA() const override {}
  bool hasCUDA() const override { return true; }
  int getNumGPUs() const override { return 1; }
  int64_t current_device() const override { return 0; }
  bool hasPrimaryContext(int64_t) const override { return true; }
  bool isPinnedPtr(void* memory) const override { return PinnedAllocator::is_pinned(memory); }
  Allocator* getPinnedMemoryAllocator() const override { return &the_pinned_allocator; }
  Allocator* getCUDADeviceAllocator() const override { return &the_allocator; }
  const Generator& getDefaultCUDAGenerator(DeviceIndex) const override {
    return detail::getDefaultCPUGenerator();
  }
};
C10_REGISTER_CLASS(CUDAHooksRegistry, CUDAHooks, CUDAHooks)

}  // namespace at

/// As CUDA's runtime says it.
extern "C" int cudaMemGetInfo(std::size_t* free_bytes, std::size_t* total_bytes) {
  *free_bytes = std::size_t{2} << 30;
  *total_bytes = std::size_t{4} << 30;
  return 0;
}

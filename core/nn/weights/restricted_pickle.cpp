#include "core/nn/weights/restricted_pickle.h"

#include <bit>
#include <unordered_map>

#include "core/base/error.h"
#include "core/nn/weights/pickle_opcodes.h"
#include "core/nn/weights/pickle_tensor.h"

namespace orthocover::nn {
namespace {

constexpr std::uint64_t kMaxPickleBytes = 64U << 20;
constexpr std::size_t kMaxSteps = 4'000'000;
constexpr std::size_t kMaxNameBytes = 1000;
constexpr int kNewestProtocol = 5;
constexpr const char* kCure =
    "only tensors and plain containers are allowed; save the model's state_dict() alone, or as safetensors";

class Machine {
 public:
  Machine(ByteCursor& cursor, PickleHeap& heap, PickleStorages& storages)
      : m_cursor(cursor), m_heap(heap), m_storages(storages) {}

  PickleValue run() {
    const std::uint64_t begin = m_cursor.position();
    for (;;) {
      spend(1);
      const std::uint8_t code = m_cursor.byte();
      if (code == kStop) return pop();
      const bool known = constant(code) || number(code) || text(code) || container(code) || fill(code) ||
                         memo(code) || stack(code) || call(code);
      if (!known) {
        throw model_error("{}: refuses the pickle opcode {}: {}", file(), refused_opcode(code), kCure);
      }
      if (m_cursor.position() - begin > kMaxPickleBytes) throw too_large();
    }
  }

 private:
  const std::string& file() const { return m_cursor.name(); }
  Error damaged(std::string_view why) const {
    return model_error("{}: its pickle is damaged: {}", file(), why);
  }
  Error too_large() const {
    return model_error("{}: its pickle is larger than any checkpoint of tensors", file());
  }
  /// Every step and every copied value counts, so that a small file can't ask for endless work.
  void spend(std::size_t steps) {
    if (steps > kMaxSteps - m_steps) throw too_large();
    m_steps += steps;
  }
  void push(PickleValue value) { m_stack.push_back(value); }

  /// The part of the stack above the last mark only.
  PickleValue& top() {
    if (m_stack.size() <= (m_marks.empty() ? 0 : m_marks.back())) throw damaged("the stack is empty");
    return m_stack.back();
  }
  PickleValue pop() {
    const PickleValue value = top();
    m_stack.pop_back();
    return value;
  }
  std::vector<PickleValue> pop_to_mark() {
    if (m_marks.empty()) throw damaged("a mark is missing");
    std::vector<PickleValue> items(m_stack.begin() + static_cast<std::ptrdiff_t>(m_marks.back()),
                                   m_stack.end());
    m_stack.resize(m_marks.back());
    m_marks.pop_back();
    return items;
  }

  bool constant(std::uint8_t code) {
    if (code == kNone)
      push(std::monostate());
    else if (code == kNewTrue)
      push(true);
    else if (code == kNewFalse)
      push(false);
    else
      return false;
    return true;
  }

  bool number(std::uint8_t code) {
    switch (code) {
      case kBinInt:
        push(std::int64_t{static_cast<std::int32_t>(m_cursor.number(4))});
        return true;
      case kBinInt1:
        push(static_cast<std::int64_t>(m_cursor.number(1)));
        return true;
      case kBinInt2:
        push(static_cast<std::int64_t>(m_cursor.number(2)));
        return true;
      case kLong1:
        push_long(m_cursor.number(1));
        return true;
      case kLong4:
        push_long(m_cursor.number(4));
        return true;
      case kBinFloat:
        push(std::bit_cast<double>(__builtin_bswap64(m_cursor.number(8))));
        return true;
      default:
        return false;
    }
  }

  /// Two's complement, little-endian, any length.
  void push_long(std::uint64_t width) {
    std::string bytes = m_cursor.text(width);
    if (width > 8) return push(PickleBigNumber{keep(std::move(bytes))});
    const bool negative = !bytes.empty() && (bytes.back() & 0x80) != 0;
    std::uint64_t value = negative ? ~std::uint64_t{0} : 0;
    for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<std::uint8_t>(bytes[i]);
    push(static_cast<std::int64_t>(value));
  }

  bool text(std::uint8_t code) {
    int width = 0;
    if (code == kShortBinUnicode || code == kShortBinString || code == kShortBinBytes) width = 1;
    if (code == kBinUnicode || code == kBinString || code == kBinBytes) width = 4;
    if (code == kBinUnicode8 || code == kBinBytes8) width = 8;
    if (width == 0) return false;
    const std::uint64_t bytes = m_cursor.number(width);
    if (bytes > kMaxPickleBytes) throw damaged("a text is too long");
    push(keep(m_cursor.text(bytes)));
    return true;
  }

  const std::string* keep(std::string text) { return &m_heap.texts.emplace_back(std::move(text)); }

  bool container(std::uint8_t code) {
    switch (code) {
      case kEmptyList:
        push(&m_heap.lists.emplace_back());
        return true;
      case kList:
        push(&m_heap.lists.emplace_back(PickleList{pop_to_mark()}));
        return true;
      case kEmptyDict:
        push(&m_heap.dicts.emplace_back());
        return true;
      case kDict:
        push(new_dict(pop_to_mark()));
        return true;
      case kEmptyTuple:
        push_tuple({});
        return true;
      case kTuple:
        push_tuple(pop_to_mark());
        return true;
      case kTuple1:
      case kTuple2:
      case kTuple3:
        push_short_tuple(static_cast<std::size_t>(code - kTuple1 + 1));
        return true;
      default:
        return false;
    }
  }

  void push_tuple(std::vector<PickleValue> items) {
    const PickleTuple* tuple = &m_heap.tuples.emplace_back(PickleTuple{std::move(items)});
    push(tuple);
  }
  void push_short_tuple(std::size_t count) {
    std::vector<PickleValue> items(count);
    while (count-- > 0) items[count] = pop();
    push_tuple(std::move(items));
  }
  PickleDict* new_dict(const std::vector<PickleValue>& flat) {
    PickleDict* dict = &m_heap.dicts.emplace_back();
    set_items(*dict, flat);
    return dict;
  }

  bool fill(std::uint8_t code) {
    if (code == kAppend || code == kAppends) {
      const auto items = code == kAppends ? pop_to_mark() : std::vector{pop()};
      auto* const* list = std::get_if<PickleList*>(&top());
      if (list == nullptr) throw damaged("something is appended to what is no list");
      (*list)->items.insert((*list)->items.end(), items.begin(), items.end());
      return true;
    }
    if (code != kSetItem && code != kSetItems) return false;
    std::vector<PickleValue> items;
    if (code == kSetItems) {
      items = pop_to_mark();
    } else {
      const PickleValue value = pop();
      items = {pop(), value};
    }
    auto* const* dict = std::get_if<PickleDict*>(&top());
    if (dict == nullptr) throw damaged("a key is set in what is no dict");
    set_items(**dict, items);
    return true;
  }

  void set_items(PickleDict& dict, const std::vector<PickleValue>& flat) const {
    if (flat.size() % 2 != 0) throw damaged("a key has no value");
    for (std::size_t i = 0; i < flat.size(); i += 2) dict.items.emplace_back(flat[i], flat[i + 1]);
  }

  bool memo(std::uint8_t code) {
    switch (code) {
      case kBinPut:
        m_memo[m_cursor.number(1)] = top();
        return true;
      case kLongBinPut:
        m_memo[m_cursor.number(4)] = top();
        return true;
      case kMemoize:
        m_memo[m_memo.size()] = top();
        return true;
      case kBinGet:
        push(remembered(m_cursor.number(1)));
        return true;
      case kLongBinGet:
        push(remembered(m_cursor.number(4)));
        return true;
      default:
        return false;
    }
  }

  PickleValue remembered(std::uint64_t index) const {
    const auto found = m_memo.find(index);
    if (found == m_memo.end()) throw damaged("it refers to something that was not stored");
    return found->second;
  }

  bool stack(std::uint8_t code) {
    switch (code) {
      case kMark:
        m_marks.push_back(m_stack.size());
        return true;
      case kPop:
        pop();
        return true;
      case kPopMark:
        pop_to_mark();
        return true;
      case kDuplicate:
        push(PickleValue(top()));
        return true;
      case kProto:
        check_protocol(m_cursor.number(1));
        return true;
      case kFrame:
        m_cursor.number(8);
        return true;
      default:
        return false;
    }
  }

  void check_protocol(std::uint64_t protocol) const {
    if (protocol > kNewestProtocol) throw model_error("{}: unknown pickle protocol {}", file(), protocol);
  }

  bool call(std::uint8_t code) {
    switch (code) {
      case kGlobal:
      case kInst: {
        const std::string module = m_cursor.line(kMaxNameBytes);
        const PickleValue global = find_global(module, m_cursor.line(kMaxNameBytes));
        if (code == kInst) throw model_error("{}: refuses the pickle opcode INST: {}", file(), kCure);
        push(global);
        return true;
      }
      case kStackGlobal: {
        const PickleValue name = pop();
        const PickleValue module = pop();
        if (as<std::string>(name) == nullptr || as<std::string>(module) == nullptr) {
          throw damaged("a global's name is no text");
        }
        push(find_global(*as<std::string>(module), *as<std::string>(name)));
        return true;
      }
      case kReduce:
        reduce();
        return true;
      case kBuild:
        build();
        return true;
      case kBinPersId:
        push(persistent(pop()));
        return true;
      default:
        return false;
    }
  }

  PickleValue find_global(const std::string& module, const std::string& name) const {
    if (module == "collections" && name == "OrderedDict") return PickleFunction::OrderedDict;
    if (module == "torch" && name == "Size") return PickleFunction::Size;
    if (module == "torch._utils") {
      if (name == "_rebuild_tensor_v2" || name == "_rebuild_tensor") return PickleFunction::RebuildTensor;
      if (name == "_rebuild_parameter") return PickleFunction::RebuildParameter;
    }
    const ElementType* type = find_element_type(name);
    if ((module == "torch" || module == "torch.cuda") && type != nullptr && type->storage == name)
      return type;
    throw model_error("{}: refuses to load '{}.{}': {}", file(), module, name, kCure);
  }

  void reduce() {
    const PickleValue arguments = pop();
    const PickleValue callee = pop();
    const auto* function = std::get_if<PickleFunction>(&callee);
    const auto* tuple = as<PickleTuple>(arguments);
    if (function == nullptr || tuple == nullptr) {
      throw model_error("{}: refuses to call something that is no function of a checkpoint: {}", file(),
                        kCure);
    }
    switch (*function) {
      case PickleFunction::OrderedDict:
        return push(ordered_dict(*tuple));
      case PickleFunction::Size:
        if (tuple->items.size() != 1 || as<PickleTuple>(tuple->items[0]) == nullptr) break;
        return push(tuple->items[0]);
      case PickleFunction::RebuildTensor: {
        const torch::Tensor* tensor = &m_heap.tensors.emplace_back(rebuild_tensor(*tuple, file()));
        spend(8 + static_cast<std::size_t>(tensor->dim()));
        return push(tensor);
      }
      case PickleFunction::RebuildParameter:
        if (tuple->items.empty() || as<torch::Tensor>(tuple->items[0]) == nullptr) break;
        return push(tuple->items[0]);
    }
    throw damaged("a function has the wrong arguments");
  }

  /// Empty, or filled from one list of pairs.
  PickleDict* ordered_dict(const PickleTuple& arguments) {
    std::vector<PickleValue> flat;
    const auto* pairs = arguments.items.size() == 1 ? as<PickleList>(arguments.items[0]) : nullptr;
    if (!arguments.items.empty() && pairs == nullptr) throw damaged("an OrderedDict has the wrong arguments");
    spend(pairs != nullptr ? pairs->items.size() : 0);
    for (std::size_t i = 0; pairs != nullptr && i < pairs->items.size(); ++i) {
      const auto* list = as<PickleList>(pairs->items[i]);
      const auto* tuple = as<PickleTuple>(pairs->items[i]);
      const auto* items = list != nullptr ? &list->items : tuple != nullptr ? &tuple->items : nullptr;
      if (items == nullptr || items->size() != 2) throw damaged("an OrderedDict has the wrong arguments");
      flat.insert(flat.end(), items->begin(), items->end());
    }
    return new_dict(flat);
  }

  /// State dicts carry the attribute `_metadata`, which is of no use here. Nothing else may have a state.
  void build() {
    const PickleValue state = pop();
    if (as<PickleDict>(top()) == nullptr || as<PickleDict>(state) == nullptr) {
      throw model_error("{}: refuses the pickle opcode BUILD on what is no dict: {}", file(), kCure);
    }
  }

  const PickleStorage* persistent(const PickleValue& id) {
    const auto* tuple = as<PickleTuple>(id);
    if (tuple == nullptr || tuple->items.empty() || as<std::string>(tuple->items[0]) == nullptr) {
      throw damaged("a storage is not described by a tuple");
    }
    const std::string& kind = *as<std::string>(tuple->items[0]);
    if (kind != "storage") {
      throw model_error("{}: refuses to load a persistent '{}': {}", file(), kind, kCure);
    }
    const auto& items = tuple->items;
    const bool shaped = items.size() == 5 || items.size() == 6;
    const auto* type = shaped ? as<ElementType>(items[1]) : nullptr;
    const auto* key = shaped ? as<std::string>(items[2]) : nullptr;
    const auto* count = shaped ? std::get_if<std::int64_t>(&items[4]) : nullptr;
    if (type == nullptr || key == nullptr || key->size() > kMaxNameBytes || count == nullptr || *count < 0) {
      throw damaged("a storage is not described by type, key, place and size");
    }
    if (items.size() == 6 && !std::holds_alternative<std::monostate>(items[5])) {
      throw model_error(
          "{}: has views of storages, as PyTorch wrote before 0.4; save it again with a newer one", file());
    }
    return &m_heap.storages.emplace_back(PickleStorage{m_storages.storage(*type, *key, *count)});
  }

  ByteCursor& m_cursor;
  PickleHeap& m_heap;
  PickleStorages& m_storages;
  std::size_t m_steps = 0;
  std::vector<PickleValue> m_stack;
  std::vector<std::size_t> m_marks;  ///< height of the stack at each open mark
  std::unordered_map<std::uint64_t, PickleValue> m_memo;
};

}  // namespace

PickleValue load_restricted_pickle(ByteCursor& cursor, PickleHeap& heap, PickleStorages& storages) {
  return Machine(cursor, heap, storages).run();
}

}  // namespace orthocover::nn

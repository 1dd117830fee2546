#include "io/unpickler.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>
#include <unordered_map>

#include "base/byte_cursor.h"
#include "easydel/error.h"

namespace easydel::io {
namespace {

using Kind = PickleKind;

// Real files hold a few values per tensor; the limit bounds memory for hostile ones.
constexpr size_t kMaxValues = 4'000'000;

/// What a global stands for. Storages carry their dtype.
struct Global {
  enum Role : uint8_t { kOrderedDict, kRebuildTensor, kRebuildParameter, kStorageType, kForeignStorage } role;
  std::string_view name;
  DType dtype = DType::kAuto;
};

constexpr std::array kGlobals = {
    Global{Global::kOrderedDict, "collections.OrderedDict"},
    Global{Global::kRebuildTensor, "torch._utils._rebuild_tensor_v2"},
    Global{Global::kRebuildTensor, "torch._utils._rebuild_tensor"},
    Global{Global::kRebuildParameter, "torch._utils._rebuild_parameter"},
    Global{Global::kStorageType, "torch.FloatStorage", DType::kF32},
    Global{Global::kStorageType, "torch.DoubleStorage", DType::kF64},
    Global{Global::kStorageType, "torch.HalfStorage", DType::kF16},
    Global{Global::kStorageType, "torch.BFloat16Storage", DType::kBF16},
    Global{Global::kStorageType, "torch.LongStorage", DType::kI64},
    Global{Global::kStorageType, "torch.IntStorage", DType::kI32},
    Global{Global::kStorageType, "torch.CharStorage", DType::kI8},
    Global{Global::kStorageType, "torch.ByteStorage", DType::kU8},
    Global{Global::kStorageType, "torch.BoolStorage", DType::kBool},
    Global{Global::kForeignStorage, "torch.ShortStorage"},
    Global{Global::kForeignStorage, "torch.ComplexFloatStorage"},
    Global{Global::kForeignStorage, "torch.ComplexDoubleStorage"},
    Global{Global::kForeignStorage, "torch.QInt8Storage"},
    Global{Global::kForeignStorage, "torch.QUInt8Storage"},
    Global{Global::kForeignStorage, "torch.QInt32Storage"},
};

class Machine {
 public:
  Machine(std::span<const std::byte> bytes, const std::string& source)
      : cursor_(bytes, source + " (pickle)"), source_(source) {}

  Pickle run() {
    while (step()) {
    }
    return std::move(pickle_);
  }

 private:
  /// Runs one opcode; false after STOP.
  bool step();
  bool step_literal(uint8_t opcode);
  bool step_container(uint8_t opcode);
  bool step_memo(uint8_t opcode);
  void step_call(uint8_t opcode);

  void push(PickleRef value) {
    // Each opcode pushes at most one reference, so the stack never outgrows the pickle itself.
    stack_.push_back(value);
  }
  PickleRef push_new(PickleValue value) {
    if (pickle_.values.size() >= kMaxValues)
      throw cursor_.error("pickle", "holds more values than any state dictionary does");
    pickle_.values.push_back(std::move(value));
    push(static_cast<PickleRef>(pickle_.values.size() - 1));
    return stack_.back();
  }
  void push_int(int64_t value) { push_new({.kind = Kind::kInt, .number = value}); }

  size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  PickleRef pop() {
    if (stack_.size() <= floor()) throw cursor_.error("pickle", "takes a value from an empty stack");
    const PickleRef value = stack_.back();
    stack_.pop_back();
    return value;
  }
  PickleValue& top(Kind wanted, std::string_view what) {
    if (stack_.size() <= floor()) throw cursor_.error("pickle", "takes a value from an empty stack");
    PickleValue& value = pickle_.values[stack_.back()];
    if (value.kind != wanted) throw cursor_.error("pickle", fmt::format("expects {} on its stack", what));
    return value;
  }
  std::vector<PickleRef> pop_to_mark() {
    if (marks_.empty()) throw cursor_.error("pickle", "looks for a mark that was not set");
    const auto first = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<PickleRef> items(first, stack_.end());
    stack_.erase(first, stack_.end());
    marks_.pop_back();
    return items;
  }
  void append(Kind kind, std::string_view what, const std::vector<PickleRef>& items) {
    std::vector<PickleRef>& target = top(kind, what).items;
    if (kind == Kind::kDict && items.size() % 2 != 0)
      throw cursor_.error("pickle", "sets a key without a value");
    target.insert(target.end(), items.begin(), items.end());
  }
  void push_tuple(size_t count) {
    std::vector<PickleRef> items(count);
    for (size_t i = count; i-- > 0;) items[i] = pop();
    push_new({.kind = Kind::kTuple, .items = std::move(items)});
  }
  void push_text(Kind kind, uint64_t length) {
    push_new({.kind = kind, .text = cursor_.text(length, "text in the pickle")});
  }

  std::string_view read_line();
  int64_t read_decimal();
  int64_t read_long(uint64_t length);
  void memorize(uint64_t place) { memo_[place] = stack_.size() > floor() ? stack_.back() : pop(); }
  void recall(uint64_t place) {
    const auto found = memo_.find(place);
    if (found == memo_.end()) throw cursor_.error("memo place", place, "was never filled");
    push(found->second);
  }

  void push_global(std::string_view module, std::string_view name);
  [[noreturn]] void refuse(std::string_view name) const;
  void reduce();
  void rebuild_tensor(const std::vector<PickleRef>& arguments);
  void push_storage();
  void push_ordered_dict(const std::vector<PickleRef>& arguments);

  const PickleValue& value(PickleRef reference) const { return pickle_.values[reference]; }
  int64_t integer(PickleRef reference, std::string_view what) const;
  std::vector<int64_t> integers(PickleRef reference, std::string_view what) const;

  ByteCursor cursor_;
  const std::string& source_;
  Pickle pickle_;
  std::vector<PickleRef> stack_;
  std::vector<size_t> marks_;
  std::unordered_map<uint64_t, PickleRef> memo_;
  size_t copied_items_ =
      0;  ///< by OrderedDict(list), the one call whose result may be larger than its opcodes
};

bool Machine::step() {
  const uint8_t opcode = cursor_.read_u8("opcode");
  switch (opcode) {
    case 0x80: {  // PROTO
      const uint8_t protocol = cursor_.read_u8("protocol");
      if (protocol > 5) throw cursor_.error("protocol", protocol, "is unknown; 2 to 5 are read");
      return true;
    }
    case 0x95:  // FRAME: only a hint for buffered reading
      cursor_.slice(8, "frame size");
      return true;
    case '.':  // STOP
      pickle_.root = pop();
      return false;
    case '(':
      marks_.push_back(stack_.size());
      return true;
    case '0':  // POP
      if (stack_.size() == floor() && !marks_.empty()) {
        marks_.pop_back();
      } else {
        pop();
      }
      return true;
    case '1':  // POP_MARK
      pop_to_mark();
      return true;
    case '2': {  // DUP
      const PickleRef copied = pop();
      push(copied);
      push(copied);
      return true;
    }
    default:
      break;
  }
  if (!step_literal(opcode) && !step_container(opcode) && !step_memo(opcode)) step_call(opcode);
  return true;
}

bool Machine::step_literal(uint8_t opcode) {
  switch (opcode) {
    case 'N':
      push_new({.kind = Kind::kNone});
      return true;
    case 0x88:  // NEWTRUE
    case 0x89:  // NEWFALSE
      push_new({.kind = Kind::kBool, .number = opcode == 0x88});
      return true;
    case 'I':  // INT
    case 'L':  // LONG
      push_int(read_decimal());
      return true;
    case 'J':  // BININT
      push_int(static_cast<int32_t>(cursor_.read_u32("integer")));
      return true;
    case 'K':
      push_int(cursor_.read_u8("integer"));
      return true;
    case 'M':
      push_int(cursor_.read_u16("integer"));
      return true;
    case 0x8a:  // LONG1
      push_int(read_long(cursor_.read_u8("integer length")));
      return true;
    case 0x8b:  // LONG4
      push_int(read_long(cursor_.read_u32("integer length")));
      return true;
    case 'G':  // BINFLOAT: never part of a tensor, so its value is not kept
      cursor_.slice(8, "number");
      push_new({.kind = Kind::kFloat});
      return true;
    case 'F':  // FLOAT
      read_line();
      push_new({.kind = Kind::kFloat});
      return true;
    case 'X':  // BINUNICODE
    case 'T':  // BINSTRING
      push_text(Kind::kText, cursor_.read_u32("text length"));
      return true;
    case 0x8c:  // SHORT_BINUNICODE
    case 'U':   // SHORT_BINSTRING
      push_text(Kind::kText, cursor_.read_u8("text length"));
      return true;
    case 0x8d:  // BINUNICODE8
      push_text(Kind::kText, cursor_.read_u64("text length"));
      return true;
    case 'S': {  // STRING: a quoted line
      std::string_view line = read_line();
      if (line.size() >= 2) line = line.substr(1, line.size() - 2);
      push_new({.kind = Kind::kText, .text = line});
      return true;
    }
    case 'B':  // BINBYTES
      push_text(Kind::kBytes, cursor_.read_u32("bytes length"));
      return true;
    case 'C':  // SHORT_BINBYTES
      push_text(Kind::kBytes, cursor_.read_u8("bytes length"));
      return true;
    case 0x8e:  // BINBYTES8
      push_text(Kind::kBytes, cursor_.read_u64("bytes length"));
      return true;
    default:
      return false;
  }
}

bool Machine::step_container(uint8_t opcode) {
  switch (opcode) {
    case ')':
    case 0x85:  // TUPLE1
    case 0x86:  // TUPLE2
    case 0x87:  // TUPLE3
      push_tuple(opcode == ')' ? 0 : opcode - 0x84u);
      return true;
    case 't':
      push_new({.kind = Kind::kTuple, .items = pop_to_mark()});
      return true;
    case ']':
    case 0x8f:  // EMPTY_SET: kept as a list
      push_new({.kind = Kind::kList});
      return true;
    case 'l':
    case 0x91:  // FROZENSET
      push_new({.kind = Kind::kList, .items = pop_to_mark()});
      return true;
    case 'a': {
      const PickleRef item = pop();
      append(Kind::kList, "a list", {item});
      return true;
    }
    case 'e':
    case 0x90:  // ADDITEMS
      append(Kind::kList, "a list", pop_to_mark());
      return true;
    case '}':
      push_new({.kind = Kind::kDict});
      return true;
    case 'd': {
      const std::vector<PickleRef> items = pop_to_mark();
      push_new({.kind = Kind::kDict});
      append(Kind::kDict, "a dictionary", items);
      return true;
    }
    case 's': {
      const PickleRef member = pop();
      const PickleRef key = pop();
      append(Kind::kDict, "a dictionary", {key, member});
      return true;
    }
    case 'u':
      append(Kind::kDict, "a dictionary", pop_to_mark());
      return true;
    default:
      return false;
  }
}

bool Machine::step_memo(uint8_t opcode) {
  switch (opcode) {
    case 'p':
      memorize(static_cast<uint64_t>(read_decimal()));
      return true;
    case 'q':
      memorize(cursor_.read_u8("memo place"));
      return true;
    case 'r':
      memorize(cursor_.read_u32("memo place"));
      return true;
    case 0x94:  // MEMOIZE
      memorize(memo_.size());
      return true;
    case 'g':
      recall(static_cast<uint64_t>(read_decimal()));
      return true;
    case 'h':
      recall(cursor_.read_u8("memo place"));
      return true;
    case 'j':
      recall(cursor_.read_u32("memo place"));
      return true;
    default:
      return false;
  }
}

void Machine::step_call(uint8_t opcode) {
  switch (opcode) {
    case 'c': {  // GLOBAL
      const std::string_view module = read_line();
      return push_global(module, read_line());
    }
    case 0x93: {  // STACK_GLOBAL
      const std::string_view name = top(Kind::kText, "a name").text;
      pop();
      const std::string_view module = top(Kind::kText, "a module name").text;
      pop();
      return push_global(module, name);
    }
    case 'i': {  // INST
      const std::string_view module = read_line();
      refuse(fmt::format("{}.{}", module, read_line()));
    }
    case 'R':
      return reduce();
    case 'Q':  // BINPERSID
      return push_storage();
    case 'b': {  // BUILD: a state dictionary's "_metadata" attribute (layer versions), which holds no tensors
      pop();
      top(Kind::kDict, "a dictionary");
      return;
    }
    default:
      throw cursor_.error("opcode", opcode, "is unknown or builds objects; only tensors are read");
  }
}

std::string_view Machine::read_line() {
  const uint64_t start = cursor_.position();
  uint64_t length = 0;
  while (cursor_.read_u8("line") != '\n') ++length;
  cursor_.seek(start, "line");
  const std::string_view line = cursor_.text(length, "line");
  cursor_.seek(start + length + 1, "line");
  return line;
}

int64_t Machine::read_decimal() {
  std::string_view line = read_line();
  if (line.ends_with('L')) line.remove_suffix(1);
  int64_t number = 0;
  const auto [end, code] = std::from_chars(line.data(), line.data() + line.size(), number);
  if (code != std::errc() || end != line.data() + line.size())
    throw cursor_.error("integer", "is not a number");
  return number;
}

int64_t Machine::read_long(uint64_t length) {
  const std::span<const std::byte> raw = cursor_.slice(length, "integer");
  // Larger numbers occur in no tensor; they saturate so that every use of them fails its range check.
  if (raw.size() > sizeof(int64_t)) return std::numeric_limits<int64_t>::max();
  uint64_t bits = 0;
  for (size_t i = 0; i < raw.size(); ++i) bits |= std::to_integer<uint64_t>(raw[i]) << (8 * i);
  const bool negative = !raw.empty() && (std::to_integer<unsigned>(raw.back()) & 0x80u) != 0;
  if (negative && raw.size() < sizeof(int64_t)) bits |= ~uint64_t{0} << (8 * raw.size());
  return static_cast<int64_t>(bits);
}

void Machine::push_global(std::string_view module, std::string_view name) {
  const std::string full = fmt::format("{}.{}", module, name);
  for (size_t i = 0; i < kGlobals.size(); ++i) {
    if (kGlobals[i].name != full) continue;
    if (kGlobals[i].role == Global::kForeignStorage)
      throw Error(
          ErrorCode::kUnsupported, source_,
          fmt::format("holds a {}, an element type that easydel does not have; convert that tensor", full));
    push_new({.kind = Kind::kGlobal, .number = static_cast<int64_t>(i)});
    return;
  }
  refuse(full);
}

void Machine::refuse(std::string_view name) const {
  std::string shown(name.substr(0, 80));
  for (char& c : shown)
    if (c < 0x20 || c > 0x7e) c = '?';
  throw Error(
      ErrorCode::kUnsupported, source_,
      fmt::format("its pickle asks for {}, which would run code; only plain tensors are read. Convert the "
                  "file to safetensors, if you trust it",
                  shown));
}

void Machine::reduce() {
  top(Kind::kTuple, "a tuple of arguments");
  // By reference: copies of one large tuple, called again and again, would take quadratic time. It stays valid until
  // the call's result is pushed, the last thing each case does.
  const std::vector<PickleRef>& arguments = value(pop()).items;
  const auto global = static_cast<size_t>(top(Kind::kGlobal, "a function").number);
  pop();
  switch (kGlobals[global].role) {
    case Global::kOrderedDict:
      return push_ordered_dict(arguments);
    case Global::kRebuildTensor:
      return rebuild_tensor(arguments);
    case Global::kRebuildParameter:
      if (arguments.empty() || value(arguments[0]).kind != Kind::kTensor)
        throw cursor_.error("parameter", "is not made of a tensor");
      return push(arguments[0]);
    case Global::kStorageType:
    case Global::kForeignStorage:
      break;
  }
  refuse(fmt::format("a call of {}", kGlobals[global].name));
}

void Machine::push_ordered_dict(const std::vector<PickleRef>& arguments) {
  std::vector<PickleRef> items;
  if (!arguments.empty()) {
    copied_items_ += value(arguments[0]).items.size();
    if (copied_items_ > kMaxValues)
      throw cursor_.error("OrderedDict", "copies more values than any real file does");
    // Python 2 wrote OrderedDict([[key, value], ...]).
    for (const PickleRef pair : value(arguments[0]).items) {
      const PickleValue& both = value(pair);
      if ((both.kind != Kind::kList && both.kind != Kind::kTuple) || both.items.size() != 2)
        throw cursor_.error("OrderedDict", "is not made of pairs");
      items.insert(items.end(), both.items.begin(), both.items.end());
    }
  }
  push_new({.kind = Kind::kDict, .items = std::move(items)});
}

void Machine::rebuild_tensor(const std::vector<PickleRef>& arguments) {
  if (arguments.size() < 4 || value(arguments[0]).kind != Kind::kStorage)
    throw cursor_.error("tensor", "is not made of a storage, an offset, sizes and strides");
  PickleTensor tensor{.storage = static_cast<uint32_t>(value(arguments[0]).number),
                      .offset = integer(arguments[1], "tensor offset"),
                      .sizes = integers(arguments[2], "tensor sizes"),
                      .strides = integers(arguments[3], "tensor strides")};
  if (tensor.sizes.size() != tensor.strides.size())
    throw cursor_.error("tensor", "has another number of strides than of sizes");
  pickle_.tensors.push_back(std::move(tensor));
  push_new({.kind = Kind::kTensor, .number = static_cast<int64_t>(pickle_.tensors.size() - 1)});
}

void Machine::push_storage() {
  top(Kind::kTuple, "a storage's id");
  const std::vector<PickleRef>& id = value(pop()).items;
  if (id.size() != 5 || value(id[0]).text != "storage" || value(id[1]).kind != Kind::kGlobal ||
      value(id[2]).kind != Kind::kText)
    throw cursor_.error("storage", "has an id of an unknown form");
  const Global& type = kGlobals[static_cast<size_t>(value(id[1]).number)];
  if (type.role != Global::kStorageType) throw cursor_.error("storage", "is of no storage type");
  const int64_t elements = integer(id[4], "storage size");
  if (elements < 0) throw cursor_.error("storage", "has a negative size");
  pickle_.storages.push_back(
      {.dtype = type.dtype, .key = value(id[2]).text, .elements = static_cast<uint64_t>(elements)});
  push_new({.kind = Kind::kStorage, .number = static_cast<int64_t>(pickle_.storages.size() - 1)});
}

int64_t Machine::integer(PickleRef reference, std::string_view what) const {
  if (value(reference).kind != Kind::kInt) throw cursor_.error(what, "is not an integer");
  return value(reference).number;
}

std::vector<int64_t> Machine::integers(PickleRef reference, std::string_view what) const {
  const PickleValue& list = value(reference);
  if (list.kind != Kind::kTuple && list.kind != Kind::kList) throw cursor_.error(what, "are not a tuple");
  constexpr size_t kMaxAxes = 64;  // PyTorch's own limit
  if (list.items.size() > kMaxAxes)
    throw cursor_.error(what, list.items.size(), "are more than PyTorch's 64 axes");
  std::vector<int64_t> numbers;
  for (const PickleRef item : list.items) numbers.push_back(integer(item, what));
  return numbers;
}

}  // namespace

Pickle unpickle(std::span<const std::byte> bytes, const std::string& source) {
  return Machine(bytes, source).run();
}

}  // namespace easydel::io

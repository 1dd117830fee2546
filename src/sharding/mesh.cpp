#include <algorithm>
#include <charconv>
#include <set>

#include "base/format.h"
#include "easydel/error.h"
#include "easydel/sharding.h"

namespace easydel {
namespace {

[[noreturn]] void fail(std::string detail) {
  throw Error(ErrorCode::kInvalidArgument, "mesh", std::move(detail));
}

}  // namespace

Mesh Mesh::create(std::span<const int64_t> axis_dims, std::span<const std::string> axis_names,
                  int64_t device_count) {
  if (axis_dims.size() != axis_names.size())
    fail(fmt::format("{} axis sizes ({}) for {} axis names ({}); give one size per name", axis_dims.size(),
                     fmt::join(axis_dims, ","), axis_names.size(), fmt::join(axis_names, ",")));
  if (std::set<std::string>(axis_names.begin(), axis_names.end()).size() != axis_names.size())
    fail(fmt::format("an axis name appears twice in ({})", fmt::join(axis_names, ",")));

  Mesh mesh;
  mesh.names_.assign(axis_names.begin(), axis_names.end());
  mesh.dims_.assign(axis_dims.begin(), axis_dims.end());
  int64_t known = 1;
  for (const int64_t dim : axis_dims) {
    if (dim != -1 && (dim < 1 || dim > device_count))
      fail(fmt::format("axis size {} in ({}); sizes are -1 or from 1 to the device count {}", dim,
                       fmt::join(axis_dims, ","), device_count));
    if (dim != -1 && __builtin_mul_overflow(known, dim, &known)) fail("the axis sizes overflow");
  }
  const auto unknown = std::count(axis_dims.begin(), axis_dims.end(), -1);
  if (unknown > 1) fail(fmt::format("only one axis size may be -1, got ({})", fmt::join(axis_dims, ",")));
  if (unknown == 1) {
    if (device_count % known != 0)
      fail(fmt::format("{} devices cannot be split into groups of {} for sizes ({})", device_count, known,
                       fmt::join(axis_dims, ",")));
    std::replace(mesh.dims_.begin(), mesh.dims_.end(), int64_t{-1}, device_count / known);
  } else if (known != device_count) {
    fail(fmt::format("sizes ({}) make {} devices, but there are {}; let one size be -1",
                     fmt::join(axis_dims, ","), known, device_count));
  }
  return mesh;
}

MeshAxes MeshAxes::parse(std::string_view text) {
  MeshAxes axes;
  size_t named = 0;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    std::string_view part = text.substr(begin, end - begin);
    part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
    const size_t equals = part.find('=');
    const std::string_view number = equals == std::string_view::npos ? part : part.substr(equals + 1);
    int64_t dim = 0;
    const auto [rest, status] = std::from_chars(number.data(), number.data() + number.size(), dim);
    if (status != std::errc() || rest != number.data() + number.size() || equals == 0)
      fail(fmt::format("\"{}\" is not of the form axis=size, as in dp=1,fsdp=-1,tp=2,sp=1", part));
    if (equals != std::string_view::npos) {
      ++named;
      axes.names.emplace_back(part.substr(0, equals));
    }
    axes.dims.push_back(dim);
    begin = end + 1;
  }
  if (named == 0) axes.names = default_names(axes.dims.size());
  if (axes.names.size() != axes.dims.size())
    fail(fmt::format("\"{}\" names some axes and not others; name all or none", text));
  return axes;
}

std::vector<std::string> MeshAxes::default_names(size_t count) {
  if (count == 4) return {"dp", "fsdp", "tp", "sp"};
  if (count == 5) return {"dp", "fsdp", "ep", "tp", "sp"};
  fail(fmt::format(
      "{} axis sizes have no names; give 4 (dp, fsdp, tp, sp), 5 (dp, fsdp, ep, tp, sp), or names", count));
}

std::optional<int64_t> MeshAxes::device_count() const {
  int64_t count = 1;
  for (const int64_t dim : dims)
    if (dim < 1 || __builtin_mul_overflow(count, dim, &count)) return std::nullopt;
  return count;
}

Mesh Mesh::parse(std::string_view text, int64_t device_count) {
  return create(MeshAxes::parse(text), device_count);
}

std::optional<int64_t> Mesh::axis_size(std::string_view name) const {
  const auto found = std::find(names_.begin(), names_.end(), name);
  if (found == names_.end()) return std::nullopt;
  return dims_[static_cast<size_t>(found - names_.begin())];
}

int64_t Mesh::device_count() const {
  int64_t count = 1;
  for (const int64_t dim : dims_) count *= dim;
  return count;
}

std::vector<int64_t> Mesh::coordinates(int64_t device) const {
  if (device < 0 || device >= device_count())
    fail(fmt::format("device {} of {} does not exist", device, device_count()));
  std::vector<int64_t> coordinates(dims_.size());
  for (size_t axis = dims_.size(); axis-- > 0;) {
    coordinates[axis] = device % dims_[axis];
    device /= dims_[axis];
  }
  return coordinates;
}

std::string Mesh::to_string() const {
  std::vector<std::string> parts;
  for (size_t axis = 0; axis < names_.size(); ++axis)
    parts.push_back(fmt::format("{}={}", names_[axis], dims_[axis]));
  return fmt::format("{}", fmt::join(parts, ","));
}

}  // namespace easydel

"""Golden data of the plain ops, from JAX's lax functions (which emit the StableHLO op of the same name).

    python tests/golden/ops/make.py        # writes ops.safetensors beside this file; needs jax and safetensors

Tensors are named <case>.in<n> and <case>.out<n>; tests/unit/ops/plain_op_rows.cpp has the row of each case.
Made with jax 0.10.2, seed 0.
"""
import os

os.environ["JAX_ENABLE_X64"] = "1"
os.environ["JAX_PLATFORMS"] = "cpu"
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from safetensors.flax import save_file

rng = np.random.default_rng(0)
tensors = {}


def case(name, function, *inputs):
    inputs = [jnp.asarray(x) for x in inputs]
    outputs = function(*inputs)
    if not isinstance(outputs, (tuple, list)):
        outputs = [outputs]
    for i, x in enumerate(inputs):
        tensors[f"{name}.in{i}"] = x
    for i, x in enumerate(outputs):
        tensors[f"{name}.out{i}"] = jnp.asarray(x)


def normal(*shape, dtype=np.float32, scale=1.0):
    return (rng.standard_normal(shape) * scale).astype(dtype)


SPECIAL = np.array([0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, -2.5, np.inf, -np.inf, np.nan, 1e-8, 30.0, -30.0], np.float32)
FLOATS = np.concatenate([SPECIAL, normal(33), normal(16, scale=5)])
POSITIVE = np.abs(FLOATS)
INTS = np.array([0, 1, -1, 2, -2, 7, -7, 13, 100, -100, 2**31 - 1, -(2**31)], np.int32)

UNARY = {
    "abs": lax.abs, "negate": lax.neg, "sign": lax.sign, "exponential": lax.exp, "exponential_minus_one": lax.expm1,
    "logistic": lax.logistic, "tanh": lax.tanh, "sine": lax.sin, "cosine": lax.cos, "floor": lax.floor,
    "ceil": lax.ceil, "erf": lax.erf, "is_finite": lax.is_finite,
    "round_nearest_even": lambda x: lax.round(x, lax.RoundingMethod.TO_NEAREST_EVEN),
}
POSITIVE_UNARY = {"log": lax.log, "log_plus_one": lax.log1p, "sqrt": lax.sqrt, "rsqrt": lax.rsqrt}
for suffix, dtype in {"f32": jnp.float32, "bf16": jnp.bfloat16, "f16": jnp.float16}.items():
    for name, function in UNARY.items():
        case(f"{name}.{suffix}", function, jnp.asarray(FLOATS, dtype))
    for name, function in POSITIVE_UNARY.items():
        case(f"{name}.{suffix}", function, jnp.asarray(POSITIVE, dtype))
for name in ("abs", "negate", "sign"):
    case(f"{name}.i32", UNARY[name], INTS)
case("not.i32", lax.bitwise_not, INTS)
case("not.bool", lax.bitwise_not, np.array([True, False]))

BINARY = {"add": lax.add, "subtract": lax.sub, "multiply": lax.mul, "divide": lax.div, "maximum": lax.max,
          "minimum": lax.min, "remainder": lax.rem}
left, right = [x.ravel() for x in np.meshgrid(SPECIAL, SPECIAL)]
left_int, right_int = [x.ravel() for x in np.meshgrid(INTS, INTS)]
for name, function in BINARY.items():
    case(f"{name}.f32", function, left, right)
    case(f"{name}.bf16", function, jnp.asarray(left, jnp.bfloat16), jnp.asarray(right, jnp.bfloat16))
    case(f"{name}.i32", function, left_int, right_int)
    case(f"{name}.u8", function, left_int.astype(np.uint8), right_int.astype(np.uint8))
case("power.f32", lax.pow, np.abs(normal(40)), normal(40, scale=3))
for name, function in {"and": lax.bitwise_and, "or": lax.bitwise_or, "xor": lax.bitwise_xor}.items():
    case(f"{name}.i32", function, left_int, right_int)
    case(f"{name}.bool", function, np.array([True, True, False, False]), np.array([True, False, True, False]))
shifts = np.array([0, 1, 5, 31, 32, 40], np.int32)
values, amounts = [x.ravel() for x in np.meshgrid(INTS, shifts)]
case("shift_left.i32", lax.shift_left, values, amounts)
case("shift_right_logical.i32", lax.shift_right_logical, values, amounts)
for name, function in {"eq": lax.eq, "ne": lax.ne, "ge": lax.ge, "gt": lax.gt, "le": lax.le, "lt": lax.lt}.items():
    case(f"compare_{name}.f32", function, left, right)
    case(f"compare_{name}.i32", function, left_int, right_int)
case("select", lambda p, x, y: lax.select(p, x, y), rng.random(40) > 0.5, normal(40), normal(40))
case("clamp", lax.clamp, np.float32(-0.5), FLOATS, np.float32(0.75))
for source, dtype in {"f32": np.float32, "i32": np.int32, "bool": np.bool_}.items():
    data = {"f32": np.concatenate([FLOATS, np.array([300.0, -300.0, 3e9, -3e9], np.float32)]), "i32": INTS,
            "bool": np.array([True, False])}[source].astype(dtype)
    for target in ("bool", "i8", "u8", "i32", "u32", "i64", "f16", "bf16", "f32"):
        if source == "f32" and target in ("bool", "u8", "u32", "i8"):
            continue  # conversions of negative floats to unsigned, and of NaN, differ between XLA's backends
        if target == source:
            continue
        dtypes = {"bool": jnp.bool_, "i8": jnp.int8, "u8": jnp.uint8, "i32": jnp.int32, "u32": jnp.uint32,
                  "i64": jnp.int64, "f16": jnp.float16, "bf16": jnp.bfloat16, "f32": jnp.float32}
        case(f"convert_{source}_{target}", lambda x, t=dtypes[target]: lax.convert_element_type(x, t), data)
case("bitcast_convert", lambda x: lax.bitcast_convert_type(x, jnp.int32), FLOATS)

case("iota", lambda: lax.broadcasted_iota(jnp.int32, (3, 4, 2), 1))
case("broadcast_in_dim", lambda x: lax.broadcast_in_dim(x, (2, 3, 4, 5), (1, 3)), normal(3, 1))
case("reshape", lambda x: lax.reshape(x, (4, 6)), normal(2, 3, 4))
case("transpose", lambda x: lax.transpose(x, (2, 0, 3, 1)), normal(2, 3, 4, 5))
case("slice", lambda x: lax.slice(x, (1, 0, 2), (4, 3, 9), (2, 1, 3)), normal(5, 3, 10))
case("pad", lambda x, v: lax.pad(x, v, [(2, 1, 1), (-1, 3, 2), (1, -2, 0)]), normal(2, 3, 4), np.float32(9))
case("pad_negative", lambda x, v: lax.pad(x, v, [(-3, -1, 2)]), normal(5), np.float32(9))
case("concatenate", lambda *x: lax.concatenate(x, 1), normal(2, 3, 4), normal(2, 1, 4), normal(2, 0, 4), normal(2, 5, 4))
case("reverse", lambda x: lax.rev(x, (0, 2)), normal(3, 2, 5))

gather_dims = lax.GatherDimensionNumbers(offset_dims=(1, 3), collapsed_slice_dims=(1,), start_index_map=(2, 1))
case("gather", lambda x, i: lax.gather(x, i, gather_dims, (2, 1, 3), mode=lax.GatherScatterMode.CLIP),
     normal(3, 5, 6), np.array([[[0, 1], [4, 9]], [[-3, 2], [2, 4]]], np.int32))
case("take", lambda x, i: x[jnp.clip(i, 0, 6)], normal(7, 4), np.array([[3, 0, 9], [6, -1, 2]], np.int32))
scatter_dims = lax.ScatterDimensionNumbers(update_window_dims=(1,), inserted_window_dims=(0,),
                                           scatter_dims_to_operand_dims=(0,))
indices = np.array([[1], [4], [1], [9], [-1]], np.int32)
for name, function in {"add": lax.scatter_add, "max": lax.scatter_max, "min": lax.scatter_min, "mul": lax.scatter_mul}.items():
    case(f"scatter_{name}", lambda x, i, u, f=function: f(x, i, u, scatter_dims, mode=lax.GatherScatterMode.FILL_OR_DROP),
         normal(5, 3), indices, normal(5, 3))
case("scatter_replace", lambda x, i, u: lax.scatter(x, i, u, scatter_dims, mode=lax.GatherScatterMode.FILL_OR_DROP),
     normal(5, 3), indices[1:], normal(4, 3))
case("dynamic_slice", lambda x, a, b: lax.dynamic_slice(x, (a, b), (2, 3)), normal(5, 6), np.int32(4), np.int32(-20))  # lax counts small negative starts from the end
case("dynamic_update_slice", lambda x, u, a, b: lax.dynamic_update_slice(x, u, (a, b)), normal(5, 6), normal(2, 3),
     np.int32(1), np.int32(9))

data = normal(3, 4, 5)
for kind, function in {"sum": jnp.sum, "product": jnp.prod, "max": jnp.max, "min": jnp.min}.items():
    for axes in ((2,), (0,), (0, 2), (0, 1, 2)):
        case(f"reduce_{kind}_{''.join(map(str, axes))}", lambda x, f=function, a=axes: f(x, axis=a), data)
case("reduce_sum_i32", lambda x: jnp.sum(x, axis=0, dtype=jnp.int32), np.array([[2**31 - 1, 5], [1, -9]], np.int32))
case("reduce_max_nan", lambda x: lax.reduce_max(x, (1,)), np.array([[1, np.nan, 2], [3, 1, 2]], np.float32))
case("reduce_and", lambda x: jnp.all(x, axis=1), rng.random((3, 4)) > 0.3)
case("reduce_or", lambda x: jnp.any(x, axis=1), rng.random((3, 4)) > 0.7)
case("reduce_sum_bf16", lambda x: jnp.sum(x, axis=1), jnp.asarray(normal(3, 300), jnp.bfloat16))
case("argmax", lambda x: lax.argmax(x, 1, jnp.int32), np.array([[1, 5, 5, 2], [3, np.nan, 9, 1], [7, 7, 7, 7]], np.float32))
case("cumulative_sum", lambda x: lax.cumsum(x, 1), normal(3, 9, 2))
keys = np.array([[3, 1, np.nan, 2, 1, -0.0, 0.0], [5, -np.inf, 4, np.inf, 4, 4, 0]], np.float32)
case("sort", lambda k, p: lax.sort((k, p), dimension=1, is_stable=True, num_keys=1), keys[:, [0, 1, 3, 4]],
     np.arange(8, dtype=np.int32).reshape(2, 4))
case("sort_axis0", lambda k, p: lax.sort((k, p), dimension=0, is_stable=True, num_keys=1), normal(6, 3),
     np.arange(18, dtype=np.int32).reshape(6, 3))
case("top_k", lambda x: lax.top_k(x, 3), keys[:, [0, 1, 3, 4, 5]])

case("dot_general", lambda a, b: lax.dot_general(a, b, (((3,), (1,)), ((0, 2), (0, 3)))), normal(2, 3, 4, 37), normal(2, 37, 5, 4))
case("dot_general_two", lambda a, b: lax.dot_general(a, b, (((1, 2), (2, 0)), ((), ()))), normal(4, 3, 5), normal(5, 6, 3))
case("dot_general_i32", lambda a, b: lax.dot_general(a, b, (((1,), (0,)), ((), ()))),
     rng.integers(-9, 9, (3, 4), np.int32), rng.integers(-9, 9, (4, 2), np.int32))
case("matmul", jnp.matmul, normal(2, 17, 33), normal(2, 33, 19))

case("random_bits", lambda key: jax.random.bits(jax.random.wrap_key_data(key, impl="threefry2x32"), (3, 5), jnp.uint32),
     np.array([0, 42], np.uint32))
case("random_uniform", lambda key: jax.random.uniform(jax.random.wrap_key_data(key, impl="threefry2x32"), (7,), jnp.float32),
     np.array([7, 9], np.uint32))

save_file(tensors, os.path.join(os.path.dirname(os.path.abspath(__file__)), "ops.safetensors"))
print(len(tensors), "tensors")

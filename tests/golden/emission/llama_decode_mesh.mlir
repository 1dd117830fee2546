module @easydel {
  sdy.mesh @mesh = <["dp"=1, "fsdp"=2, "tp"=2, "sp"=1]>
  func.func public @main(
      %arg0: tensor<2x1xi32> {sdy.sharding = #sdy.sharding<@mesh, [{"fsdp"}, {}]>},  // input_ids
      %arg1: tensor<2x1xi32> {sdy.sharding = #sdy.sharding<@mesh, [{"fsdp"}, {}]>},  // position_ids
      %arg2: tensor<i32> {sdy.sharding = #sdy.sharding<@mesh, []>},  // cache_offset
      %arg3: tensor<2x16x2x8xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"fsdp"}, {}, {"tp"}, {}]>, tf.aliasing_output = 1 : i32},  // cache.0.key
      %arg4: tensor<2x16x2x8xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"fsdp"}, {}, {"tp"}, {}]>, tf.aliasing_output = 2 : i32},  // cache.0.value
      %arg5: tensor<2x16x2x8xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"fsdp"}, {}, {"tp"}, {}]>, tf.aliasing_output = 3 : i32},  // cache.1.key
      %arg6: tensor<2x16x2x8xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"fsdp"}, {}, {"tp"}, {}]>, tf.aliasing_output = 4 : i32},  // cache.1.value
      %arg7: tensor<96x32xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"tp"}, {"fsdp"}]>},  // model.embed_tokens.weight
      %arg8: tensor<32xf32> {sdy.sharding = #sdy.sharding<@mesh, [{}]>},  // model.layers.0.input_layernorm.weight
      %arg9: tensor<32x32xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"tp"}, {"fsdp"}]>},  // model.layers.0.self_attn.q_proj.weight
      %arg10: tensor<16x32xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"tp"}, {"fsdp"}]>},  // model.layers.0.self_attn.k_proj.weight
      %arg11: tensor<16x32xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"tp"}, {"fsdp"}]>},  // model.layers.0.self_attn.v_proj.weight
      %arg12: tensor<32x32xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"tp"}, {"fsdp"}]>},  // model.layers.0.self_attn.o_proj.weight
      %arg13: tensor<32xf32> {sdy.sharding = #sdy.sharding<@mesh, [{}]>},  // model.layers.0.post_attention_layernorm.weight
      %arg14: tensor<48x32xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"tp"}, {"fsdp"}]>},  // model.layers.0.mlp.up_proj.weight
      %arg15: tensor<48x32xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"tp"}, {"fsdp"}]>},  // model.layers.0.mlp.gate_proj.weight
      %arg16: tensor<32x48xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"tp"}, {"fsdp"}]>},  // model.layers.0.mlp.down_proj.weight
      %arg17: tensor<32xf32> {sdy.sharding = #sdy.sharding<@mesh, [{}]>},  // model.layers.1.input_layernorm.weight
      %arg18: tensor<32x32xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"tp"}, {"fsdp"}]>},  // model.layers.1.self_attn.q_proj.weight
      %arg19: tensor<16x32xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"tp"}, {"fsdp"}]>},  // model.layers.1.self_attn.k_proj.weight
      %arg20: tensor<16x32xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"tp"}, {"fsdp"}]>},  // model.layers.1.self_attn.v_proj.weight
      %arg21: tensor<32x32xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"tp"}, {"fsdp"}]>},  // model.layers.1.self_attn.o_proj.weight
      %arg22: tensor<32xf32> {sdy.sharding = #sdy.sharding<@mesh, [{}]>},  // model.layers.1.post_attention_layernorm.weight
      %arg23: tensor<48x32xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"tp"}, {"fsdp"}]>},  // model.layers.1.mlp.up_proj.weight
      %arg24: tensor<48x32xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"tp"}, {"fsdp"}]>},  // model.layers.1.mlp.gate_proj.weight
      %arg25: tensor<32x48xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"tp"}, {"fsdp"}]>},  // model.layers.1.mlp.down_proj.weight
      %arg26: tensor<32xf32> {sdy.sharding = #sdy.sharding<@mesh, [{}]>}  // model.norm.weight
  ) -> (
      tensor<2x1x96xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"fsdp"}, {}, {}]>},  // logits
      tensor<2x16x2x8xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"fsdp"}, {}, {"tp"}, {}]>},  // cache.0.key
      tensor<2x16x2x8xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"fsdp"}, {}, {"tp"}, {}]>},  // cache.0.value
      tensor<2x16x2x8xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"fsdp"}, {}, {"tp"}, {}]>},  // cache.1.key
      tensor<2x16x2x8xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"fsdp"}, {}, {"tp"}, {}]>}  // cache.1.value
  ) {
    %0 = "stablehlo.gather"(%arg7, %arg0) <{dimension_numbers = #stablehlo.gather<offset_dims = [2], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 2>, indices_are_sorted = false, slice_sizes = array<i64: 1, 32>}> : (tensor<96x32xf32>, tensor<2x1xi32>) -> tensor<2x1x32xf32>
    %1 = sdy.sharding_constraint %0 <@mesh, [{"fsdp", "dp"}, {}, {}]> : tensor<2x1x32xf32>
    %2 = stablehlo.multiply %1, %1 : tensor<2x1x32xf32>
    %3 = stablehlo.constant dense<0.0> : tensor<f32>
    %4 = "stablehlo.reduce"(%2, %3) <{dimensions = array<i64: 2>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.add %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x1x32xf32>, tensor<f32>) -> tensor<2x1xf32>
    %5 = stablehlo.reshape %4 : (tensor<2x1xf32>) -> tensor<2x1x1xf32>
    %6 = stablehlo.constant dense<32.0> : tensor<f32>
    %7 = stablehlo.broadcast_in_dim %6, dims = [] : (tensor<f32>) -> tensor<2x1x1xf32>
    %8 = stablehlo.divide %5, %7 : tensor<2x1x1xf32>
    %9 = stablehlo.constant dense<1.0e-05> : tensor<f32>
    %10 = stablehlo.broadcast_in_dim %9, dims = [] : (tensor<f32>) -> tensor<2x1x1xf32>
    %11 = stablehlo.add %8, %10 : tensor<2x1x1xf32>
    %12 = stablehlo.rsqrt %11 : tensor<2x1x1xf32>
    %13 = stablehlo.constant dense<0.0> : tensor<f32>
    %14 = stablehlo.broadcast_in_dim %13, dims = [] : (tensor<f32>) -> tensor<32xf32>
    %15 = stablehlo.add %arg8, %14 : tensor<32xf32>
    %16 = stablehlo.broadcast_in_dim %12, dims = [0, 1, 2] : (tensor<2x1x1xf32>) -> tensor<2x1x32xf32>
    %17 = stablehlo.multiply %1, %16 : tensor<2x1x32xf32>
    %18 = stablehlo.broadcast_in_dim %15, dims = [2] : (tensor<32xf32>) -> tensor<2x1x32xf32>
    %19 = stablehlo.multiply %17, %18 : tensor<2x1x32xf32>
    %20 = stablehlo.dot_general %19, %arg9, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<32x32xf32>) -> tensor<2x1x32xf32>
    %21 = stablehlo.reshape %20 : (tensor<2x1x32xf32>) -> tensor<2x1x4x8xf32>
    %22 = stablehlo.dot_general %19, %arg10, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<16x32xf32>) -> tensor<2x1x16xf32>
    %23 = stablehlo.reshape %22 : (tensor<2x1x16xf32>) -> tensor<2x1x2x8xf32>
    %24 = stablehlo.dot_general %19, %arg11, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<16x32xf32>) -> tensor<2x1x16xf32>
    %25 = stablehlo.reshape %24 : (tensor<2x1x16xf32>) -> tensor<2x1x2x8xf32>
    %26 = stablehlo.convert %arg1 : (tensor<2x1xi32>) -> tensor<2x1xf32>
    %27 = stablehlo.reshape %26 : (tensor<2x1xf32>) -> tensor<2x1x1xf32>
    %28 = stablehlo.constant dense<"0x0000803FCDCCCC3D0AD7233C6F12833A"> : tensor<1x1x4xf32>
    %29 = stablehlo.broadcast_in_dim %27, dims = [0, 1, 2] : (tensor<2x1x1xf32>) -> tensor<2x1x4xf32>
    %30 = stablehlo.broadcast_in_dim %28, dims = [0, 1, 2] : (tensor<1x1x4xf32>) -> tensor<2x1x4xf32>
    %31 = stablehlo.multiply %29, %30 : tensor<2x1x4xf32>
    %32 = stablehlo.cosine %31 : tensor<2x1x4xf32>
    %33 = stablehlo.sine %31 : tensor<2x1x4xf32>
    %34 = stablehlo.reshape %32 : (tensor<2x1x4xf32>) -> tensor<2x1x1x4xf32>
    %35 = stablehlo.reshape %33 : (tensor<2x1x4xf32>) -> tensor<2x1x1x4xf32>
    %36 = stablehlo.slice %21 [0:2:1, 0:1:1, 0:4:1, 0:8:1] : (tensor<2x1x4x8xf32>) -> tensor<2x1x4x8xf32>
    %37 = stablehlo.slice %36 [0:2:1, 0:1:1, 0:4:1, 0:4:1] : (tensor<2x1x4x8xf32>) -> tensor<2x1x4x4xf32>
    %38 = stablehlo.slice %36 [0:2:1, 0:1:1, 0:4:1, 4:8:1] : (tensor<2x1x4x8xf32>) -> tensor<2x1x4x4xf32>
    %39 = stablehlo.broadcast_in_dim %35, dims = [0, 1, 2, 3] : (tensor<2x1x1x4xf32>) -> tensor<2x1x4x4xf32>
    %40 = stablehlo.multiply %37, %39 : tensor<2x1x4x4xf32>
    %41 = stablehlo.broadcast_in_dim %34, dims = [0, 1, 2, 3] : (tensor<2x1x1x4xf32>) -> tensor<2x1x4x4xf32>
    %42 = stablehlo.multiply %38, %41 : tensor<2x1x4x4xf32>
    %43 = stablehlo.add %42, %40 : tensor<2x1x4x4xf32>
    %44 = stablehlo.multiply %38, %39 : tensor<2x1x4x4xf32>
    %45 = stablehlo.multiply %37, %41 : tensor<2x1x4x4xf32>
    %46 = stablehlo.subtract %45, %44 : tensor<2x1x4x4xf32>
    %47 = stablehlo.concatenate %46, %43, dim = 3 : (tensor<2x1x4x4xf32>, tensor<2x1x4x4xf32>) -> tensor<2x1x4x8xf32>
    %48 = stablehlo.slice %23 [0:2:1, 0:1:1, 0:2:1, 0:8:1] : (tensor<2x1x2x8xf32>) -> tensor<2x1x2x8xf32>
    %49 = stablehlo.slice %48 [0:2:1, 0:1:1, 0:2:1, 0:4:1] : (tensor<2x1x2x8xf32>) -> tensor<2x1x2x4xf32>
    %50 = stablehlo.slice %48 [0:2:1, 0:1:1, 0:2:1, 4:8:1] : (tensor<2x1x2x8xf32>) -> tensor<2x1x2x4xf32>
    %51 = stablehlo.broadcast_in_dim %35, dims = [0, 1, 2, 3] : (tensor<2x1x1x4xf32>) -> tensor<2x1x2x4xf32>
    %52 = stablehlo.multiply %49, %51 : tensor<2x1x2x4xf32>
    %53 = stablehlo.broadcast_in_dim %34, dims = [0, 1, 2, 3] : (tensor<2x1x1x4xf32>) -> tensor<2x1x2x4xf32>
    %54 = stablehlo.multiply %50, %53 : tensor<2x1x2x4xf32>
    %55 = stablehlo.add %54, %52 : tensor<2x1x2x4xf32>
    %56 = stablehlo.multiply %50, %51 : tensor<2x1x2x4xf32>
    %57 = stablehlo.multiply %49, %53 : tensor<2x1x2x4xf32>
    %58 = stablehlo.subtract %57, %56 : tensor<2x1x2x4xf32>
    %59 = stablehlo.concatenate %58, %55, dim = 3 : (tensor<2x1x2x4xf32>, tensor<2x1x2x4xf32>) -> tensor<2x1x2x8xf32>
    %60 = sdy.sharding_constraint %47 <@mesh, [{"fsdp", "dp"}, {}, {"tp"}, {}]> : tensor<2x1x4x8xf32>
    %61 = sdy.sharding_constraint %59 <@mesh, [{"fsdp", "dp"}, {}, {"tp"}, {}]> : tensor<2x1x2x8xf32>
    %62 = sdy.sharding_constraint %25 <@mesh, [{"fsdp", "dp"}, {}, {"tp"}, {}]> : tensor<2x1x2x8xf32>
    %63 = stablehlo.constant dense<0> : tensor<i32>
    %64 = stablehlo.dynamic_update_slice %arg3, %61, %63, %arg2, %63, %63 : (tensor<2x16x2x8xf32>, tensor<2x1x2x8xf32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<2x16x2x8xf32>
    %65 = stablehlo.dynamic_update_slice %arg4, %62, %63, %arg2, %63, %63 : (tensor<2x16x2x8xf32>, tensor<2x1x2x8xf32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<2x16x2x8xf32>
    %66 = stablehlo.reshape %60 : (tensor<2x1x4x8xf32>) -> tensor<2x1x2x2x8xf32>
    %67 = stablehlo.dot_general %66, %64, batching_dims = [0, 2] x [0, 2], contracting_dims = [4] x [3], precision = [HIGHEST, HIGHEST] : (tensor<2x1x2x2x8xf32>, tensor<2x16x2x8xf32>) -> tensor<2x2x1x2x16xf32>
    %68 = stablehlo.transpose %67, dims = [0, 1, 3, 2, 4] : (tensor<2x2x1x2x16xf32>) -> tensor<2x2x2x1x16xf32>
    %69 = stablehlo.constant dense<0.35355338> : tensor<f32>
    %70 = stablehlo.broadcast_in_dim %69, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x16xf32>
    %71 = stablehlo.multiply %68, %70 : tensor<2x2x2x1x16xf32>
    %72 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %73 = stablehlo.broadcast_in_dim %72, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x16xf32>
    %74 = stablehlo.iota dim = 4 : tensor<1x1x1x1x16xi32>
    %75 = stablehlo.iota dim = 3 : tensor<1x1x1x1x16xi32>
    %76 = stablehlo.broadcast_in_dim %arg2, dims = [] : (tensor<i32>) -> tensor<1x1x1x1x16xi32>
    %77 = stablehlo.add %75, %76 : tensor<1x1x1x1x16xi32>
    %78 = stablehlo.compare EQ, %74, %74, SIGNED : (tensor<1x1x1x1x16xi32>, tensor<1x1x1x1x16xi32>) -> tensor<1x1x1x1x16xi1>
    %79 = stablehlo.compare LE, %74, %77, SIGNED : (tensor<1x1x1x1x16xi32>, tensor<1x1x1x1x16xi32>) -> tensor<1x1x1x1x16xi1>
    %80 = stablehlo.and %78, %79 : tensor<1x1x1x1x16xi1>
    %81 = stablehlo.broadcast_in_dim %80, dims = [0, 1, 2, 3, 4] : (tensor<1x1x1x1x16xi1>) -> tensor<2x2x2x1x16xi1>
    %82 = stablehlo.select %81, %71, %73 : tensor<2x2x2x1x16xi1>, tensor<2x2x2x1x16xf32>
    %83 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %84 = "stablehlo.reduce"(%82, %83) <{dimensions = array<i64: 4>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.maximum %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x2x2x1x16xf32>, tensor<f32>) -> tensor<2x2x2x1xf32>
    %85 = stablehlo.reshape %84 : (tensor<2x2x2x1xf32>) -> tensor<2x2x2x1x1xf32>
    %86 = stablehlo.broadcast_in_dim %72, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x1xf32>
    %87 = stablehlo.compare EQ, %85, %86, FLOAT : (tensor<2x2x2x1x1xf32>, tensor<2x2x2x1x1xf32>) -> tensor<2x2x2x1x1xi1>
    %88 = stablehlo.broadcast_in_dim %13, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x1xf32>
    %89 = stablehlo.select %87, %88, %85 : tensor<2x2x2x1x1xi1>, tensor<2x2x2x1x1xf32>
    %90 = stablehlo.broadcast_in_dim %89, dims = [0, 1, 2, 3, 4] : (tensor<2x2x2x1x1xf32>) -> tensor<2x2x2x1x16xf32>
    %91 = stablehlo.subtract %82, %90 : tensor<2x2x2x1x16xf32>
    %92 = stablehlo.exponential %91 : tensor<2x2x2x1x16xf32>
    %93 = stablehlo.constant dense<0.0> : tensor<f32>
    %94 = "stablehlo.reduce"(%92, %93) <{dimensions = array<i64: 4>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.add %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x2x2x1x16xf32>, tensor<f32>) -> tensor<2x2x2x1xf32>
    %95 = stablehlo.reshape %94 : (tensor<2x2x2x1xf32>) -> tensor<2x2x2x1x1xf32>
    %96 = stablehlo.constant dense<1.0> : tensor<f32>
    %97 = stablehlo.broadcast_in_dim %96, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x1xf32>
    %98 = stablehlo.select %87, %97, %95 : tensor<2x2x2x1x1xi1>, tensor<2x2x2x1x1xf32>
    %99 = stablehlo.broadcast_in_dim %98, dims = [0, 1, 2, 3, 4] : (tensor<2x2x2x1x1xf32>) -> tensor<2x2x2x1x16xf32>
    %100 = stablehlo.divide %92, %99 : tensor<2x2x2x1x16xf32>
    %101 = stablehlo.dot_general %100, %65, batching_dims = [0, 1] x [0, 2], contracting_dims = [4] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x2x2x1x16xf32>, tensor<2x16x2x8xf32>) -> tensor<2x2x2x1x8xf32>
    %102 = stablehlo.transpose %101, dims = [0, 3, 1, 2, 4] : (tensor<2x2x2x1x8xf32>) -> tensor<2x1x2x2x8xf32>
    %103 = stablehlo.reshape %102 : (tensor<2x1x2x2x8xf32>) -> tensor<2x1x4x8xf32>
    %104 = sdy.sharding_constraint %103 <@mesh, [{"fsdp", "dp"}, {}, {"tp"}, {}]> : tensor<2x1x4x8xf32>
    %105 = stablehlo.reshape %104 : (tensor<2x1x4x8xf32>) -> tensor<2x1x32xf32>
    %106 = stablehlo.dot_general %105, %arg12, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<32x32xf32>) -> tensor<2x1x32xf32>
    %107 = stablehlo.add %1, %106 : tensor<2x1x32xf32>
    %108 = stablehlo.multiply %107, %107 : tensor<2x1x32xf32>
    %109 = stablehlo.constant dense<0.0> : tensor<f32>
    %110 = "stablehlo.reduce"(%108, %109) <{dimensions = array<i64: 2>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.add %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x1x32xf32>, tensor<f32>) -> tensor<2x1xf32>
    %111 = stablehlo.reshape %110 : (tensor<2x1xf32>) -> tensor<2x1x1xf32>
    %112 = stablehlo.divide %111, %7 : tensor<2x1x1xf32>
    %113 = stablehlo.add %112, %10 : tensor<2x1x1xf32>
    %114 = stablehlo.rsqrt %113 : tensor<2x1x1xf32>
    %115 = stablehlo.add %arg13, %14 : tensor<32xf32>
    %116 = stablehlo.broadcast_in_dim %114, dims = [0, 1, 2] : (tensor<2x1x1xf32>) -> tensor<2x1x32xf32>
    %117 = stablehlo.multiply %107, %116 : tensor<2x1x32xf32>
    %118 = stablehlo.broadcast_in_dim %115, dims = [2] : (tensor<32xf32>) -> tensor<2x1x32xf32>
    %119 = stablehlo.multiply %117, %118 : tensor<2x1x32xf32>
    %120 = stablehlo.dot_general %119, %arg14, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<48x32xf32>) -> tensor<2x1x48xf32>
    %121 = stablehlo.dot_general %119, %arg15, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<48x32xf32>) -> tensor<2x1x48xf32>
    %122 = stablehlo.logistic %121 : tensor<2x1x48xf32>
    %123 = stablehlo.multiply %121, %122 : tensor<2x1x48xf32>
    %124 = stablehlo.multiply %123, %120 : tensor<2x1x48xf32>
    %125 = stablehlo.dot_general %124, %arg16, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x48xf32>, tensor<32x48xf32>) -> tensor<2x1x32xf32>
    %126 = stablehlo.add %107, %125 : tensor<2x1x32xf32>
    %127 = sdy.sharding_constraint %126 <@mesh, [{"fsdp", "dp"}, {}, {}]> : tensor<2x1x32xf32>
    %128 = stablehlo.multiply %127, %127 : tensor<2x1x32xf32>
    %129 = stablehlo.constant dense<0.0> : tensor<f32>
    %130 = "stablehlo.reduce"(%128, %129) <{dimensions = array<i64: 2>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.add %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x1x32xf32>, tensor<f32>) -> tensor<2x1xf32>
    %131 = stablehlo.reshape %130 : (tensor<2x1xf32>) -> tensor<2x1x1xf32>
    %132 = stablehlo.divide %131, %7 : tensor<2x1x1xf32>
    %133 = stablehlo.add %132, %10 : tensor<2x1x1xf32>
    %134 = stablehlo.rsqrt %133 : tensor<2x1x1xf32>
    %135 = stablehlo.add %arg17, %14 : tensor<32xf32>
    %136 = stablehlo.broadcast_in_dim %134, dims = [0, 1, 2] : (tensor<2x1x1xf32>) -> tensor<2x1x32xf32>
    %137 = stablehlo.multiply %127, %136 : tensor<2x1x32xf32>
    %138 = stablehlo.broadcast_in_dim %135, dims = [2] : (tensor<32xf32>) -> tensor<2x1x32xf32>
    %139 = stablehlo.multiply %137, %138 : tensor<2x1x32xf32>
    %140 = stablehlo.dot_general %139, %arg18, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<32x32xf32>) -> tensor<2x1x32xf32>
    %141 = stablehlo.reshape %140 : (tensor<2x1x32xf32>) -> tensor<2x1x4x8xf32>
    %142 = stablehlo.dot_general %139, %arg19, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<16x32xf32>) -> tensor<2x1x16xf32>
    %143 = stablehlo.reshape %142 : (tensor<2x1x16xf32>) -> tensor<2x1x2x8xf32>
    %144 = stablehlo.dot_general %139, %arg20, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<16x32xf32>) -> tensor<2x1x16xf32>
    %145 = stablehlo.reshape %144 : (tensor<2x1x16xf32>) -> tensor<2x1x2x8xf32>
    %146 = stablehlo.slice %141 [0:2:1, 0:1:1, 0:4:1, 0:8:1] : (tensor<2x1x4x8xf32>) -> tensor<2x1x4x8xf32>
    %147 = stablehlo.slice %146 [0:2:1, 0:1:1, 0:4:1, 0:4:1] : (tensor<2x1x4x8xf32>) -> tensor<2x1x4x4xf32>
    %148 = stablehlo.slice %146 [0:2:1, 0:1:1, 0:4:1, 4:8:1] : (tensor<2x1x4x8xf32>) -> tensor<2x1x4x4xf32>
    %149 = stablehlo.multiply %147, %39 : tensor<2x1x4x4xf32>
    %150 = stablehlo.multiply %148, %41 : tensor<2x1x4x4xf32>
    %151 = stablehlo.add %150, %149 : tensor<2x1x4x4xf32>
    %152 = stablehlo.multiply %148, %39 : tensor<2x1x4x4xf32>
    %153 = stablehlo.multiply %147, %41 : tensor<2x1x4x4xf32>
    %154 = stablehlo.subtract %153, %152 : tensor<2x1x4x4xf32>
    %155 = stablehlo.concatenate %154, %151, dim = 3 : (tensor<2x1x4x4xf32>, tensor<2x1x4x4xf32>) -> tensor<2x1x4x8xf32>
    %156 = stablehlo.slice %143 [0:2:1, 0:1:1, 0:2:1, 0:8:1] : (tensor<2x1x2x8xf32>) -> tensor<2x1x2x8xf32>
    %157 = stablehlo.slice %156 [0:2:1, 0:1:1, 0:2:1, 0:4:1] : (tensor<2x1x2x8xf32>) -> tensor<2x1x2x4xf32>
    %158 = stablehlo.slice %156 [0:2:1, 0:1:1, 0:2:1, 4:8:1] : (tensor<2x1x2x8xf32>) -> tensor<2x1x2x4xf32>
    %159 = stablehlo.multiply %157, %51 : tensor<2x1x2x4xf32>
    %160 = stablehlo.multiply %158, %53 : tensor<2x1x2x4xf32>
    %161 = stablehlo.add %160, %159 : tensor<2x1x2x4xf32>
    %162 = stablehlo.multiply %158, %51 : tensor<2x1x2x4xf32>
    %163 = stablehlo.multiply %157, %53 : tensor<2x1x2x4xf32>
    %164 = stablehlo.subtract %163, %162 : tensor<2x1x2x4xf32>
    %165 = stablehlo.concatenate %164, %161, dim = 3 : (tensor<2x1x2x4xf32>, tensor<2x1x2x4xf32>) -> tensor<2x1x2x8xf32>
    %166 = sdy.sharding_constraint %155 <@mesh, [{"fsdp", "dp"}, {}, {"tp"}, {}]> : tensor<2x1x4x8xf32>
    %167 = sdy.sharding_constraint %165 <@mesh, [{"fsdp", "dp"}, {}, {"tp"}, {}]> : tensor<2x1x2x8xf32>
    %168 = sdy.sharding_constraint %145 <@mesh, [{"fsdp", "dp"}, {}, {"tp"}, {}]> : tensor<2x1x2x8xf32>
    %169 = stablehlo.dynamic_update_slice %arg5, %167, %63, %arg2, %63, %63 : (tensor<2x16x2x8xf32>, tensor<2x1x2x8xf32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<2x16x2x8xf32>
    %170 = stablehlo.dynamic_update_slice %arg6, %168, %63, %arg2, %63, %63 : (tensor<2x16x2x8xf32>, tensor<2x1x2x8xf32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<2x16x2x8xf32>
    %171 = stablehlo.reshape %166 : (tensor<2x1x4x8xf32>) -> tensor<2x1x2x2x8xf32>
    %172 = stablehlo.dot_general %171, %169, batching_dims = [0, 2] x [0, 2], contracting_dims = [4] x [3], precision = [HIGHEST, HIGHEST] : (tensor<2x1x2x2x8xf32>, tensor<2x16x2x8xf32>) -> tensor<2x2x1x2x16xf32>
    %173 = stablehlo.transpose %172, dims = [0, 1, 3, 2, 4] : (tensor<2x2x1x2x16xf32>) -> tensor<2x2x2x1x16xf32>
    %174 = stablehlo.multiply %173, %70 : tensor<2x2x2x1x16xf32>
    %175 = stablehlo.select %81, %174, %73 : tensor<2x2x2x1x16xi1>, tensor<2x2x2x1x16xf32>
    %176 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %177 = "stablehlo.reduce"(%175, %176) <{dimensions = array<i64: 4>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.maximum %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x2x2x1x16xf32>, tensor<f32>) -> tensor<2x2x2x1xf32>
    %178 = stablehlo.reshape %177 : (tensor<2x2x2x1xf32>) -> tensor<2x2x2x1x1xf32>
    %179 = stablehlo.compare EQ, %178, %86, FLOAT : (tensor<2x2x2x1x1xf32>, tensor<2x2x2x1x1xf32>) -> tensor<2x2x2x1x1xi1>
    %180 = stablehlo.select %179, %88, %178 : tensor<2x2x2x1x1xi1>, tensor<2x2x2x1x1xf32>
    %181 = stablehlo.broadcast_in_dim %180, dims = [0, 1, 2, 3, 4] : (tensor<2x2x2x1x1xf32>) -> tensor<2x2x2x1x16xf32>
    %182 = stablehlo.subtract %175, %181 : tensor<2x2x2x1x16xf32>
    %183 = stablehlo.exponential %182 : tensor<2x2x2x1x16xf32>
    %184 = stablehlo.constant dense<0.0> : tensor<f32>
    %185 = "stablehlo.reduce"(%183, %184) <{dimensions = array<i64: 4>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.add %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x2x2x1x16xf32>, tensor<f32>) -> tensor<2x2x2x1xf32>
    %186 = stablehlo.reshape %185 : (tensor<2x2x2x1xf32>) -> tensor<2x2x2x1x1xf32>
    %187 = stablehlo.select %179, %97, %186 : tensor<2x2x2x1x1xi1>, tensor<2x2x2x1x1xf32>
    %188 = stablehlo.broadcast_in_dim %187, dims = [0, 1, 2, 3, 4] : (tensor<2x2x2x1x1xf32>) -> tensor<2x2x2x1x16xf32>
    %189 = stablehlo.divide %183, %188 : tensor<2x2x2x1x16xf32>
    %190 = stablehlo.dot_general %189, %170, batching_dims = [0, 1] x [0, 2], contracting_dims = [4] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x2x2x1x16xf32>, tensor<2x16x2x8xf32>) -> tensor<2x2x2x1x8xf32>
    %191 = stablehlo.transpose %190, dims = [0, 3, 1, 2, 4] : (tensor<2x2x2x1x8xf32>) -> tensor<2x1x2x2x8xf32>
    %192 = stablehlo.reshape %191 : (tensor<2x1x2x2x8xf32>) -> tensor<2x1x4x8xf32>
    %193 = sdy.sharding_constraint %192 <@mesh, [{"fsdp", "dp"}, {}, {"tp"}, {}]> : tensor<2x1x4x8xf32>
    %194 = stablehlo.reshape %193 : (tensor<2x1x4x8xf32>) -> tensor<2x1x32xf32>
    %195 = stablehlo.dot_general %194, %arg21, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<32x32xf32>) -> tensor<2x1x32xf32>
    %196 = stablehlo.add %127, %195 : tensor<2x1x32xf32>
    %197 = stablehlo.multiply %196, %196 : tensor<2x1x32xf32>
    %198 = stablehlo.constant dense<0.0> : tensor<f32>
    %199 = "stablehlo.reduce"(%197, %198) <{dimensions = array<i64: 2>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.add %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x1x32xf32>, tensor<f32>) -> tensor<2x1xf32>
    %200 = stablehlo.reshape %199 : (tensor<2x1xf32>) -> tensor<2x1x1xf32>
    %201 = stablehlo.divide %200, %7 : tensor<2x1x1xf32>
    %202 = stablehlo.add %201, %10 : tensor<2x1x1xf32>
    %203 = stablehlo.rsqrt %202 : tensor<2x1x1xf32>
    %204 = stablehlo.add %arg22, %14 : tensor<32xf32>
    %205 = stablehlo.broadcast_in_dim %203, dims = [0, 1, 2] : (tensor<2x1x1xf32>) -> tensor<2x1x32xf32>
    %206 = stablehlo.multiply %196, %205 : tensor<2x1x32xf32>
    %207 = stablehlo.broadcast_in_dim %204, dims = [2] : (tensor<32xf32>) -> tensor<2x1x32xf32>
    %208 = stablehlo.multiply %206, %207 : tensor<2x1x32xf32>
    %209 = stablehlo.dot_general %208, %arg23, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<48x32xf32>) -> tensor<2x1x48xf32>
    %210 = stablehlo.dot_general %208, %arg24, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<48x32xf32>) -> tensor<2x1x48xf32>
    %211 = stablehlo.logistic %210 : tensor<2x1x48xf32>
    %212 = stablehlo.multiply %210, %211 : tensor<2x1x48xf32>
    %213 = stablehlo.multiply %212, %209 : tensor<2x1x48xf32>
    %214 = stablehlo.dot_general %213, %arg25, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x48xf32>, tensor<32x48xf32>) -> tensor<2x1x32xf32>
    %215 = stablehlo.add %196, %214 : tensor<2x1x32xf32>
    %216 = sdy.sharding_constraint %215 <@mesh, [{"fsdp", "dp"}, {}, {}]> : tensor<2x1x32xf32>
    %217 = stablehlo.multiply %216, %216 : tensor<2x1x32xf32>
    %218 = stablehlo.constant dense<0.0> : tensor<f32>
    %219 = "stablehlo.reduce"(%217, %218) <{dimensions = array<i64: 2>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.add %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x1x32xf32>, tensor<f32>) -> tensor<2x1xf32>
    %220 = stablehlo.reshape %219 : (tensor<2x1xf32>) -> tensor<2x1x1xf32>
    %221 = stablehlo.divide %220, %7 : tensor<2x1x1xf32>
    %222 = stablehlo.add %221, %10 : tensor<2x1x1xf32>
    %223 = stablehlo.rsqrt %222 : tensor<2x1x1xf32>
    %224 = stablehlo.add %arg26, %14 : tensor<32xf32>
    %225 = stablehlo.broadcast_in_dim %223, dims = [0, 1, 2] : (tensor<2x1x1xf32>) -> tensor<2x1x32xf32>
    %226 = stablehlo.multiply %216, %225 : tensor<2x1x32xf32>
    %227 = stablehlo.broadcast_in_dim %224, dims = [2] : (tensor<32xf32>) -> tensor<2x1x32xf32>
    %228 = stablehlo.multiply %226, %227 : tensor<2x1x32xf32>
    %229 = stablehlo.dot_general %228, %arg7, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<96x32xf32>) -> tensor<2x1x96xf32>
    func.return %229, %64, %65, %169, %170 : tensor<2x1x96xf32>, tensor<2x16x2x8xf32>, tensor<2x16x2x8xf32>, tensor<2x16x2x8xf32>, tensor<2x16x2x8xf32>
  }
}

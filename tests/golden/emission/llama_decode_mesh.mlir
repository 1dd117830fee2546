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
    %67 = stablehlo.iota dim = 1 : tensor<8x8xi32>
    %68 = stablehlo.iota dim = 0 : tensor<8x8xi32>
    %69 = stablehlo.compare EQ, %68, %67, SIGNED : (tensor<8x8xi32>, tensor<8x8xi32>) -> tensor<8x8xi1>
    %70 = stablehlo.convert %69 : (tensor<8x8xi1>) -> tensor<8x8xf32>
    %71 = stablehlo.constant dense<0.35355338> : tensor<f32>
    %72 = stablehlo.broadcast_in_dim %71, dims = [] : (tensor<f32>) -> tensor<8x8xf32>
    %73 = stablehlo.multiply %70, %72 : tensor<8x8xf32>
    %74 = stablehlo.dot_general %66, %73, contracting_dims = [4] x [0], precision = [HIGHEST, HIGHEST] : (tensor<2x1x2x2x8xf32>, tensor<8x8xf32>) -> tensor<2x1x2x2x8xf32>
    %75 = stablehlo.reshape %64 : (tensor<2x16x2x8xf32>) -> tensor<2x16x2x1x8xf32>
    %76 = stablehlo.broadcast_in_dim %74, dims = [0, 1, 2, 3, 4] : (tensor<2x1x2x2x8xf32>) -> tensor<2x16x2x2x8xf32>
    %77 = stablehlo.broadcast_in_dim %75, dims = [0, 1, 2, 3, 4] : (tensor<2x16x2x1x8xf32>) -> tensor<2x16x2x2x8xf32>
    %78 = stablehlo.multiply %76, %77 : tensor<2x16x2x2x8xf32>
    %79 = stablehlo.constant dense<0.0> : tensor<f32>
    %80 = "stablehlo.reduce"(%78, %79) <{dimensions = array<i64: 4>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.add %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x16x2x2x8xf32>, tensor<f32>) -> tensor<2x16x2x2xf32>
    %81 = stablehlo.transpose %80, dims = [0, 2, 3, 1] : (tensor<2x16x2x2xf32>) -> tensor<2x2x2x16xf32>
    %82 = stablehlo.reshape %81 : (tensor<2x2x2x16xf32>) -> tensor<2x2x2x1x16xf32>
    %83 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %84 = stablehlo.broadcast_in_dim %83, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x16xf32>
    %85 = stablehlo.iota dim = 4 : tensor<1x1x1x1x16xi32>
    %86 = stablehlo.iota dim = 3 : tensor<1x1x1x1x16xi32>
    %87 = stablehlo.broadcast_in_dim %arg2, dims = [] : (tensor<i32>) -> tensor<1x1x1x1x16xi32>
    %88 = stablehlo.add %86, %87 : tensor<1x1x1x1x16xi32>
    %89 = stablehlo.compare EQ, %85, %85, SIGNED : (tensor<1x1x1x1x16xi32>, tensor<1x1x1x1x16xi32>) -> tensor<1x1x1x1x16xi1>
    %90 = stablehlo.compare LE, %85, %88, SIGNED : (tensor<1x1x1x1x16xi32>, tensor<1x1x1x1x16xi32>) -> tensor<1x1x1x1x16xi1>
    %91 = stablehlo.and %89, %90 : tensor<1x1x1x1x16xi1>
    %92 = stablehlo.broadcast_in_dim %91, dims = [0, 1, 2, 3, 4] : (tensor<1x1x1x1x16xi1>) -> tensor<2x2x2x1x16xi1>
    %93 = stablehlo.select %92, %82, %84 : tensor<2x2x2x1x16xi1>, tensor<2x2x2x1x16xf32>
    %94 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %95 = "stablehlo.reduce"(%93, %94) <{dimensions = array<i64: 4>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.maximum %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x2x2x1x16xf32>, tensor<f32>) -> tensor<2x2x2x1xf32>
    %96 = stablehlo.reshape %95 : (tensor<2x2x2x1xf32>) -> tensor<2x2x2x1x1xf32>
    %97 = stablehlo.broadcast_in_dim %83, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x1xf32>
    %98 = stablehlo.compare EQ, %96, %97, FLOAT : (tensor<2x2x2x1x1xf32>, tensor<2x2x2x1x1xf32>) -> tensor<2x2x2x1x1xi1>
    %99 = stablehlo.broadcast_in_dim %13, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x1xf32>
    %100 = stablehlo.select %98, %99, %96 : tensor<2x2x2x1x1xi1>, tensor<2x2x2x1x1xf32>
    %101 = stablehlo.broadcast_in_dim %100, dims = [0, 1, 2, 3, 4] : (tensor<2x2x2x1x1xf32>) -> tensor<2x2x2x1x16xf32>
    %102 = stablehlo.subtract %93, %101 : tensor<2x2x2x1x16xf32>
    %103 = stablehlo.exponential %102 : tensor<2x2x2x1x16xf32>
    %104 = stablehlo.constant dense<0.0> : tensor<f32>
    %105 = "stablehlo.reduce"(%103, %104) <{dimensions = array<i64: 4>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.add %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x2x2x1x16xf32>, tensor<f32>) -> tensor<2x2x2x1xf32>
    %106 = stablehlo.reshape %105 : (tensor<2x2x2x1xf32>) -> tensor<2x2x2x1x1xf32>
    %107 = stablehlo.constant dense<1.0> : tensor<f32>
    %108 = stablehlo.broadcast_in_dim %107, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x1xf32>
    %109 = stablehlo.select %98, %108, %106 : tensor<2x2x2x1x1xi1>, tensor<2x2x2x1x1xf32>
    %110 = stablehlo.broadcast_in_dim %109, dims = [0, 1, 2, 3, 4] : (tensor<2x2x2x1x1xf32>) -> tensor<2x2x2x1x16xf32>
    %111 = stablehlo.divide %103, %110 : tensor<2x2x2x1x16xf32>
    %112 = stablehlo.reshape %111 : (tensor<2x2x2x1x16xf32>) -> tensor<2x2x2x16xf32>
    %113 = stablehlo.transpose %112, dims = [0, 3, 1, 2] : (tensor<2x2x2x16xf32>) -> tensor<2x16x2x2xf32>
    %114 = stablehlo.reshape %65 : (tensor<2x16x2x8xf32>) -> tensor<2x16x2x1x8xf32>
    %115 = stablehlo.reshape %113 : (tensor<2x16x2x2xf32>) -> tensor<2x16x2x2x1xf32>
    %116 = stablehlo.broadcast_in_dim %115, dims = [0, 1, 2, 3, 4] : (tensor<2x16x2x2x1xf32>) -> tensor<2x16x2x2x8xf32>
    %117 = stablehlo.broadcast_in_dim %114, dims = [0, 1, 2, 3, 4] : (tensor<2x16x2x1x8xf32>) -> tensor<2x16x2x2x8xf32>
    %118 = stablehlo.multiply %116, %117 : tensor<2x16x2x2x8xf32>
    %119 = stablehlo.constant dense<0.0> : tensor<f32>
    %120 = "stablehlo.reduce"(%118, %119) <{dimensions = array<i64: 1>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.add %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x16x2x2x8xf32>, tensor<f32>) -> tensor<2x2x2x8xf32>
    %121 = stablehlo.reshape %120 : (tensor<2x2x2x8xf32>) -> tensor<2x1x2x2x8xf32>
    %122 = stablehlo.reshape %121 : (tensor<2x1x2x2x8xf32>) -> tensor<2x1x4x8xf32>
    %123 = sdy.sharding_constraint %122 <@mesh, [{"fsdp", "dp"}, {}, {"tp"}, {}]> : tensor<2x1x4x8xf32>
    %124 = stablehlo.reshape %123 : (tensor<2x1x4x8xf32>) -> tensor<2x1x32xf32>
    %125 = stablehlo.dot_general %124, %arg12, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<32x32xf32>) -> tensor<2x1x32xf32>
    %126 = stablehlo.add %1, %125 : tensor<2x1x32xf32>
    %127 = stablehlo.multiply %126, %126 : tensor<2x1x32xf32>
    %128 = stablehlo.constant dense<0.0> : tensor<f32>
    %129 = "stablehlo.reduce"(%127, %128) <{dimensions = array<i64: 2>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.add %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x1x32xf32>, tensor<f32>) -> tensor<2x1xf32>
    %130 = stablehlo.reshape %129 : (tensor<2x1xf32>) -> tensor<2x1x1xf32>
    %131 = stablehlo.divide %130, %7 : tensor<2x1x1xf32>
    %132 = stablehlo.add %131, %10 : tensor<2x1x1xf32>
    %133 = stablehlo.rsqrt %132 : tensor<2x1x1xf32>
    %134 = stablehlo.add %arg13, %14 : tensor<32xf32>
    %135 = stablehlo.broadcast_in_dim %133, dims = [0, 1, 2] : (tensor<2x1x1xf32>) -> tensor<2x1x32xf32>
    %136 = stablehlo.multiply %126, %135 : tensor<2x1x32xf32>
    %137 = stablehlo.broadcast_in_dim %134, dims = [2] : (tensor<32xf32>) -> tensor<2x1x32xf32>
    %138 = stablehlo.multiply %136, %137 : tensor<2x1x32xf32>
    %139 = stablehlo.dot_general %138, %arg14, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<48x32xf32>) -> tensor<2x1x48xf32>
    %140 = stablehlo.dot_general %138, %arg15, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<48x32xf32>) -> tensor<2x1x48xf32>
    %141 = stablehlo.logistic %140 : tensor<2x1x48xf32>
    %142 = stablehlo.multiply %140, %141 : tensor<2x1x48xf32>
    %143 = stablehlo.multiply %142, %139 : tensor<2x1x48xf32>
    %144 = stablehlo.dot_general %143, %arg16, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x48xf32>, tensor<32x48xf32>) -> tensor<2x1x32xf32>
    %145 = stablehlo.add %126, %144 : tensor<2x1x32xf32>
    %146 = sdy.sharding_constraint %145 <@mesh, [{"fsdp", "dp"}, {}, {}]> : tensor<2x1x32xf32>
    %147 = stablehlo.multiply %146, %146 : tensor<2x1x32xf32>
    %148 = stablehlo.constant dense<0.0> : tensor<f32>
    %149 = "stablehlo.reduce"(%147, %148) <{dimensions = array<i64: 2>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.add %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x1x32xf32>, tensor<f32>) -> tensor<2x1xf32>
    %150 = stablehlo.reshape %149 : (tensor<2x1xf32>) -> tensor<2x1x1xf32>
    %151 = stablehlo.divide %150, %7 : tensor<2x1x1xf32>
    %152 = stablehlo.add %151, %10 : tensor<2x1x1xf32>
    %153 = stablehlo.rsqrt %152 : tensor<2x1x1xf32>
    %154 = stablehlo.add %arg17, %14 : tensor<32xf32>
    %155 = stablehlo.broadcast_in_dim %153, dims = [0, 1, 2] : (tensor<2x1x1xf32>) -> tensor<2x1x32xf32>
    %156 = stablehlo.multiply %146, %155 : tensor<2x1x32xf32>
    %157 = stablehlo.broadcast_in_dim %154, dims = [2] : (tensor<32xf32>) -> tensor<2x1x32xf32>
    %158 = stablehlo.multiply %156, %157 : tensor<2x1x32xf32>
    %159 = stablehlo.dot_general %158, %arg18, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<32x32xf32>) -> tensor<2x1x32xf32>
    %160 = stablehlo.reshape %159 : (tensor<2x1x32xf32>) -> tensor<2x1x4x8xf32>
    %161 = stablehlo.dot_general %158, %arg19, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<16x32xf32>) -> tensor<2x1x16xf32>
    %162 = stablehlo.reshape %161 : (tensor<2x1x16xf32>) -> tensor<2x1x2x8xf32>
    %163 = stablehlo.dot_general %158, %arg20, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<16x32xf32>) -> tensor<2x1x16xf32>
    %164 = stablehlo.reshape %163 : (tensor<2x1x16xf32>) -> tensor<2x1x2x8xf32>
    %165 = stablehlo.slice %160 [0:2:1, 0:1:1, 0:4:1, 0:8:1] : (tensor<2x1x4x8xf32>) -> tensor<2x1x4x8xf32>
    %166 = stablehlo.slice %165 [0:2:1, 0:1:1, 0:4:1, 0:4:1] : (tensor<2x1x4x8xf32>) -> tensor<2x1x4x4xf32>
    %167 = stablehlo.slice %165 [0:2:1, 0:1:1, 0:4:1, 4:8:1] : (tensor<2x1x4x8xf32>) -> tensor<2x1x4x4xf32>
    %168 = stablehlo.multiply %166, %39 : tensor<2x1x4x4xf32>
    %169 = stablehlo.multiply %167, %41 : tensor<2x1x4x4xf32>
    %170 = stablehlo.add %169, %168 : tensor<2x1x4x4xf32>
    %171 = stablehlo.multiply %167, %39 : tensor<2x1x4x4xf32>
    %172 = stablehlo.multiply %166, %41 : tensor<2x1x4x4xf32>
    %173 = stablehlo.subtract %172, %171 : tensor<2x1x4x4xf32>
    %174 = stablehlo.concatenate %173, %170, dim = 3 : (tensor<2x1x4x4xf32>, tensor<2x1x4x4xf32>) -> tensor<2x1x4x8xf32>
    %175 = stablehlo.slice %162 [0:2:1, 0:1:1, 0:2:1, 0:8:1] : (tensor<2x1x2x8xf32>) -> tensor<2x1x2x8xf32>
    %176 = stablehlo.slice %175 [0:2:1, 0:1:1, 0:2:1, 0:4:1] : (tensor<2x1x2x8xf32>) -> tensor<2x1x2x4xf32>
    %177 = stablehlo.slice %175 [0:2:1, 0:1:1, 0:2:1, 4:8:1] : (tensor<2x1x2x8xf32>) -> tensor<2x1x2x4xf32>
    %178 = stablehlo.multiply %176, %51 : tensor<2x1x2x4xf32>
    %179 = stablehlo.multiply %177, %53 : tensor<2x1x2x4xf32>
    %180 = stablehlo.add %179, %178 : tensor<2x1x2x4xf32>
    %181 = stablehlo.multiply %177, %51 : tensor<2x1x2x4xf32>
    %182 = stablehlo.multiply %176, %53 : tensor<2x1x2x4xf32>
    %183 = stablehlo.subtract %182, %181 : tensor<2x1x2x4xf32>
    %184 = stablehlo.concatenate %183, %180, dim = 3 : (tensor<2x1x2x4xf32>, tensor<2x1x2x4xf32>) -> tensor<2x1x2x8xf32>
    %185 = sdy.sharding_constraint %174 <@mesh, [{"fsdp", "dp"}, {}, {"tp"}, {}]> : tensor<2x1x4x8xf32>
    %186 = sdy.sharding_constraint %184 <@mesh, [{"fsdp", "dp"}, {}, {"tp"}, {}]> : tensor<2x1x2x8xf32>
    %187 = sdy.sharding_constraint %164 <@mesh, [{"fsdp", "dp"}, {}, {"tp"}, {}]> : tensor<2x1x2x8xf32>
    %188 = stablehlo.dynamic_update_slice %arg5, %186, %63, %arg2, %63, %63 : (tensor<2x16x2x8xf32>, tensor<2x1x2x8xf32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<2x16x2x8xf32>
    %189 = stablehlo.dynamic_update_slice %arg6, %187, %63, %arg2, %63, %63 : (tensor<2x16x2x8xf32>, tensor<2x1x2x8xf32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<2x16x2x8xf32>
    %190 = stablehlo.reshape %185 : (tensor<2x1x4x8xf32>) -> tensor<2x1x2x2x8xf32>
    %191 = stablehlo.dot_general %190, %73, contracting_dims = [4] x [0], precision = [HIGHEST, HIGHEST] : (tensor<2x1x2x2x8xf32>, tensor<8x8xf32>) -> tensor<2x1x2x2x8xf32>
    %192 = stablehlo.reshape %188 : (tensor<2x16x2x8xf32>) -> tensor<2x16x2x1x8xf32>
    %193 = stablehlo.broadcast_in_dim %191, dims = [0, 1, 2, 3, 4] : (tensor<2x1x2x2x8xf32>) -> tensor<2x16x2x2x8xf32>
    %194 = stablehlo.broadcast_in_dim %192, dims = [0, 1, 2, 3, 4] : (tensor<2x16x2x1x8xf32>) -> tensor<2x16x2x2x8xf32>
    %195 = stablehlo.multiply %193, %194 : tensor<2x16x2x2x8xf32>
    %196 = stablehlo.constant dense<0.0> : tensor<f32>
    %197 = "stablehlo.reduce"(%195, %196) <{dimensions = array<i64: 4>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.add %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x16x2x2x8xf32>, tensor<f32>) -> tensor<2x16x2x2xf32>
    %198 = stablehlo.transpose %197, dims = [0, 2, 3, 1] : (tensor<2x16x2x2xf32>) -> tensor<2x2x2x16xf32>
    %199 = stablehlo.reshape %198 : (tensor<2x2x2x16xf32>) -> tensor<2x2x2x1x16xf32>
    %200 = stablehlo.select %92, %199, %84 : tensor<2x2x2x1x16xi1>, tensor<2x2x2x1x16xf32>
    %201 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %202 = "stablehlo.reduce"(%200, %201) <{dimensions = array<i64: 4>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.maximum %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x2x2x1x16xf32>, tensor<f32>) -> tensor<2x2x2x1xf32>
    %203 = stablehlo.reshape %202 : (tensor<2x2x2x1xf32>) -> tensor<2x2x2x1x1xf32>
    %204 = stablehlo.compare EQ, %203, %97, FLOAT : (tensor<2x2x2x1x1xf32>, tensor<2x2x2x1x1xf32>) -> tensor<2x2x2x1x1xi1>
    %205 = stablehlo.select %204, %99, %203 : tensor<2x2x2x1x1xi1>, tensor<2x2x2x1x1xf32>
    %206 = stablehlo.broadcast_in_dim %205, dims = [0, 1, 2, 3, 4] : (tensor<2x2x2x1x1xf32>) -> tensor<2x2x2x1x16xf32>
    %207 = stablehlo.subtract %200, %206 : tensor<2x2x2x1x16xf32>
    %208 = stablehlo.exponential %207 : tensor<2x2x2x1x16xf32>
    %209 = stablehlo.constant dense<0.0> : tensor<f32>
    %210 = "stablehlo.reduce"(%208, %209) <{dimensions = array<i64: 4>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.add %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x2x2x1x16xf32>, tensor<f32>) -> tensor<2x2x2x1xf32>
    %211 = stablehlo.reshape %210 : (tensor<2x2x2x1xf32>) -> tensor<2x2x2x1x1xf32>
    %212 = stablehlo.select %204, %108, %211 : tensor<2x2x2x1x1xi1>, tensor<2x2x2x1x1xf32>
    %213 = stablehlo.broadcast_in_dim %212, dims = [0, 1, 2, 3, 4] : (tensor<2x2x2x1x1xf32>) -> tensor<2x2x2x1x16xf32>
    %214 = stablehlo.divide %208, %213 : tensor<2x2x2x1x16xf32>
    %215 = stablehlo.reshape %214 : (tensor<2x2x2x1x16xf32>) -> tensor<2x2x2x16xf32>
    %216 = stablehlo.transpose %215, dims = [0, 3, 1, 2] : (tensor<2x2x2x16xf32>) -> tensor<2x16x2x2xf32>
    %217 = stablehlo.reshape %189 : (tensor<2x16x2x8xf32>) -> tensor<2x16x2x1x8xf32>
    %218 = stablehlo.reshape %216 : (tensor<2x16x2x2xf32>) -> tensor<2x16x2x2x1xf32>
    %219 = stablehlo.broadcast_in_dim %218, dims = [0, 1, 2, 3, 4] : (tensor<2x16x2x2x1xf32>) -> tensor<2x16x2x2x8xf32>
    %220 = stablehlo.broadcast_in_dim %217, dims = [0, 1, 2, 3, 4] : (tensor<2x16x2x1x8xf32>) -> tensor<2x16x2x2x8xf32>
    %221 = stablehlo.multiply %219, %220 : tensor<2x16x2x2x8xf32>
    %222 = stablehlo.constant dense<0.0> : tensor<f32>
    %223 = "stablehlo.reduce"(%221, %222) <{dimensions = array<i64: 1>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.add %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x16x2x2x8xf32>, tensor<f32>) -> tensor<2x2x2x8xf32>
    %224 = stablehlo.reshape %223 : (tensor<2x2x2x8xf32>) -> tensor<2x1x2x2x8xf32>
    %225 = stablehlo.reshape %224 : (tensor<2x1x2x2x8xf32>) -> tensor<2x1x4x8xf32>
    %226 = sdy.sharding_constraint %225 <@mesh, [{"fsdp", "dp"}, {}, {"tp"}, {}]> : tensor<2x1x4x8xf32>
    %227 = stablehlo.reshape %226 : (tensor<2x1x4x8xf32>) -> tensor<2x1x32xf32>
    %228 = stablehlo.dot_general %227, %arg21, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<32x32xf32>) -> tensor<2x1x32xf32>
    %229 = stablehlo.add %146, %228 : tensor<2x1x32xf32>
    %230 = stablehlo.multiply %229, %229 : tensor<2x1x32xf32>
    %231 = stablehlo.constant dense<0.0> : tensor<f32>
    %232 = "stablehlo.reduce"(%230, %231) <{dimensions = array<i64: 2>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.add %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x1x32xf32>, tensor<f32>) -> tensor<2x1xf32>
    %233 = stablehlo.reshape %232 : (tensor<2x1xf32>) -> tensor<2x1x1xf32>
    %234 = stablehlo.divide %233, %7 : tensor<2x1x1xf32>
    %235 = stablehlo.add %234, %10 : tensor<2x1x1xf32>
    %236 = stablehlo.rsqrt %235 : tensor<2x1x1xf32>
    %237 = stablehlo.add %arg22, %14 : tensor<32xf32>
    %238 = stablehlo.broadcast_in_dim %236, dims = [0, 1, 2] : (tensor<2x1x1xf32>) -> tensor<2x1x32xf32>
    %239 = stablehlo.multiply %229, %238 : tensor<2x1x32xf32>
    %240 = stablehlo.broadcast_in_dim %237, dims = [2] : (tensor<32xf32>) -> tensor<2x1x32xf32>
    %241 = stablehlo.multiply %239, %240 : tensor<2x1x32xf32>
    %242 = stablehlo.dot_general %241, %arg23, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<48x32xf32>) -> tensor<2x1x48xf32>
    %243 = stablehlo.dot_general %241, %arg24, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<48x32xf32>) -> tensor<2x1x48xf32>
    %244 = stablehlo.logistic %243 : tensor<2x1x48xf32>
    %245 = stablehlo.multiply %243, %244 : tensor<2x1x48xf32>
    %246 = stablehlo.multiply %245, %242 : tensor<2x1x48xf32>
    %247 = stablehlo.dot_general %246, %arg25, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x48xf32>, tensor<32x48xf32>) -> tensor<2x1x32xf32>
    %248 = stablehlo.add %229, %247 : tensor<2x1x32xf32>
    %249 = sdy.sharding_constraint %248 <@mesh, [{"fsdp", "dp"}, {}, {}]> : tensor<2x1x32xf32>
    %250 = stablehlo.multiply %249, %249 : tensor<2x1x32xf32>
    %251 = stablehlo.constant dense<0.0> : tensor<f32>
    %252 = "stablehlo.reduce"(%250, %251) <{dimensions = array<i64: 2>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.add %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x1x32xf32>, tensor<f32>) -> tensor<2x1xf32>
    %253 = stablehlo.reshape %252 : (tensor<2x1xf32>) -> tensor<2x1x1xf32>
    %254 = stablehlo.divide %253, %7 : tensor<2x1x1xf32>
    %255 = stablehlo.add %254, %10 : tensor<2x1x1xf32>
    %256 = stablehlo.rsqrt %255 : tensor<2x1x1xf32>
    %257 = stablehlo.add %arg26, %14 : tensor<32xf32>
    %258 = stablehlo.broadcast_in_dim %256, dims = [0, 1, 2] : (tensor<2x1x1xf32>) -> tensor<2x1x32xf32>
    %259 = stablehlo.multiply %249, %258 : tensor<2x1x32xf32>
    %260 = stablehlo.broadcast_in_dim %257, dims = [2] : (tensor<32xf32>) -> tensor<2x1x32xf32>
    %261 = stablehlo.multiply %259, %260 : tensor<2x1x32xf32>
    %262 = stablehlo.dot_general %261, %arg7, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<96x32xf32>) -> tensor<2x1x96xf32>
    func.return %262, %64, %65, %188, %189 : tensor<2x1x96xf32>, tensor<2x16x2x8xf32>, tensor<2x16x2x8xf32>, tensor<2x16x2x8xf32>, tensor<2x16x2x8xf32>
  }
}

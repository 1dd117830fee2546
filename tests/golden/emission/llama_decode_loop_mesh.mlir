module @easydel {
  sdy.mesh @mesh = <["dp"=1, "fsdp"=2, "tp"=2, "sp"=1]>
  func.func public @main(
      %arg0: tensor<2x1xi32> {sdy.sharding = #sdy.sharding<@mesh, [{"fsdp"}, {}]>},  // input_ids
      %arg1: tensor<2x1xi32> {sdy.sharding = #sdy.sharding<@mesh, [{"fsdp"}, {}]>},  // position_ids
      %arg2: tensor<i32> {sdy.sharding = #sdy.sharding<@mesh, []>},  // cache_offset
      %arg3: tensor<2x2x16x2x8xf32> {sdy.sharding = #sdy.sharding<@mesh, [{}, {"fsdp"}, {}, {"tp"}, {}]>, tf.aliasing_output = 1 : i32},  // cache.*.key, 2 stacked
      %arg4: tensor<2x2x16x2x8xf32> {sdy.sharding = #sdy.sharding<@mesh, [{}, {"fsdp"}, {}, {"tp"}, {}]>, tf.aliasing_output = 2 : i32},  // cache.*.value, 2 stacked
      %arg5: tensor<96x32xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"tp"}, {"fsdp"}]>},  // model.embed_tokens.weight
      %arg6: tensor<2x32xf32> {sdy.sharding = #sdy.sharding<@mesh, [{}, {}]>},  // model.layers.*.input_layernorm.weight, 2 stacked
      %arg7: tensor<2x32x32xf32> {sdy.sharding = #sdy.sharding<@mesh, [{}, {"tp"}, {"fsdp"}]>},  // model.layers.*.self_attn.q_proj.weight, 2 stacked
      %arg8: tensor<2x16x32xf32> {sdy.sharding = #sdy.sharding<@mesh, [{}, {"tp"}, {"fsdp"}]>},  // model.layers.*.self_attn.k_proj.weight, 2 stacked
      %arg9: tensor<2x16x32xf32> {sdy.sharding = #sdy.sharding<@mesh, [{}, {"tp"}, {"fsdp"}]>},  // model.layers.*.self_attn.v_proj.weight, 2 stacked
      %arg10: tensor<2x32x32xf32> {sdy.sharding = #sdy.sharding<@mesh, [{}, {"tp"}, {"fsdp"}]>},  // model.layers.*.self_attn.o_proj.weight, 2 stacked
      %arg11: tensor<2x32xf32> {sdy.sharding = #sdy.sharding<@mesh, [{}, {}]>},  // model.layers.*.post_attention_layernorm.weight, 2 stacked
      %arg12: tensor<2x48x32xf32> {sdy.sharding = #sdy.sharding<@mesh, [{}, {"tp"}, {"fsdp"}]>},  // model.layers.*.mlp.up_proj.weight, 2 stacked
      %arg13: tensor<2x48x32xf32> {sdy.sharding = #sdy.sharding<@mesh, [{}, {"tp"}, {"fsdp"}]>},  // model.layers.*.mlp.gate_proj.weight, 2 stacked
      %arg14: tensor<2x32x48xf32> {sdy.sharding = #sdy.sharding<@mesh, [{}, {"tp"}, {"fsdp"}]>},  // model.layers.*.mlp.down_proj.weight, 2 stacked
      %arg15: tensor<32xf32> {sdy.sharding = #sdy.sharding<@mesh, [{}]>}  // model.norm.weight
  ) -> (
      tensor<2x1x96xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"fsdp"}, {}, {}]>},  // logits
      tensor<2x2x16x2x8xf32> {sdy.sharding = #sdy.sharding<@mesh, [{}, {"fsdp"}, {}, {"tp"}, {}]>},  // cache.*.key
      tensor<2x2x16x2x8xf32> {sdy.sharding = #sdy.sharding<@mesh, [{}, {"fsdp"}, {}, {"tp"}, {}]>}  // cache.*.value
  ) {
    %0 = "stablehlo.gather"(%arg5, %arg0) <{dimension_numbers = #stablehlo.gather<offset_dims = [2], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 2>, indices_are_sorted = false, slice_sizes = array<i64: 1, 32>}> : (tensor<96x32xf32>, tensor<2x1xi32>) -> tensor<2x1x32xf32>
    %1 = stablehlo.constant dense<32.0> : tensor<f32>
    %2 = stablehlo.broadcast_in_dim %1, dims = [] : (tensor<f32>) -> tensor<2x1x1xf32>
    %3 = stablehlo.constant dense<1.0e-05> : tensor<f32>
    %4 = stablehlo.broadcast_in_dim %3, dims = [] : (tensor<f32>) -> tensor<2x1x1xf32>
    %5 = stablehlo.constant dense<0.0> : tensor<f32>
    %6 = stablehlo.broadcast_in_dim %5, dims = [] : (tensor<f32>) -> tensor<32xf32>
    %7 = stablehlo.convert %arg1 : (tensor<2x1xi32>) -> tensor<2x1xf32>
    %8 = stablehlo.reshape %7 : (tensor<2x1xf32>) -> tensor<2x1x1xf32>
    %9 = stablehlo.constant dense<"0x0000803FCDCCCC3D0AD7233C6F12833A"> : tensor<1x1x4xf32>
    %10 = stablehlo.broadcast_in_dim %8, dims = [0, 1, 2] : (tensor<2x1x1xf32>) -> tensor<2x1x4xf32>
    %11 = stablehlo.broadcast_in_dim %9, dims = [0, 1, 2] : (tensor<1x1x4xf32>) -> tensor<2x1x4xf32>
    %12 = stablehlo.multiply %10, %11 : tensor<2x1x4xf32>
    %13 = stablehlo.cosine %12 : tensor<2x1x4xf32>
    %14 = stablehlo.sine %12 : tensor<2x1x4xf32>
    %15 = stablehlo.reshape %13 : (tensor<2x1x4xf32>) -> tensor<2x1x1x4xf32>
    %16 = stablehlo.reshape %14 : (tensor<2x1x4xf32>) -> tensor<2x1x1x4xf32>
    %17 = stablehlo.broadcast_in_dim %16, dims = [0, 1, 2, 3] : (tensor<2x1x1x4xf32>) -> tensor<2x1x4x4xf32>
    %18 = stablehlo.broadcast_in_dim %15, dims = [0, 1, 2, 3] : (tensor<2x1x1x4xf32>) -> tensor<2x1x4x4xf32>
    %19 = stablehlo.broadcast_in_dim %16, dims = [0, 1, 2, 3] : (tensor<2x1x1x4xf32>) -> tensor<2x1x2x4xf32>
    %20 = stablehlo.broadcast_in_dim %15, dims = [0, 1, 2, 3] : (tensor<2x1x1x4xf32>) -> tensor<2x1x2x4xf32>
    %21 = stablehlo.constant dense<0> : tensor<i32>
    %22 = stablehlo.constant dense<0.35355338> : tensor<f32>
    %23 = stablehlo.broadcast_in_dim %22, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x16xf32>
    %24 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %25 = stablehlo.broadcast_in_dim %24, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x16xf32>
    %26 = stablehlo.iota dim = 4 : tensor<1x1x1x1x16xi32>
    %27 = stablehlo.iota dim = 3 : tensor<1x1x1x1x16xi32>
    %28 = stablehlo.broadcast_in_dim %arg2, dims = [] : (tensor<i32>) -> tensor<1x1x1x1x16xi32>
    %29 = stablehlo.add %27, %28 : tensor<1x1x1x1x16xi32>
    %30 = stablehlo.compare EQ, %26, %26, SIGNED : (tensor<1x1x1x1x16xi32>, tensor<1x1x1x1x16xi32>) -> tensor<1x1x1x1x16xi1>
    %31 = stablehlo.compare LE, %26, %29, SIGNED : (tensor<1x1x1x1x16xi32>, tensor<1x1x1x1x16xi32>) -> tensor<1x1x1x1x16xi1>
    %32 = stablehlo.and %30, %31 : tensor<1x1x1x1x16xi1>
    %33 = stablehlo.broadcast_in_dim %32, dims = [0, 1, 2, 3, 4] : (tensor<1x1x1x1x16xi1>) -> tensor<2x2x2x1x16xi1>
    %34 = stablehlo.broadcast_in_dim %24, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x1xf32>
    %35 = stablehlo.broadcast_in_dim %5, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x1xf32>
    %36 = stablehlo.constant dense<1.0> : tensor<f32>
    %37 = stablehlo.broadcast_in_dim %36, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x1xf32>
    %38 = stablehlo.constant dense<0> : tensor<i32>
    %39:17 = stablehlo.while(
        %trip = %38,
        %carry0 = %0,
        %state3 = %arg3,
        %state4 = %arg4,
        %stack6 = %arg6,
        %stack7 = %arg7,
        %stack8 = %arg8,
        %stack9 = %arg9,
        %stack10 = %arg10,
        %stack11 = %arg11,
        %stack12 = %arg12,
        %stack13 = %arg13,
        %stack14 = %arg14,
        %held0 = %arg2,
        %held1 = %16,
        %held2 = %15,
        %held3 = %32
    ) : tensor<i32>, tensor<2x1x32xf32>, tensor<2x2x16x2x8xf32>, tensor<2x2x16x2x8xf32>, tensor<2x32xf32>, tensor<2x32x32xf32>, tensor<2x16x32xf32>, tensor<2x16x32xf32>, tensor<2x32x32xf32>, tensor<2x32xf32>, tensor<2x48x32xf32>, tensor<2x48x32xf32>, tensor<2x32x48xf32>, tensor<i32>, tensor<2x1x1x4xf32>, tensor<2x1x1x4xf32>, tensor<1x1x1x1x16xi1>
    cond {
      %40 = stablehlo.constant dense<2> : tensor<i32>
      %41 = stablehlo.compare LT, %trip, %40, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %41 : tensor<i1>
    } do {
      %42 = stablehlo.constant dense<1> : tensor<i32>
      %43 = stablehlo.add %trip, %42 : tensor<i32>
      %44 = sdy.sharding_constraint %carry0 <@mesh, [{"fsdp", "dp"}, {}, {}]> : tensor<2x1x32xf32>
      %45 = stablehlo.multiply %44, %44 : tensor<2x1x32xf32>
      %46 = stablehlo.constant dense<0.0> : tensor<f32>
      %47 = "stablehlo.reduce"(%45, %46) <{dimensions = array<i64: 2>}> ({
        ^bb0(%a: tensor<f32>, %b: tensor<f32>):
          %c = stablehlo.add %a, %b : tensor<f32>
          stablehlo.return %c : tensor<f32>
      }) : (tensor<2x1x32xf32>, tensor<f32>) -> tensor<2x1xf32>
      %48 = stablehlo.reshape %47 : (tensor<2x1xf32>) -> tensor<2x1x1xf32>
      %49 = stablehlo.constant dense<32.0> : tensor<f32>
      %50 = stablehlo.broadcast_in_dim %49, dims = [] : (tensor<f32>) -> tensor<2x1x1xf32>
      %51 = stablehlo.divide %48, %50 : tensor<2x1x1xf32>
      %52 = stablehlo.constant dense<1.0e-05> : tensor<f32>
      %53 = stablehlo.broadcast_in_dim %52, dims = [] : (tensor<f32>) -> tensor<2x1x1xf32>
      %54 = stablehlo.add %51, %53 : tensor<2x1x1xf32>
      %55 = stablehlo.rsqrt %54 : tensor<2x1x1xf32>
      %56 = stablehlo.constant dense<0> : tensor<i32>
      %57 = stablehlo.dynamic_slice %stack6, %trip, %56, sizes = [1, 32] : (tensor<2x32xf32>, tensor<i32>, tensor<i32>) -> tensor<1x32xf32>
      %58 = stablehlo.reshape %57 : (tensor<1x32xf32>) -> tensor<32xf32>
      %59 = stablehlo.constant dense<0.0> : tensor<f32>
      %60 = stablehlo.broadcast_in_dim %59, dims = [] : (tensor<f32>) -> tensor<32xf32>
      %61 = stablehlo.add %58, %60 : tensor<32xf32>
      %62 = stablehlo.broadcast_in_dim %55, dims = [0, 1, 2] : (tensor<2x1x1xf32>) -> tensor<2x1x32xf32>
      %63 = stablehlo.multiply %44, %62 : tensor<2x1x32xf32>
      %64 = stablehlo.broadcast_in_dim %61, dims = [2] : (tensor<32xf32>) -> tensor<2x1x32xf32>
      %65 = stablehlo.multiply %63, %64 : tensor<2x1x32xf32>
      %66 = stablehlo.constant dense<0> : tensor<i32>
      %67 = stablehlo.dynamic_slice %stack7, %trip, %66, %66, sizes = [1, 32, 32] : (tensor<2x32x32xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x32x32xf32>
      %68 = stablehlo.reshape %67 : (tensor<1x32x32xf32>) -> tensor<32x32xf32>
      %69 = stablehlo.dot_general %65, %68, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<32x32xf32>) -> tensor<2x1x32xf32>
      %70 = stablehlo.reshape %69 : (tensor<2x1x32xf32>) -> tensor<2x1x4x8xf32>
      %71 = stablehlo.constant dense<0> : tensor<i32>
      %72 = stablehlo.dynamic_slice %stack8, %trip, %71, %71, sizes = [1, 16, 32] : (tensor<2x16x32xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x16x32xf32>
      %73 = stablehlo.reshape %72 : (tensor<1x16x32xf32>) -> tensor<16x32xf32>
      %74 = stablehlo.dot_general %65, %73, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<16x32xf32>) -> tensor<2x1x16xf32>
      %75 = stablehlo.reshape %74 : (tensor<2x1x16xf32>) -> tensor<2x1x2x8xf32>
      %76 = stablehlo.constant dense<0> : tensor<i32>
      %77 = stablehlo.dynamic_slice %stack9, %trip, %76, %76, sizes = [1, 16, 32] : (tensor<2x16x32xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x16x32xf32>
      %78 = stablehlo.reshape %77 : (tensor<1x16x32xf32>) -> tensor<16x32xf32>
      %79 = stablehlo.dot_general %65, %78, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<16x32xf32>) -> tensor<2x1x16xf32>
      %80 = stablehlo.reshape %79 : (tensor<2x1x16xf32>) -> tensor<2x1x2x8xf32>
      %81 = stablehlo.slice %70 [0:2:1, 0:1:1, 0:4:1, 0:8:1] : (tensor<2x1x4x8xf32>) -> tensor<2x1x4x8xf32>
      %82 = stablehlo.slice %81 [0:2:1, 0:1:1, 0:4:1, 0:4:1] : (tensor<2x1x4x8xf32>) -> tensor<2x1x4x4xf32>
      %83 = stablehlo.slice %81 [0:2:1, 0:1:1, 0:4:1, 4:8:1] : (tensor<2x1x4x8xf32>) -> tensor<2x1x4x4xf32>
      %84 = stablehlo.broadcast_in_dim %held1, dims = [0, 1, 2, 3] : (tensor<2x1x1x4xf32>) -> tensor<2x1x4x4xf32>
      %85 = stablehlo.multiply %82, %84 : tensor<2x1x4x4xf32>
      %86 = stablehlo.broadcast_in_dim %held2, dims = [0, 1, 2, 3] : (tensor<2x1x1x4xf32>) -> tensor<2x1x4x4xf32>
      %87 = stablehlo.multiply %83, %86 : tensor<2x1x4x4xf32>
      %88 = stablehlo.add %87, %85 : tensor<2x1x4x4xf32>
      %89 = stablehlo.multiply %83, %84 : tensor<2x1x4x4xf32>
      %90 = stablehlo.multiply %82, %86 : tensor<2x1x4x4xf32>
      %91 = stablehlo.subtract %90, %89 : tensor<2x1x4x4xf32>
      %92 = stablehlo.concatenate %91, %88, dim = 3 : (tensor<2x1x4x4xf32>, tensor<2x1x4x4xf32>) -> tensor<2x1x4x8xf32>
      %93 = stablehlo.slice %75 [0:2:1, 0:1:1, 0:2:1, 0:8:1] : (tensor<2x1x2x8xf32>) -> tensor<2x1x2x8xf32>
      %94 = stablehlo.slice %93 [0:2:1, 0:1:1, 0:2:1, 0:4:1] : (tensor<2x1x2x8xf32>) -> tensor<2x1x2x4xf32>
      %95 = stablehlo.slice %93 [0:2:1, 0:1:1, 0:2:1, 4:8:1] : (tensor<2x1x2x8xf32>) -> tensor<2x1x2x4xf32>
      %96 = stablehlo.broadcast_in_dim %held1, dims = [0, 1, 2, 3] : (tensor<2x1x1x4xf32>) -> tensor<2x1x2x4xf32>
      %97 = stablehlo.multiply %94, %96 : tensor<2x1x2x4xf32>
      %98 = stablehlo.broadcast_in_dim %held2, dims = [0, 1, 2, 3] : (tensor<2x1x1x4xf32>) -> tensor<2x1x2x4xf32>
      %99 = stablehlo.multiply %95, %98 : tensor<2x1x2x4xf32>
      %100 = stablehlo.add %99, %97 : tensor<2x1x2x4xf32>
      %101 = stablehlo.multiply %95, %96 : tensor<2x1x2x4xf32>
      %102 = stablehlo.multiply %94, %98 : tensor<2x1x2x4xf32>
      %103 = stablehlo.subtract %102, %101 : tensor<2x1x2x4xf32>
      %104 = stablehlo.concatenate %103, %100, dim = 3 : (tensor<2x1x2x4xf32>, tensor<2x1x2x4xf32>) -> tensor<2x1x2x8xf32>
      %105 = sdy.sharding_constraint %92 <@mesh, [{"fsdp", "dp"}, {}, {"tp"}, {}]> : tensor<2x1x4x8xf32>
      %106 = sdy.sharding_constraint %104 <@mesh, [{"fsdp", "dp"}, {}, {"tp"}, {}]> : tensor<2x1x2x8xf32>
      %107 = sdy.sharding_constraint %80 <@mesh, [{"fsdp", "dp"}, {}, {"tp"}, {}]> : tensor<2x1x2x8xf32>
      %108 = stablehlo.constant dense<0> : tensor<i32>
      %109 = stablehlo.reshape %106 : (tensor<2x1x2x8xf32>) -> tensor<1x2x1x2x8xf32>
      %110 = stablehlo.dynamic_update_slice %state3, %109, %trip, %108, %held0, %108, %108 : (tensor<2x2x16x2x8xf32>, tensor<1x2x1x2x8xf32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<2x2x16x2x8xf32>
      %111 = stablehlo.constant dense<0> : tensor<i32>
      %112 = stablehlo.dynamic_slice %110, %trip, %111, %111, %111, %111, sizes = [1, 2, 16, 2, 8] : (tensor<2x2x16x2x8xf32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x2x16x2x8xf32>
      %113 = stablehlo.reshape %112 : (tensor<1x2x16x2x8xf32>) -> tensor<2x16x2x8xf32>
      %114 = stablehlo.reshape %107 : (tensor<2x1x2x8xf32>) -> tensor<1x2x1x2x8xf32>
      %115 = stablehlo.dynamic_update_slice %state4, %114, %trip, %108, %held0, %108, %108 : (tensor<2x2x16x2x8xf32>, tensor<1x2x1x2x8xf32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<2x2x16x2x8xf32>
      %116 = stablehlo.constant dense<0> : tensor<i32>
      %117 = stablehlo.dynamic_slice %115, %trip, %116, %116, %116, %116, sizes = [1, 2, 16, 2, 8] : (tensor<2x2x16x2x8xf32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x2x16x2x8xf32>
      %118 = stablehlo.reshape %117 : (tensor<1x2x16x2x8xf32>) -> tensor<2x16x2x8xf32>
      %119 = stablehlo.reshape %105 : (tensor<2x1x4x8xf32>) -> tensor<2x1x2x2x8xf32>
      %120 = stablehlo.dot_general %119, %113, batching_dims = [0, 2] x [0, 2], contracting_dims = [4] x [3], precision = [HIGHEST, HIGHEST] : (tensor<2x1x2x2x8xf32>, tensor<2x16x2x8xf32>) -> tensor<2x2x1x2x16xf32>
      %121 = stablehlo.transpose %120, dims = [0, 1, 3, 2, 4] : (tensor<2x2x1x2x16xf32>) -> tensor<2x2x2x1x16xf32>
      %122 = stablehlo.constant dense<0.35355338> : tensor<f32>
      %123 = stablehlo.broadcast_in_dim %122, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x16xf32>
      %124 = stablehlo.multiply %121, %123 : tensor<2x2x2x1x16xf32>
      %125 = stablehlo.broadcast_in_dim %held3, dims = [0, 1, 2, 3, 4] : (tensor<1x1x1x1x16xi1>) -> tensor<2x2x2x1x16xi1>
      %126 = stablehlo.constant dense<0xFF800000> : tensor<f32>
      %127 = stablehlo.broadcast_in_dim %126, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x16xf32>
      %128 = stablehlo.select %125, %124, %127 : tensor<2x2x2x1x16xi1>, tensor<2x2x2x1x16xf32>
      %129 = stablehlo.constant dense<0xFF800000> : tensor<f32>
      %130 = "stablehlo.reduce"(%128, %129) <{dimensions = array<i64: 4>}> ({
        ^bb0(%a: tensor<f32>, %b: tensor<f32>):
          %c = stablehlo.maximum %a, %b : tensor<f32>
          stablehlo.return %c : tensor<f32>
      }) : (tensor<2x2x2x1x16xf32>, tensor<f32>) -> tensor<2x2x2x1xf32>
      %131 = stablehlo.reshape %130 : (tensor<2x2x2x1xf32>) -> tensor<2x2x2x1x1xf32>
      %132 = stablehlo.broadcast_in_dim %126, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x1xf32>
      %133 = stablehlo.compare EQ, %131, %132, FLOAT : (tensor<2x2x2x1x1xf32>, tensor<2x2x2x1x1xf32>) -> tensor<2x2x2x1x1xi1>
      %134 = stablehlo.broadcast_in_dim %59, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x1xf32>
      %135 = stablehlo.select %133, %134, %131 : tensor<2x2x2x1x1xi1>, tensor<2x2x2x1x1xf32>
      %136 = stablehlo.broadcast_in_dim %135, dims = [0, 1, 2, 3, 4] : (tensor<2x2x2x1x1xf32>) -> tensor<2x2x2x1x16xf32>
      %137 = stablehlo.subtract %128, %136 : tensor<2x2x2x1x16xf32>
      %138 = stablehlo.exponential %137 : tensor<2x2x2x1x16xf32>
      %139 = stablehlo.constant dense<0.0> : tensor<f32>
      %140 = "stablehlo.reduce"(%138, %139) <{dimensions = array<i64: 4>}> ({
        ^bb0(%a: tensor<f32>, %b: tensor<f32>):
          %c = stablehlo.add %a, %b : tensor<f32>
          stablehlo.return %c : tensor<f32>
      }) : (tensor<2x2x2x1x16xf32>, tensor<f32>) -> tensor<2x2x2x1xf32>
      %141 = stablehlo.reshape %140 : (tensor<2x2x2x1xf32>) -> tensor<2x2x2x1x1xf32>
      %142 = stablehlo.constant dense<1.0> : tensor<f32>
      %143 = stablehlo.broadcast_in_dim %142, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x1xf32>
      %144 = stablehlo.select %133, %143, %141 : tensor<2x2x2x1x1xi1>, tensor<2x2x2x1x1xf32>
      %145 = stablehlo.broadcast_in_dim %144, dims = [0, 1, 2, 3, 4] : (tensor<2x2x2x1x1xf32>) -> tensor<2x2x2x1x16xf32>
      %146 = stablehlo.divide %138, %145 : tensor<2x2x2x1x16xf32>
      %147 = stablehlo.dot_general %146, %118, batching_dims = [0, 1] x [0, 2], contracting_dims = [4] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x2x2x1x16xf32>, tensor<2x16x2x8xf32>) -> tensor<2x2x2x1x8xf32>
      %148 = stablehlo.transpose %147, dims = [0, 3, 1, 2, 4] : (tensor<2x2x2x1x8xf32>) -> tensor<2x1x2x2x8xf32>
      %149 = stablehlo.reshape %148 : (tensor<2x1x2x2x8xf32>) -> tensor<2x1x4x8xf32>
      %150 = sdy.sharding_constraint %149 <@mesh, [{"fsdp", "dp"}, {}, {"tp"}, {}]> : tensor<2x1x4x8xf32>
      %151 = stablehlo.reshape %150 : (tensor<2x1x4x8xf32>) -> tensor<2x1x32xf32>
      %152 = stablehlo.constant dense<0> : tensor<i32>
      %153 = stablehlo.dynamic_slice %stack10, %trip, %152, %152, sizes = [1, 32, 32] : (tensor<2x32x32xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x32x32xf32>
      %154 = stablehlo.reshape %153 : (tensor<1x32x32xf32>) -> tensor<32x32xf32>
      %155 = stablehlo.dot_general %151, %154, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<32x32xf32>) -> tensor<2x1x32xf32>
      %156 = stablehlo.add %44, %155 : tensor<2x1x32xf32>
      %157 = stablehlo.multiply %156, %156 : tensor<2x1x32xf32>
      %158 = stablehlo.constant dense<0.0> : tensor<f32>
      %159 = "stablehlo.reduce"(%157, %158) <{dimensions = array<i64: 2>}> ({
        ^bb0(%a: tensor<f32>, %b: tensor<f32>):
          %c = stablehlo.add %a, %b : tensor<f32>
          stablehlo.return %c : tensor<f32>
      }) : (tensor<2x1x32xf32>, tensor<f32>) -> tensor<2x1xf32>
      %160 = stablehlo.reshape %159 : (tensor<2x1xf32>) -> tensor<2x1x1xf32>
      %161 = stablehlo.divide %160, %50 : tensor<2x1x1xf32>
      %162 = stablehlo.add %161, %53 : tensor<2x1x1xf32>
      %163 = stablehlo.rsqrt %162 : tensor<2x1x1xf32>
      %164 = stablehlo.constant dense<0> : tensor<i32>
      %165 = stablehlo.dynamic_slice %stack11, %trip, %164, sizes = [1, 32] : (tensor<2x32xf32>, tensor<i32>, tensor<i32>) -> tensor<1x32xf32>
      %166 = stablehlo.reshape %165 : (tensor<1x32xf32>) -> tensor<32xf32>
      %167 = stablehlo.add %166, %60 : tensor<32xf32>
      %168 = stablehlo.broadcast_in_dim %163, dims = [0, 1, 2] : (tensor<2x1x1xf32>) -> tensor<2x1x32xf32>
      %169 = stablehlo.multiply %156, %168 : tensor<2x1x32xf32>
      %170 = stablehlo.broadcast_in_dim %167, dims = [2] : (tensor<32xf32>) -> tensor<2x1x32xf32>
      %171 = stablehlo.multiply %169, %170 : tensor<2x1x32xf32>
      %172 = stablehlo.constant dense<0> : tensor<i32>
      %173 = stablehlo.dynamic_slice %stack12, %trip, %172, %172, sizes = [1, 48, 32] : (tensor<2x48x32xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x48x32xf32>
      %174 = stablehlo.reshape %173 : (tensor<1x48x32xf32>) -> tensor<48x32xf32>
      %175 = stablehlo.dot_general %171, %174, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<48x32xf32>) -> tensor<2x1x48xf32>
      %176 = stablehlo.constant dense<0> : tensor<i32>
      %177 = stablehlo.dynamic_slice %stack13, %trip, %176, %176, sizes = [1, 48, 32] : (tensor<2x48x32xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x48x32xf32>
      %178 = stablehlo.reshape %177 : (tensor<1x48x32xf32>) -> tensor<48x32xf32>
      %179 = stablehlo.dot_general %171, %178, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<48x32xf32>) -> tensor<2x1x48xf32>
      %180 = stablehlo.logistic %179 : tensor<2x1x48xf32>
      %181 = stablehlo.multiply %179, %180 : tensor<2x1x48xf32>
      %182 = stablehlo.multiply %181, %175 : tensor<2x1x48xf32>
      %183 = stablehlo.constant dense<0> : tensor<i32>
      %184 = stablehlo.dynamic_slice %stack14, %trip, %183, %183, sizes = [1, 32, 48] : (tensor<2x32x48xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x32x48xf32>
      %185 = stablehlo.reshape %184 : (tensor<1x32x48xf32>) -> tensor<32x48xf32>
      %186 = stablehlo.dot_general %182, %185, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x48xf32>, tensor<32x48xf32>) -> tensor<2x1x32xf32>
      %187 = stablehlo.add %156, %186 : tensor<2x1x32xf32>
      stablehlo.return %43, %187, %110, %115, %stack6, %stack7, %stack8, %stack9, %stack10, %stack11, %stack12, %stack13, %stack14, %held0, %held1, %held2, %held3 : tensor<i32>, tensor<2x1x32xf32>, tensor<2x2x16x2x8xf32>, tensor<2x2x16x2x8xf32>, tensor<2x32xf32>, tensor<2x32x32xf32>, tensor<2x16x32xf32>, tensor<2x16x32xf32>, tensor<2x32x32xf32>, tensor<2x32xf32>, tensor<2x48x32xf32>, tensor<2x48x32xf32>, tensor<2x32x48xf32>, tensor<i32>, tensor<2x1x1x4xf32>, tensor<2x1x1x4xf32>, tensor<1x1x1x1x16xi1>
    }
    %188 = sdy.sharding_constraint %39#1 <@mesh, [{"fsdp", "dp"}, {}, {}]> : tensor<2x1x32xf32>
    %189 = stablehlo.multiply %188, %188 : tensor<2x1x32xf32>
    %190 = stablehlo.constant dense<0.0> : tensor<f32>
    %191 = "stablehlo.reduce"(%189, %190) <{dimensions = array<i64: 2>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.add %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x1x32xf32>, tensor<f32>) -> tensor<2x1xf32>
    %192 = stablehlo.reshape %191 : (tensor<2x1xf32>) -> tensor<2x1x1xf32>
    %193 = stablehlo.divide %192, %2 : tensor<2x1x1xf32>
    %194 = stablehlo.add %193, %4 : tensor<2x1x1xf32>
    %195 = stablehlo.rsqrt %194 : tensor<2x1x1xf32>
    %196 = stablehlo.add %arg15, %6 : tensor<32xf32>
    %197 = stablehlo.broadcast_in_dim %195, dims = [0, 1, 2] : (tensor<2x1x1xf32>) -> tensor<2x1x32xf32>
    %198 = stablehlo.multiply %188, %197 : tensor<2x1x32xf32>
    %199 = stablehlo.broadcast_in_dim %196, dims = [2] : (tensor<32xf32>) -> tensor<2x1x32xf32>
    %200 = stablehlo.multiply %198, %199 : tensor<2x1x32xf32>
    %201 = stablehlo.dot_general %200, %arg5, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<96x32xf32>) -> tensor<2x1x96xf32>
    func.return %201, %39#2, %39#3 : tensor<2x1x96xf32>, tensor<2x2x16x2x8xf32>, tensor<2x2x16x2x8xf32>
  }
}

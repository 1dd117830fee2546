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
    %17 = stablehlo.iota dim = 4 : tensor<1x1x1x1x16xi32>
    %18 = stablehlo.iota dim = 3 : tensor<1x1x1x1x16xi32>
    %19 = stablehlo.broadcast_in_dim %arg2, dims = [] : (tensor<i32>) -> tensor<1x1x1x1x16xi32>
    %20 = stablehlo.add %18, %19 : tensor<1x1x1x1x16xi32>
    %21 = stablehlo.compare EQ, %17, %17, SIGNED : (tensor<1x1x1x1x16xi32>, tensor<1x1x1x1x16xi32>) -> tensor<1x1x1x1x16xi1>
    %22 = stablehlo.compare LE, %17, %20, SIGNED : (tensor<1x1x1x1x16xi32>, tensor<1x1x1x1x16xi32>) -> tensor<1x1x1x1x16xi1>
    %23 = stablehlo.and %21, %22 : tensor<1x1x1x1x16xi1>
    %24 = stablehlo.constant dense<0> : tensor<i32>
    %25:17 = stablehlo.while(
        %trip = %24,
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
        %held3 = %23
    ) : tensor<i32>, tensor<2x1x32xf32>, tensor<2x2x16x2x8xf32>, tensor<2x2x16x2x8xf32>, tensor<2x32xf32>, tensor<2x32x32xf32>, tensor<2x16x32xf32>, tensor<2x16x32xf32>, tensor<2x32x32xf32>, tensor<2x32xf32>, tensor<2x48x32xf32>, tensor<2x48x32xf32>, tensor<2x32x48xf32>, tensor<i32>, tensor<2x1x1x4xf32>, tensor<2x1x1x4xf32>, tensor<1x1x1x1x16xi1>
    cond {
      %26 = stablehlo.constant dense<2> : tensor<i32>
      %27 = stablehlo.compare LT, %trip, %26, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %27 : tensor<i1>
    } do {
      %28 = stablehlo.constant dense<1> : tensor<i32>
      %29 = stablehlo.add %trip, %28 : tensor<i32>
      %30 = sdy.sharding_constraint %carry0 <@mesh, [{"fsdp", "dp"}, {}, {}]> : tensor<2x1x32xf32>
      %31 = stablehlo.multiply %30, %30 : tensor<2x1x32xf32>
      %32 = stablehlo.constant dense<0.0> : tensor<f32>
      %33 = "stablehlo.reduce"(%31, %32) <{dimensions = array<i64: 2>}> ({
        ^bb0(%a: tensor<f32>, %b: tensor<f32>):
          %c = stablehlo.add %a, %b : tensor<f32>
          stablehlo.return %c : tensor<f32>
      }) : (tensor<2x1x32xf32>, tensor<f32>) -> tensor<2x1xf32>
      %34 = stablehlo.reshape %33 : (tensor<2x1xf32>) -> tensor<2x1x1xf32>
      %35 = stablehlo.constant dense<32.0> : tensor<f32>
      %36 = stablehlo.broadcast_in_dim %35, dims = [] : (tensor<f32>) -> tensor<2x1x1xf32>
      %37 = stablehlo.divide %34, %36 : tensor<2x1x1xf32>
      %38 = stablehlo.constant dense<1.0e-05> : tensor<f32>
      %39 = stablehlo.broadcast_in_dim %38, dims = [] : (tensor<f32>) -> tensor<2x1x1xf32>
      %40 = stablehlo.add %37, %39 : tensor<2x1x1xf32>
      %41 = stablehlo.rsqrt %40 : tensor<2x1x1xf32>
      %42 = stablehlo.constant dense<0> : tensor<i32>
      %43 = stablehlo.dynamic_slice %stack6, %trip, %42, sizes = [1, 32] : (tensor<2x32xf32>, tensor<i32>, tensor<i32>) -> tensor<1x32xf32>
      %44 = stablehlo.reshape %43 : (tensor<1x32xf32>) -> tensor<32xf32>
      %45 = stablehlo.constant dense<0.0> : tensor<f32>
      %46 = stablehlo.broadcast_in_dim %45, dims = [] : (tensor<f32>) -> tensor<32xf32>
      %47 = stablehlo.add %44, %46 : tensor<32xf32>
      %48 = stablehlo.broadcast_in_dim %41, dims = [0, 1, 2] : (tensor<2x1x1xf32>) -> tensor<2x1x32xf32>
      %49 = stablehlo.multiply %30, %48 : tensor<2x1x32xf32>
      %50 = stablehlo.broadcast_in_dim %47, dims = [2] : (tensor<32xf32>) -> tensor<2x1x32xf32>
      %51 = stablehlo.multiply %49, %50 : tensor<2x1x32xf32>
      %52 = stablehlo.constant dense<0> : tensor<i32>
      %53 = stablehlo.dynamic_slice %stack7, %trip, %52, %52, sizes = [1, 32, 32] : (tensor<2x32x32xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x32x32xf32>
      %54 = stablehlo.reshape %53 : (tensor<1x32x32xf32>) -> tensor<32x32xf32>
      %55 = stablehlo.dot_general %51, %54, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<32x32xf32>) -> tensor<2x1x32xf32>
      %56 = stablehlo.reshape %55 : (tensor<2x1x32xf32>) -> tensor<2x1x4x8xf32>
      %57 = stablehlo.constant dense<0> : tensor<i32>
      %58 = stablehlo.dynamic_slice %stack8, %trip, %57, %57, sizes = [1, 16, 32] : (tensor<2x16x32xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x16x32xf32>
      %59 = stablehlo.reshape %58 : (tensor<1x16x32xf32>) -> tensor<16x32xf32>
      %60 = stablehlo.dot_general %51, %59, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<16x32xf32>) -> tensor<2x1x16xf32>
      %61 = stablehlo.reshape %60 : (tensor<2x1x16xf32>) -> tensor<2x1x2x8xf32>
      %62 = stablehlo.constant dense<0> : tensor<i32>
      %63 = stablehlo.dynamic_slice %stack9, %trip, %62, %62, sizes = [1, 16, 32] : (tensor<2x16x32xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x16x32xf32>
      %64 = stablehlo.reshape %63 : (tensor<1x16x32xf32>) -> tensor<16x32xf32>
      %65 = stablehlo.dot_general %51, %64, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<16x32xf32>) -> tensor<2x1x16xf32>
      %66 = stablehlo.reshape %65 : (tensor<2x1x16xf32>) -> tensor<2x1x2x8xf32>
      %67 = stablehlo.slice %56 [0:2:1, 0:1:1, 0:4:1, 0:8:1] : (tensor<2x1x4x8xf32>) -> tensor<2x1x4x8xf32>
      %68 = stablehlo.slice %67 [0:2:1, 0:1:1, 0:4:1, 0:4:1] : (tensor<2x1x4x8xf32>) -> tensor<2x1x4x4xf32>
      %69 = stablehlo.slice %67 [0:2:1, 0:1:1, 0:4:1, 4:8:1] : (tensor<2x1x4x8xf32>) -> tensor<2x1x4x4xf32>
      %70 = stablehlo.broadcast_in_dim %held1, dims = [0, 1, 2, 3] : (tensor<2x1x1x4xf32>) -> tensor<2x1x4x4xf32>
      %71 = stablehlo.multiply %68, %70 : tensor<2x1x4x4xf32>
      %72 = stablehlo.broadcast_in_dim %held2, dims = [0, 1, 2, 3] : (tensor<2x1x1x4xf32>) -> tensor<2x1x4x4xf32>
      %73 = stablehlo.multiply %69, %72 : tensor<2x1x4x4xf32>
      %74 = stablehlo.add %73, %71 : tensor<2x1x4x4xf32>
      %75 = stablehlo.multiply %69, %70 : tensor<2x1x4x4xf32>
      %76 = stablehlo.multiply %68, %72 : tensor<2x1x4x4xf32>
      %77 = stablehlo.subtract %76, %75 : tensor<2x1x4x4xf32>
      %78 = stablehlo.concatenate %77, %74, dim = 3 : (tensor<2x1x4x4xf32>, tensor<2x1x4x4xf32>) -> tensor<2x1x4x8xf32>
      %79 = stablehlo.slice %61 [0:2:1, 0:1:1, 0:2:1, 0:8:1] : (tensor<2x1x2x8xf32>) -> tensor<2x1x2x8xf32>
      %80 = stablehlo.slice %79 [0:2:1, 0:1:1, 0:2:1, 0:4:1] : (tensor<2x1x2x8xf32>) -> tensor<2x1x2x4xf32>
      %81 = stablehlo.slice %79 [0:2:1, 0:1:1, 0:2:1, 4:8:1] : (tensor<2x1x2x8xf32>) -> tensor<2x1x2x4xf32>
      %82 = stablehlo.broadcast_in_dim %held1, dims = [0, 1, 2, 3] : (tensor<2x1x1x4xf32>) -> tensor<2x1x2x4xf32>
      %83 = stablehlo.multiply %80, %82 : tensor<2x1x2x4xf32>
      %84 = stablehlo.broadcast_in_dim %held2, dims = [0, 1, 2, 3] : (tensor<2x1x1x4xf32>) -> tensor<2x1x2x4xf32>
      %85 = stablehlo.multiply %81, %84 : tensor<2x1x2x4xf32>
      %86 = stablehlo.add %85, %83 : tensor<2x1x2x4xf32>
      %87 = stablehlo.multiply %81, %82 : tensor<2x1x2x4xf32>
      %88 = stablehlo.multiply %80, %84 : tensor<2x1x2x4xf32>
      %89 = stablehlo.subtract %88, %87 : tensor<2x1x2x4xf32>
      %90 = stablehlo.concatenate %89, %86, dim = 3 : (tensor<2x1x2x4xf32>, tensor<2x1x2x4xf32>) -> tensor<2x1x2x8xf32>
      %91 = sdy.sharding_constraint %78 <@mesh, [{"fsdp", "dp"}, {}, {"tp"}, {}]> : tensor<2x1x4x8xf32>
      %92 = sdy.sharding_constraint %90 <@mesh, [{"fsdp", "dp"}, {}, {"tp"}, {}]> : tensor<2x1x2x8xf32>
      %93 = sdy.sharding_constraint %66 <@mesh, [{"fsdp", "dp"}, {}, {"tp"}, {}]> : tensor<2x1x2x8xf32>
      %94 = stablehlo.constant dense<0> : tensor<i32>
      %95 = stablehlo.reshape %92 : (tensor<2x1x2x8xf32>) -> tensor<1x2x1x2x8xf32>
      %96 = stablehlo.dynamic_update_slice %state3, %95, %trip, %94, %held0, %94, %94 : (tensor<2x2x16x2x8xf32>, tensor<1x2x1x2x8xf32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<2x2x16x2x8xf32>
      %97 = stablehlo.constant dense<0> : tensor<i32>
      %98 = stablehlo.dynamic_slice %96, %trip, %97, %97, %97, %97, sizes = [1, 2, 16, 2, 8] : (tensor<2x2x16x2x8xf32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x2x16x2x8xf32>
      %99 = stablehlo.reshape %98 : (tensor<1x2x16x2x8xf32>) -> tensor<2x16x2x8xf32>
      %100 = stablehlo.reshape %93 : (tensor<2x1x2x8xf32>) -> tensor<1x2x1x2x8xf32>
      %101 = stablehlo.dynamic_update_slice %state4, %100, %trip, %94, %held0, %94, %94 : (tensor<2x2x16x2x8xf32>, tensor<1x2x1x2x8xf32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<2x2x16x2x8xf32>
      %102 = stablehlo.constant dense<0> : tensor<i32>
      %103 = stablehlo.dynamic_slice %101, %trip, %102, %102, %102, %102, sizes = [1, 2, 16, 2, 8] : (tensor<2x2x16x2x8xf32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x2x16x2x8xf32>
      %104 = stablehlo.reshape %103 : (tensor<1x2x16x2x8xf32>) -> tensor<2x16x2x8xf32>
      %105 = stablehlo.reshape %91 : (tensor<2x1x4x8xf32>) -> tensor<2x1x2x2x8xf32>
      %106 = stablehlo.iota dim = 0 : tensor<8x8xi32>
      %107 = stablehlo.iota dim = 1 : tensor<8x8xi32>
      %108 = stablehlo.compare EQ, %106, %107, SIGNED : (tensor<8x8xi32>, tensor<8x8xi32>) -> tensor<8x8xi1>
      %109 = stablehlo.convert %108 : (tensor<8x8xi1>) -> tensor<8x8xf32>
      %110 = stablehlo.constant dense<0.35355338> : tensor<f32>
      %111 = stablehlo.broadcast_in_dim %110, dims = [] : (tensor<f32>) -> tensor<8x8xf32>
      %112 = stablehlo.multiply %109, %111 : tensor<8x8xf32>
      %113 = stablehlo.dot_general %105, %112, contracting_dims = [4] x [0], precision = [HIGHEST, HIGHEST] : (tensor<2x1x2x2x8xf32>, tensor<8x8xf32>) -> tensor<2x1x2x2x8xf32>
      %114 = stablehlo.reshape %99 : (tensor<2x16x2x8xf32>) -> tensor<2x16x2x1x8xf32>
      %115 = stablehlo.broadcast_in_dim %113, dims = [0, 1, 2, 3, 4] : (tensor<2x1x2x2x8xf32>) -> tensor<2x16x2x2x8xf32>
      %116 = stablehlo.broadcast_in_dim %114, dims = [0, 1, 2, 3, 4] : (tensor<2x16x2x1x8xf32>) -> tensor<2x16x2x2x8xf32>
      %117 = stablehlo.multiply %115, %116 : tensor<2x16x2x2x8xf32>
      %118 = stablehlo.constant dense<0.0> : tensor<f32>
      %119 = "stablehlo.reduce"(%117, %118) <{dimensions = array<i64: 4>}> ({
        ^bb0(%a: tensor<f32>, %b: tensor<f32>):
          %c = stablehlo.add %a, %b : tensor<f32>
          stablehlo.return %c : tensor<f32>
      }) : (tensor<2x16x2x2x8xf32>, tensor<f32>) -> tensor<2x16x2x2xf32>
      %120 = stablehlo.transpose %119, dims = [0, 2, 3, 1] : (tensor<2x16x2x2xf32>) -> tensor<2x2x2x16xf32>
      %121 = stablehlo.reshape %120 : (tensor<2x2x2x16xf32>) -> tensor<2x2x2x1x16xf32>
      %122 = stablehlo.broadcast_in_dim %held3, dims = [0, 1, 2, 3, 4] : (tensor<1x1x1x1x16xi1>) -> tensor<2x2x2x1x16xi1>
      %123 = stablehlo.constant dense<0xFF800000> : tensor<f32>
      %124 = stablehlo.broadcast_in_dim %123, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x16xf32>
      %125 = stablehlo.select %122, %121, %124 : tensor<2x2x2x1x16xi1>, tensor<2x2x2x1x16xf32>
      %126 = stablehlo.constant dense<0xFF800000> : tensor<f32>
      %127 = "stablehlo.reduce"(%125, %126) <{dimensions = array<i64: 4>}> ({
        ^bb0(%a: tensor<f32>, %b: tensor<f32>):
          %c = stablehlo.maximum %a, %b : tensor<f32>
          stablehlo.return %c : tensor<f32>
      }) : (tensor<2x2x2x1x16xf32>, tensor<f32>) -> tensor<2x2x2x1xf32>
      %128 = stablehlo.reshape %127 : (tensor<2x2x2x1xf32>) -> tensor<2x2x2x1x1xf32>
      %129 = stablehlo.broadcast_in_dim %123, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x1xf32>
      %130 = stablehlo.compare EQ, %128, %129, FLOAT : (tensor<2x2x2x1x1xf32>, tensor<2x2x2x1x1xf32>) -> tensor<2x2x2x1x1xi1>
      %131 = stablehlo.broadcast_in_dim %45, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x1xf32>
      %132 = stablehlo.select %130, %131, %128 : tensor<2x2x2x1x1xi1>, tensor<2x2x2x1x1xf32>
      %133 = stablehlo.broadcast_in_dim %132, dims = [0, 1, 2, 3, 4] : (tensor<2x2x2x1x1xf32>) -> tensor<2x2x2x1x16xf32>
      %134 = stablehlo.subtract %125, %133 : tensor<2x2x2x1x16xf32>
      %135 = stablehlo.exponential %134 : tensor<2x2x2x1x16xf32>
      %136 = stablehlo.constant dense<0.0> : tensor<f32>
      %137 = "stablehlo.reduce"(%135, %136) <{dimensions = array<i64: 4>}> ({
        ^bb0(%a: tensor<f32>, %b: tensor<f32>):
          %c = stablehlo.add %a, %b : tensor<f32>
          stablehlo.return %c : tensor<f32>
      }) : (tensor<2x2x2x1x16xf32>, tensor<f32>) -> tensor<2x2x2x1xf32>
      %138 = stablehlo.reshape %137 : (tensor<2x2x2x1xf32>) -> tensor<2x2x2x1x1xf32>
      %139 = stablehlo.constant dense<1.0> : tensor<f32>
      %140 = stablehlo.broadcast_in_dim %139, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x1xf32>
      %141 = stablehlo.select %130, %140, %138 : tensor<2x2x2x1x1xi1>, tensor<2x2x2x1x1xf32>
      %142 = stablehlo.broadcast_in_dim %141, dims = [0, 1, 2, 3, 4] : (tensor<2x2x2x1x1xf32>) -> tensor<2x2x2x1x16xf32>
      %143 = stablehlo.divide %135, %142 : tensor<2x2x2x1x16xf32>
      %144 = stablehlo.reshape %143 : (tensor<2x2x2x1x16xf32>) -> tensor<2x2x2x16xf32>
      %145 = stablehlo.transpose %144, dims = [0, 3, 1, 2] : (tensor<2x2x2x16xf32>) -> tensor<2x16x2x2xf32>
      %146 = stablehlo.reshape %104 : (tensor<2x16x2x8xf32>) -> tensor<2x16x2x1x8xf32>
      %147 = stablehlo.reshape %145 : (tensor<2x16x2x2xf32>) -> tensor<2x16x2x2x1xf32>
      %148 = stablehlo.broadcast_in_dim %147, dims = [0, 1, 2, 3, 4] : (tensor<2x16x2x2x1xf32>) -> tensor<2x16x2x2x8xf32>
      %149 = stablehlo.broadcast_in_dim %146, dims = [0, 1, 2, 3, 4] : (tensor<2x16x2x1x8xf32>) -> tensor<2x16x2x2x8xf32>
      %150 = stablehlo.multiply %148, %149 : tensor<2x16x2x2x8xf32>
      %151 = stablehlo.constant dense<0.0> : tensor<f32>
      %152 = "stablehlo.reduce"(%150, %151) <{dimensions = array<i64: 1>}> ({
        ^bb0(%a: tensor<f32>, %b: tensor<f32>):
          %c = stablehlo.add %a, %b : tensor<f32>
          stablehlo.return %c : tensor<f32>
      }) : (tensor<2x16x2x2x8xf32>, tensor<f32>) -> tensor<2x2x2x8xf32>
      %153 = stablehlo.reshape %152 : (tensor<2x2x2x8xf32>) -> tensor<2x1x2x2x8xf32>
      %154 = stablehlo.reshape %153 : (tensor<2x1x2x2x8xf32>) -> tensor<2x1x4x8xf32>
      %155 = sdy.sharding_constraint %154 <@mesh, [{"fsdp", "dp"}, {}, {"tp"}, {}]> : tensor<2x1x4x8xf32>
      %156 = stablehlo.reshape %155 : (tensor<2x1x4x8xf32>) -> tensor<2x1x32xf32>
      %157 = stablehlo.constant dense<0> : tensor<i32>
      %158 = stablehlo.dynamic_slice %stack10, %trip, %157, %157, sizes = [1, 32, 32] : (tensor<2x32x32xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x32x32xf32>
      %159 = stablehlo.reshape %158 : (tensor<1x32x32xf32>) -> tensor<32x32xf32>
      %160 = stablehlo.dot_general %156, %159, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<32x32xf32>) -> tensor<2x1x32xf32>
      %161 = stablehlo.add %30, %160 : tensor<2x1x32xf32>
      %162 = stablehlo.multiply %161, %161 : tensor<2x1x32xf32>
      %163 = stablehlo.constant dense<0.0> : tensor<f32>
      %164 = "stablehlo.reduce"(%162, %163) <{dimensions = array<i64: 2>}> ({
        ^bb0(%a: tensor<f32>, %b: tensor<f32>):
          %c = stablehlo.add %a, %b : tensor<f32>
          stablehlo.return %c : tensor<f32>
      }) : (tensor<2x1x32xf32>, tensor<f32>) -> tensor<2x1xf32>
      %165 = stablehlo.reshape %164 : (tensor<2x1xf32>) -> tensor<2x1x1xf32>
      %166 = stablehlo.divide %165, %36 : tensor<2x1x1xf32>
      %167 = stablehlo.add %166, %39 : tensor<2x1x1xf32>
      %168 = stablehlo.rsqrt %167 : tensor<2x1x1xf32>
      %169 = stablehlo.constant dense<0> : tensor<i32>
      %170 = stablehlo.dynamic_slice %stack11, %trip, %169, sizes = [1, 32] : (tensor<2x32xf32>, tensor<i32>, tensor<i32>) -> tensor<1x32xf32>
      %171 = stablehlo.reshape %170 : (tensor<1x32xf32>) -> tensor<32xf32>
      %172 = stablehlo.add %171, %46 : tensor<32xf32>
      %173 = stablehlo.broadcast_in_dim %168, dims = [0, 1, 2] : (tensor<2x1x1xf32>) -> tensor<2x1x32xf32>
      %174 = stablehlo.multiply %161, %173 : tensor<2x1x32xf32>
      %175 = stablehlo.broadcast_in_dim %172, dims = [2] : (tensor<32xf32>) -> tensor<2x1x32xf32>
      %176 = stablehlo.multiply %174, %175 : tensor<2x1x32xf32>
      %177 = stablehlo.constant dense<0> : tensor<i32>
      %178 = stablehlo.dynamic_slice %stack12, %trip, %177, %177, sizes = [1, 48, 32] : (tensor<2x48x32xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x48x32xf32>
      %179 = stablehlo.reshape %178 : (tensor<1x48x32xf32>) -> tensor<48x32xf32>
      %180 = stablehlo.dot_general %176, %179, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<48x32xf32>) -> tensor<2x1x48xf32>
      %181 = stablehlo.constant dense<0> : tensor<i32>
      %182 = stablehlo.dynamic_slice %stack13, %trip, %181, %181, sizes = [1, 48, 32] : (tensor<2x48x32xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x48x32xf32>
      %183 = stablehlo.reshape %182 : (tensor<1x48x32xf32>) -> tensor<48x32xf32>
      %184 = stablehlo.dot_general %176, %183, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<48x32xf32>) -> tensor<2x1x48xf32>
      %185 = stablehlo.logistic %184 : tensor<2x1x48xf32>
      %186 = stablehlo.multiply %184, %185 : tensor<2x1x48xf32>
      %187 = stablehlo.multiply %186, %180 : tensor<2x1x48xf32>
      %188 = stablehlo.constant dense<0> : tensor<i32>
      %189 = stablehlo.dynamic_slice %stack14, %trip, %188, %188, sizes = [1, 32, 48] : (tensor<2x32x48xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x32x48xf32>
      %190 = stablehlo.reshape %189 : (tensor<1x32x48xf32>) -> tensor<32x48xf32>
      %191 = stablehlo.dot_general %187, %190, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x48xf32>, tensor<32x48xf32>) -> tensor<2x1x32xf32>
      %192 = stablehlo.add %161, %191 : tensor<2x1x32xf32>
      stablehlo.return %29, %192, %96, %101, %stack6, %stack7, %stack8, %stack9, %stack10, %stack11, %stack12, %stack13, %stack14, %held0, %held1, %held2, %held3 : tensor<i32>, tensor<2x1x32xf32>, tensor<2x2x16x2x8xf32>, tensor<2x2x16x2x8xf32>, tensor<2x32xf32>, tensor<2x32x32xf32>, tensor<2x16x32xf32>, tensor<2x16x32xf32>, tensor<2x32x32xf32>, tensor<2x32xf32>, tensor<2x48x32xf32>, tensor<2x48x32xf32>, tensor<2x32x48xf32>, tensor<i32>, tensor<2x1x1x4xf32>, tensor<2x1x1x4xf32>, tensor<1x1x1x1x16xi1>
    }
    %193 = sdy.sharding_constraint %25#1 <@mesh, [{"fsdp", "dp"}, {}, {}]> : tensor<2x1x32xf32>
    %194 = stablehlo.multiply %193, %193 : tensor<2x1x32xf32>
    %195 = stablehlo.constant dense<0.0> : tensor<f32>
    %196 = "stablehlo.reduce"(%194, %195) <{dimensions = array<i64: 2>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.add %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x1x32xf32>, tensor<f32>) -> tensor<2x1xf32>
    %197 = stablehlo.reshape %196 : (tensor<2x1xf32>) -> tensor<2x1x1xf32>
    %198 = stablehlo.divide %197, %2 : tensor<2x1x1xf32>
    %199 = stablehlo.add %198, %4 : tensor<2x1x1xf32>
    %200 = stablehlo.rsqrt %199 : tensor<2x1x1xf32>
    %201 = stablehlo.add %arg15, %6 : tensor<32xf32>
    %202 = stablehlo.broadcast_in_dim %200, dims = [0, 1, 2] : (tensor<2x1x1xf32>) -> tensor<2x1x32xf32>
    %203 = stablehlo.multiply %193, %202 : tensor<2x1x32xf32>
    %204 = stablehlo.broadcast_in_dim %201, dims = [2] : (tensor<32xf32>) -> tensor<2x1x32xf32>
    %205 = stablehlo.multiply %203, %204 : tensor<2x1x32xf32>
    %206 = stablehlo.dot_general %205, %arg5, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<96x32xf32>) -> tensor<2x1x96xf32>
    func.return %206, %25#2, %25#3 : tensor<2x1x96xf32>, tensor<2x2x16x2x8xf32>, tensor<2x2x16x2x8xf32>
  }
}

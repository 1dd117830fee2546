module @easydel {
  func.func public @main(
      %arg0: tensor<2x1xi32>,  // input_ids
      %arg1: tensor<2x1xi32>,  // position_ids
      %arg2: tensor<i32>,  // cache_offset
      %arg3: tensor<2x2x16x2x8xf32> {tf.aliasing_output = 1 : i32},  // cache.*.key, 2 stacked
      %arg4: tensor<2x2x16x2x8xf32> {tf.aliasing_output = 2 : i32},  // cache.*.value, 2 stacked
      %arg5: tensor<96x32xf32>,  // model.embed_tokens.weight
      %arg6: tensor<2x32xf32>,  // model.layers.*.input_layernorm.weight, 2 stacked
      %arg7: tensor<2x32x32xf32>,  // model.layers.*.self_attn.q_proj.weight, 2 stacked
      %arg8: tensor<2x16x32xf32>,  // model.layers.*.self_attn.k_proj.weight, 2 stacked
      %arg9: tensor<2x16x32xf32>,  // model.layers.*.self_attn.v_proj.weight, 2 stacked
      %arg10: tensor<2x32x32xf32>,  // model.layers.*.self_attn.o_proj.weight, 2 stacked
      %arg11: tensor<2x32xf32>,  // model.layers.*.post_attention_layernorm.weight, 2 stacked
      %arg12: tensor<2x48x32xf32>,  // model.layers.*.mlp.up_proj.weight, 2 stacked
      %arg13: tensor<2x48x32xf32>,  // model.layers.*.mlp.gate_proj.weight, 2 stacked
      %arg14: tensor<2x32x48xf32>,  // model.layers.*.mlp.down_proj.weight, 2 stacked
      %arg15: tensor<32xf32>  // model.norm.weight
  ) -> (
      tensor<2x1x96xf32>,  // logits
      tensor<2x2x16x2x8xf32>,  // cache.*.key
      tensor<2x2x16x2x8xf32>  // cache.*.value
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
      %44 = stablehlo.multiply %carry0, %carry0 : tensor<2x1x32xf32>
      %45 = stablehlo.constant dense<0.0> : tensor<f32>
      %46 = "stablehlo.reduce"(%44, %45) <{dimensions = array<i64: 2>}> ({
        ^bb0(%a: tensor<f32>, %b: tensor<f32>):
          %c = stablehlo.add %a, %b : tensor<f32>
          stablehlo.return %c : tensor<f32>
      }) : (tensor<2x1x32xf32>, tensor<f32>) -> tensor<2x1xf32>
      %47 = stablehlo.reshape %46 : (tensor<2x1xf32>) -> tensor<2x1x1xf32>
      %48 = stablehlo.constant dense<32.0> : tensor<f32>
      %49 = stablehlo.broadcast_in_dim %48, dims = [] : (tensor<f32>) -> tensor<2x1x1xf32>
      %50 = stablehlo.divide %47, %49 : tensor<2x1x1xf32>
      %51 = stablehlo.constant dense<1.0e-05> : tensor<f32>
      %52 = stablehlo.broadcast_in_dim %51, dims = [] : (tensor<f32>) -> tensor<2x1x1xf32>
      %53 = stablehlo.add %50, %52 : tensor<2x1x1xf32>
      %54 = stablehlo.rsqrt %53 : tensor<2x1x1xf32>
      %55 = stablehlo.constant dense<0> : tensor<i32>
      %56 = stablehlo.dynamic_slice %stack6, %trip, %55, sizes = [1, 32] : (tensor<2x32xf32>, tensor<i32>, tensor<i32>) -> tensor<1x32xf32>
      %57 = stablehlo.reshape %56 : (tensor<1x32xf32>) -> tensor<32xf32>
      %58 = stablehlo.constant dense<0.0> : tensor<f32>
      %59 = stablehlo.broadcast_in_dim %58, dims = [] : (tensor<f32>) -> tensor<32xf32>
      %60 = stablehlo.add %57, %59 : tensor<32xf32>
      %61 = stablehlo.broadcast_in_dim %54, dims = [0, 1, 2] : (tensor<2x1x1xf32>) -> tensor<2x1x32xf32>
      %62 = stablehlo.multiply %carry0, %61 : tensor<2x1x32xf32>
      %63 = stablehlo.broadcast_in_dim %60, dims = [2] : (tensor<32xf32>) -> tensor<2x1x32xf32>
      %64 = stablehlo.multiply %62, %63 : tensor<2x1x32xf32>
      %65 = stablehlo.constant dense<0> : tensor<i32>
      %66 = stablehlo.dynamic_slice %stack7, %trip, %65, %65, sizes = [1, 32, 32] : (tensor<2x32x32xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x32x32xf32>
      %67 = stablehlo.reshape %66 : (tensor<1x32x32xf32>) -> tensor<32x32xf32>
      %68 = stablehlo.dot_general %64, %67, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<32x32xf32>) -> tensor<2x1x32xf32>
      %69 = stablehlo.reshape %68 : (tensor<2x1x32xf32>) -> tensor<2x1x4x8xf32>
      %70 = stablehlo.constant dense<0> : tensor<i32>
      %71 = stablehlo.dynamic_slice %stack8, %trip, %70, %70, sizes = [1, 16, 32] : (tensor<2x16x32xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x16x32xf32>
      %72 = stablehlo.reshape %71 : (tensor<1x16x32xf32>) -> tensor<16x32xf32>
      %73 = stablehlo.dot_general %64, %72, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<16x32xf32>) -> tensor<2x1x16xf32>
      %74 = stablehlo.reshape %73 : (tensor<2x1x16xf32>) -> tensor<2x1x2x8xf32>
      %75 = stablehlo.constant dense<0> : tensor<i32>
      %76 = stablehlo.dynamic_slice %stack9, %trip, %75, %75, sizes = [1, 16, 32] : (tensor<2x16x32xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x16x32xf32>
      %77 = stablehlo.reshape %76 : (tensor<1x16x32xf32>) -> tensor<16x32xf32>
      %78 = stablehlo.dot_general %64, %77, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<16x32xf32>) -> tensor<2x1x16xf32>
      %79 = stablehlo.reshape %78 : (tensor<2x1x16xf32>) -> tensor<2x1x2x8xf32>
      %80 = stablehlo.slice %69 [0:2:1, 0:1:1, 0:4:1, 0:8:1] : (tensor<2x1x4x8xf32>) -> tensor<2x1x4x8xf32>
      %81 = stablehlo.slice %80 [0:2:1, 0:1:1, 0:4:1, 0:4:1] : (tensor<2x1x4x8xf32>) -> tensor<2x1x4x4xf32>
      %82 = stablehlo.slice %80 [0:2:1, 0:1:1, 0:4:1, 4:8:1] : (tensor<2x1x4x8xf32>) -> tensor<2x1x4x4xf32>
      %83 = stablehlo.broadcast_in_dim %held1, dims = [0, 1, 2, 3] : (tensor<2x1x1x4xf32>) -> tensor<2x1x4x4xf32>
      %84 = stablehlo.multiply %81, %83 : tensor<2x1x4x4xf32>
      %85 = stablehlo.broadcast_in_dim %held2, dims = [0, 1, 2, 3] : (tensor<2x1x1x4xf32>) -> tensor<2x1x4x4xf32>
      %86 = stablehlo.multiply %82, %85 : tensor<2x1x4x4xf32>
      %87 = stablehlo.add %86, %84 : tensor<2x1x4x4xf32>
      %88 = stablehlo.multiply %82, %83 : tensor<2x1x4x4xf32>
      %89 = stablehlo.multiply %81, %85 : tensor<2x1x4x4xf32>
      %90 = stablehlo.subtract %89, %88 : tensor<2x1x4x4xf32>
      %91 = stablehlo.concatenate %90, %87, dim = 3 : (tensor<2x1x4x4xf32>, tensor<2x1x4x4xf32>) -> tensor<2x1x4x8xf32>
      %92 = stablehlo.slice %74 [0:2:1, 0:1:1, 0:2:1, 0:8:1] : (tensor<2x1x2x8xf32>) -> tensor<2x1x2x8xf32>
      %93 = stablehlo.slice %92 [0:2:1, 0:1:1, 0:2:1, 0:4:1] : (tensor<2x1x2x8xf32>) -> tensor<2x1x2x4xf32>
      %94 = stablehlo.slice %92 [0:2:1, 0:1:1, 0:2:1, 4:8:1] : (tensor<2x1x2x8xf32>) -> tensor<2x1x2x4xf32>
      %95 = stablehlo.broadcast_in_dim %held1, dims = [0, 1, 2, 3] : (tensor<2x1x1x4xf32>) -> tensor<2x1x2x4xf32>
      %96 = stablehlo.multiply %93, %95 : tensor<2x1x2x4xf32>
      %97 = stablehlo.broadcast_in_dim %held2, dims = [0, 1, 2, 3] : (tensor<2x1x1x4xf32>) -> tensor<2x1x2x4xf32>
      %98 = stablehlo.multiply %94, %97 : tensor<2x1x2x4xf32>
      %99 = stablehlo.add %98, %96 : tensor<2x1x2x4xf32>
      %100 = stablehlo.multiply %94, %95 : tensor<2x1x2x4xf32>
      %101 = stablehlo.multiply %93, %97 : tensor<2x1x2x4xf32>
      %102 = stablehlo.subtract %101, %100 : tensor<2x1x2x4xf32>
      %103 = stablehlo.concatenate %102, %99, dim = 3 : (tensor<2x1x2x4xf32>, tensor<2x1x2x4xf32>) -> tensor<2x1x2x8xf32>
      %104 = stablehlo.constant dense<0> : tensor<i32>
      %105 = stablehlo.reshape %103 : (tensor<2x1x2x8xf32>) -> tensor<1x2x1x2x8xf32>
      %106 = stablehlo.dynamic_update_slice %state3, %105, %trip, %104, %held0, %104, %104 : (tensor<2x2x16x2x8xf32>, tensor<1x2x1x2x8xf32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<2x2x16x2x8xf32>
      %107 = stablehlo.constant dense<0> : tensor<i32>
      %108 = stablehlo.dynamic_slice %106, %trip, %107, %107, %107, %107, sizes = [1, 2, 16, 2, 8] : (tensor<2x2x16x2x8xf32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x2x16x2x8xf32>
      %109 = stablehlo.reshape %108 : (tensor<1x2x16x2x8xf32>) -> tensor<2x16x2x8xf32>
      %110 = stablehlo.reshape %79 : (tensor<2x1x2x8xf32>) -> tensor<1x2x1x2x8xf32>
      %111 = stablehlo.dynamic_update_slice %state4, %110, %trip, %104, %held0, %104, %104 : (tensor<2x2x16x2x8xf32>, tensor<1x2x1x2x8xf32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<2x2x16x2x8xf32>
      %112 = stablehlo.constant dense<0> : tensor<i32>
      %113 = stablehlo.dynamic_slice %111, %trip, %112, %112, %112, %112, sizes = [1, 2, 16, 2, 8] : (tensor<2x2x16x2x8xf32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x2x16x2x8xf32>
      %114 = stablehlo.reshape %113 : (tensor<1x2x16x2x8xf32>) -> tensor<2x16x2x8xf32>
      %115 = stablehlo.reshape %91 : (tensor<2x1x4x8xf32>) -> tensor<2x1x2x2x8xf32>
      %116 = stablehlo.dot_general %115, %109, batching_dims = [0, 2] x [0, 2], contracting_dims = [4] x [3], precision = [HIGHEST, HIGHEST] : (tensor<2x1x2x2x8xf32>, tensor<2x16x2x8xf32>) -> tensor<2x2x1x2x16xf32>
      %117 = stablehlo.transpose %116, dims = [0, 1, 3, 2, 4] : (tensor<2x2x1x2x16xf32>) -> tensor<2x2x2x1x16xf32>
      %118 = stablehlo.constant dense<0.35355338> : tensor<f32>
      %119 = stablehlo.broadcast_in_dim %118, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x16xf32>
      %120 = stablehlo.multiply %117, %119 : tensor<2x2x2x1x16xf32>
      %121 = stablehlo.broadcast_in_dim %held3, dims = [0, 1, 2, 3, 4] : (tensor<1x1x1x1x16xi1>) -> tensor<2x2x2x1x16xi1>
      %122 = stablehlo.constant dense<0xFF800000> : tensor<f32>
      %123 = stablehlo.broadcast_in_dim %122, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x16xf32>
      %124 = stablehlo.select %121, %120, %123 : tensor<2x2x2x1x16xi1>, tensor<2x2x2x1x16xf32>
      %125 = stablehlo.constant dense<0xFF800000> : tensor<f32>
      %126 = "stablehlo.reduce"(%124, %125) <{dimensions = array<i64: 4>}> ({
        ^bb0(%a: tensor<f32>, %b: tensor<f32>):
          %c = stablehlo.maximum %a, %b : tensor<f32>
          stablehlo.return %c : tensor<f32>
      }) : (tensor<2x2x2x1x16xf32>, tensor<f32>) -> tensor<2x2x2x1xf32>
      %127 = stablehlo.reshape %126 : (tensor<2x2x2x1xf32>) -> tensor<2x2x2x1x1xf32>
      %128 = stablehlo.broadcast_in_dim %122, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x1xf32>
      %129 = stablehlo.compare EQ, %127, %128, FLOAT : (tensor<2x2x2x1x1xf32>, tensor<2x2x2x1x1xf32>) -> tensor<2x2x2x1x1xi1>
      %130 = stablehlo.broadcast_in_dim %58, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x1xf32>
      %131 = stablehlo.select %129, %130, %127 : tensor<2x2x2x1x1xi1>, tensor<2x2x2x1x1xf32>
      %132 = stablehlo.broadcast_in_dim %131, dims = [0, 1, 2, 3, 4] : (tensor<2x2x2x1x1xf32>) -> tensor<2x2x2x1x16xf32>
      %133 = stablehlo.subtract %124, %132 : tensor<2x2x2x1x16xf32>
      %134 = stablehlo.exponential %133 : tensor<2x2x2x1x16xf32>
      %135 = stablehlo.constant dense<0.0> : tensor<f32>
      %136 = "stablehlo.reduce"(%134, %135) <{dimensions = array<i64: 4>}> ({
        ^bb0(%a: tensor<f32>, %b: tensor<f32>):
          %c = stablehlo.add %a, %b : tensor<f32>
          stablehlo.return %c : tensor<f32>
      }) : (tensor<2x2x2x1x16xf32>, tensor<f32>) -> tensor<2x2x2x1xf32>
      %137 = stablehlo.reshape %136 : (tensor<2x2x2x1xf32>) -> tensor<2x2x2x1x1xf32>
      %138 = stablehlo.constant dense<1.0> : tensor<f32>
      %139 = stablehlo.broadcast_in_dim %138, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x1xf32>
      %140 = stablehlo.select %129, %139, %137 : tensor<2x2x2x1x1xi1>, tensor<2x2x2x1x1xf32>
      %141 = stablehlo.broadcast_in_dim %140, dims = [0, 1, 2, 3, 4] : (tensor<2x2x2x1x1xf32>) -> tensor<2x2x2x1x16xf32>
      %142 = stablehlo.divide %134, %141 : tensor<2x2x2x1x16xf32>
      %143 = stablehlo.dot_general %142, %114, batching_dims = [0, 1] x [0, 2], contracting_dims = [4] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x2x2x1x16xf32>, tensor<2x16x2x8xf32>) -> tensor<2x2x2x1x8xf32>
      %144 = stablehlo.transpose %143, dims = [0, 3, 1, 2, 4] : (tensor<2x2x2x1x8xf32>) -> tensor<2x1x2x2x8xf32>
      %145 = stablehlo.reshape %144 : (tensor<2x1x2x2x8xf32>) -> tensor<2x1x4x8xf32>
      %146 = stablehlo.reshape %145 : (tensor<2x1x4x8xf32>) -> tensor<2x1x32xf32>
      %147 = stablehlo.constant dense<0> : tensor<i32>
      %148 = stablehlo.dynamic_slice %stack10, %trip, %147, %147, sizes = [1, 32, 32] : (tensor<2x32x32xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x32x32xf32>
      %149 = stablehlo.reshape %148 : (tensor<1x32x32xf32>) -> tensor<32x32xf32>
      %150 = stablehlo.dot_general %146, %149, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<32x32xf32>) -> tensor<2x1x32xf32>
      %151 = stablehlo.add %carry0, %150 : tensor<2x1x32xf32>
      %152 = stablehlo.multiply %151, %151 : tensor<2x1x32xf32>
      %153 = stablehlo.constant dense<0.0> : tensor<f32>
      %154 = "stablehlo.reduce"(%152, %153) <{dimensions = array<i64: 2>}> ({
        ^bb0(%a: tensor<f32>, %b: tensor<f32>):
          %c = stablehlo.add %a, %b : tensor<f32>
          stablehlo.return %c : tensor<f32>
      }) : (tensor<2x1x32xf32>, tensor<f32>) -> tensor<2x1xf32>
      %155 = stablehlo.reshape %154 : (tensor<2x1xf32>) -> tensor<2x1x1xf32>
      %156 = stablehlo.divide %155, %49 : tensor<2x1x1xf32>
      %157 = stablehlo.add %156, %52 : tensor<2x1x1xf32>
      %158 = stablehlo.rsqrt %157 : tensor<2x1x1xf32>
      %159 = stablehlo.constant dense<0> : tensor<i32>
      %160 = stablehlo.dynamic_slice %stack11, %trip, %159, sizes = [1, 32] : (tensor<2x32xf32>, tensor<i32>, tensor<i32>) -> tensor<1x32xf32>
      %161 = stablehlo.reshape %160 : (tensor<1x32xf32>) -> tensor<32xf32>
      %162 = stablehlo.add %161, %59 : tensor<32xf32>
      %163 = stablehlo.broadcast_in_dim %158, dims = [0, 1, 2] : (tensor<2x1x1xf32>) -> tensor<2x1x32xf32>
      %164 = stablehlo.multiply %151, %163 : tensor<2x1x32xf32>
      %165 = stablehlo.broadcast_in_dim %162, dims = [2] : (tensor<32xf32>) -> tensor<2x1x32xf32>
      %166 = stablehlo.multiply %164, %165 : tensor<2x1x32xf32>
      %167 = stablehlo.constant dense<0> : tensor<i32>
      %168 = stablehlo.dynamic_slice %stack12, %trip, %167, %167, sizes = [1, 48, 32] : (tensor<2x48x32xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x48x32xf32>
      %169 = stablehlo.reshape %168 : (tensor<1x48x32xf32>) -> tensor<48x32xf32>
      %170 = stablehlo.dot_general %166, %169, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<48x32xf32>) -> tensor<2x1x48xf32>
      %171 = stablehlo.constant dense<0> : tensor<i32>
      %172 = stablehlo.dynamic_slice %stack13, %trip, %171, %171, sizes = [1, 48, 32] : (tensor<2x48x32xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x48x32xf32>
      %173 = stablehlo.reshape %172 : (tensor<1x48x32xf32>) -> tensor<48x32xf32>
      %174 = stablehlo.dot_general %166, %173, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<48x32xf32>) -> tensor<2x1x48xf32>
      %175 = stablehlo.logistic %174 : tensor<2x1x48xf32>
      %176 = stablehlo.multiply %174, %175 : tensor<2x1x48xf32>
      %177 = stablehlo.multiply %176, %170 : tensor<2x1x48xf32>
      %178 = stablehlo.constant dense<0> : tensor<i32>
      %179 = stablehlo.dynamic_slice %stack14, %trip, %178, %178, sizes = [1, 32, 48] : (tensor<2x32x48xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x32x48xf32>
      %180 = stablehlo.reshape %179 : (tensor<1x32x48xf32>) -> tensor<32x48xf32>
      %181 = stablehlo.dot_general %177, %180, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x48xf32>, tensor<32x48xf32>) -> tensor<2x1x32xf32>
      %182 = stablehlo.add %151, %181 : tensor<2x1x32xf32>
      stablehlo.return %43, %182, %106, %111, %stack6, %stack7, %stack8, %stack9, %stack10, %stack11, %stack12, %stack13, %stack14, %held0, %held1, %held2, %held3 : tensor<i32>, tensor<2x1x32xf32>, tensor<2x2x16x2x8xf32>, tensor<2x2x16x2x8xf32>, tensor<2x32xf32>, tensor<2x32x32xf32>, tensor<2x16x32xf32>, tensor<2x16x32xf32>, tensor<2x32x32xf32>, tensor<2x32xf32>, tensor<2x48x32xf32>, tensor<2x48x32xf32>, tensor<2x32x48xf32>, tensor<i32>, tensor<2x1x1x4xf32>, tensor<2x1x1x4xf32>, tensor<1x1x1x1x16xi1>
    }
    %183 = stablehlo.multiply %39#1, %39#1 : tensor<2x1x32xf32>
    %184 = stablehlo.constant dense<0.0> : tensor<f32>
    %185 = "stablehlo.reduce"(%183, %184) <{dimensions = array<i64: 2>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.add %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x1x32xf32>, tensor<f32>) -> tensor<2x1xf32>
    %186 = stablehlo.reshape %185 : (tensor<2x1xf32>) -> tensor<2x1x1xf32>
    %187 = stablehlo.divide %186, %2 : tensor<2x1x1xf32>
    %188 = stablehlo.add %187, %4 : tensor<2x1x1xf32>
    %189 = stablehlo.rsqrt %188 : tensor<2x1x1xf32>
    %190 = stablehlo.add %arg15, %6 : tensor<32xf32>
    %191 = stablehlo.broadcast_in_dim %189, dims = [0, 1, 2] : (tensor<2x1x1xf32>) -> tensor<2x1x32xf32>
    %192 = stablehlo.multiply %39#1, %191 : tensor<2x1x32xf32>
    %193 = stablehlo.broadcast_in_dim %190, dims = [2] : (tensor<32xf32>) -> tensor<2x1x32xf32>
    %194 = stablehlo.multiply %192, %193 : tensor<2x1x32xf32>
    %195 = stablehlo.dot_general %194, %arg5, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<96x32xf32>) -> tensor<2x1x96xf32>
    func.return %195, %39#2, %39#3 : tensor<2x1x96xf32>, tensor<2x2x16x2x8xf32>, tensor<2x2x16x2x8xf32>
  }
}

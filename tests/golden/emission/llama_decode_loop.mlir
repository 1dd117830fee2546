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
      %30 = stablehlo.multiply %carry0, %carry0 : tensor<2x1x32xf32>
      %31 = stablehlo.constant dense<0.0> : tensor<f32>
      %32 = "stablehlo.reduce"(%30, %31) <{dimensions = array<i64: 2>}> ({
        ^bb0(%a: tensor<f32>, %b: tensor<f32>):
          %c = stablehlo.add %a, %b : tensor<f32>
          stablehlo.return %c : tensor<f32>
      }) : (tensor<2x1x32xf32>, tensor<f32>) -> tensor<2x1xf32>
      %33 = stablehlo.reshape %32 : (tensor<2x1xf32>) -> tensor<2x1x1xf32>
      %34 = stablehlo.constant dense<32.0> : tensor<f32>
      %35 = stablehlo.broadcast_in_dim %34, dims = [] : (tensor<f32>) -> tensor<2x1x1xf32>
      %36 = stablehlo.divide %33, %35 : tensor<2x1x1xf32>
      %37 = stablehlo.constant dense<1.0e-05> : tensor<f32>
      %38 = stablehlo.broadcast_in_dim %37, dims = [] : (tensor<f32>) -> tensor<2x1x1xf32>
      %39 = stablehlo.add %36, %38 : tensor<2x1x1xf32>
      %40 = stablehlo.rsqrt %39 : tensor<2x1x1xf32>
      %41 = stablehlo.constant dense<0> : tensor<i32>
      %42 = stablehlo.dynamic_slice %stack6, %trip, %41, sizes = [1, 32] : (tensor<2x32xf32>, tensor<i32>, tensor<i32>) -> tensor<1x32xf32>
      %43 = stablehlo.reshape %42 : (tensor<1x32xf32>) -> tensor<32xf32>
      %44 = stablehlo.constant dense<0.0> : tensor<f32>
      %45 = stablehlo.broadcast_in_dim %44, dims = [] : (tensor<f32>) -> tensor<32xf32>
      %46 = stablehlo.add %43, %45 : tensor<32xf32>
      %47 = stablehlo.broadcast_in_dim %40, dims = [0, 1, 2] : (tensor<2x1x1xf32>) -> tensor<2x1x32xf32>
      %48 = stablehlo.multiply %carry0, %47 : tensor<2x1x32xf32>
      %49 = stablehlo.broadcast_in_dim %46, dims = [2] : (tensor<32xf32>) -> tensor<2x1x32xf32>
      %50 = stablehlo.multiply %48, %49 : tensor<2x1x32xf32>
      %51 = stablehlo.constant dense<0> : tensor<i32>
      %52 = stablehlo.dynamic_slice %stack7, %trip, %51, %51, sizes = [1, 32, 32] : (tensor<2x32x32xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x32x32xf32>
      %53 = stablehlo.reshape %52 : (tensor<1x32x32xf32>) -> tensor<32x32xf32>
      %54 = stablehlo.dot_general %50, %53, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<32x32xf32>) -> tensor<2x1x32xf32>
      %55 = stablehlo.reshape %54 : (tensor<2x1x32xf32>) -> tensor<2x1x4x8xf32>
      %56 = stablehlo.constant dense<0> : tensor<i32>
      %57 = stablehlo.dynamic_slice %stack8, %trip, %56, %56, sizes = [1, 16, 32] : (tensor<2x16x32xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x16x32xf32>
      %58 = stablehlo.reshape %57 : (tensor<1x16x32xf32>) -> tensor<16x32xf32>
      %59 = stablehlo.dot_general %50, %58, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<16x32xf32>) -> tensor<2x1x16xf32>
      %60 = stablehlo.reshape %59 : (tensor<2x1x16xf32>) -> tensor<2x1x2x8xf32>
      %61 = stablehlo.constant dense<0> : tensor<i32>
      %62 = stablehlo.dynamic_slice %stack9, %trip, %61, %61, sizes = [1, 16, 32] : (tensor<2x16x32xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x16x32xf32>
      %63 = stablehlo.reshape %62 : (tensor<1x16x32xf32>) -> tensor<16x32xf32>
      %64 = stablehlo.dot_general %50, %63, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<16x32xf32>) -> tensor<2x1x16xf32>
      %65 = stablehlo.reshape %64 : (tensor<2x1x16xf32>) -> tensor<2x1x2x8xf32>
      %66 = stablehlo.slice %55 [0:2:1, 0:1:1, 0:4:1, 0:8:1] : (tensor<2x1x4x8xf32>) -> tensor<2x1x4x8xf32>
      %67 = stablehlo.slice %66 [0:2:1, 0:1:1, 0:4:1, 0:4:1] : (tensor<2x1x4x8xf32>) -> tensor<2x1x4x4xf32>
      %68 = stablehlo.slice %66 [0:2:1, 0:1:1, 0:4:1, 4:8:1] : (tensor<2x1x4x8xf32>) -> tensor<2x1x4x4xf32>
      %69 = stablehlo.broadcast_in_dim %held1, dims = [0, 1, 2, 3] : (tensor<2x1x1x4xf32>) -> tensor<2x1x4x4xf32>
      %70 = stablehlo.multiply %67, %69 : tensor<2x1x4x4xf32>
      %71 = stablehlo.broadcast_in_dim %held2, dims = [0, 1, 2, 3] : (tensor<2x1x1x4xf32>) -> tensor<2x1x4x4xf32>
      %72 = stablehlo.multiply %68, %71 : tensor<2x1x4x4xf32>
      %73 = stablehlo.add %72, %70 : tensor<2x1x4x4xf32>
      %74 = stablehlo.multiply %68, %69 : tensor<2x1x4x4xf32>
      %75 = stablehlo.multiply %67, %71 : tensor<2x1x4x4xf32>
      %76 = stablehlo.subtract %75, %74 : tensor<2x1x4x4xf32>
      %77 = stablehlo.concatenate %76, %73, dim = 3 : (tensor<2x1x4x4xf32>, tensor<2x1x4x4xf32>) -> tensor<2x1x4x8xf32>
      %78 = stablehlo.slice %60 [0:2:1, 0:1:1, 0:2:1, 0:8:1] : (tensor<2x1x2x8xf32>) -> tensor<2x1x2x8xf32>
      %79 = stablehlo.slice %78 [0:2:1, 0:1:1, 0:2:1, 0:4:1] : (tensor<2x1x2x8xf32>) -> tensor<2x1x2x4xf32>
      %80 = stablehlo.slice %78 [0:2:1, 0:1:1, 0:2:1, 4:8:1] : (tensor<2x1x2x8xf32>) -> tensor<2x1x2x4xf32>
      %81 = stablehlo.broadcast_in_dim %held1, dims = [0, 1, 2, 3] : (tensor<2x1x1x4xf32>) -> tensor<2x1x2x4xf32>
      %82 = stablehlo.multiply %79, %81 : tensor<2x1x2x4xf32>
      %83 = stablehlo.broadcast_in_dim %held2, dims = [0, 1, 2, 3] : (tensor<2x1x1x4xf32>) -> tensor<2x1x2x4xf32>
      %84 = stablehlo.multiply %80, %83 : tensor<2x1x2x4xf32>
      %85 = stablehlo.add %84, %82 : tensor<2x1x2x4xf32>
      %86 = stablehlo.multiply %80, %81 : tensor<2x1x2x4xf32>
      %87 = stablehlo.multiply %79, %83 : tensor<2x1x2x4xf32>
      %88 = stablehlo.subtract %87, %86 : tensor<2x1x2x4xf32>
      %89 = stablehlo.concatenate %88, %85, dim = 3 : (tensor<2x1x2x4xf32>, tensor<2x1x2x4xf32>) -> tensor<2x1x2x8xf32>
      %90 = stablehlo.constant dense<0> : tensor<i32>
      %91 = stablehlo.reshape %89 : (tensor<2x1x2x8xf32>) -> tensor<1x2x1x2x8xf32>
      %92 = stablehlo.dynamic_update_slice %state3, %91, %trip, %90, %held0, %90, %90 : (tensor<2x2x16x2x8xf32>, tensor<1x2x1x2x8xf32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<2x2x16x2x8xf32>
      %93 = stablehlo.constant dense<0> : tensor<i32>
      %94 = stablehlo.dynamic_slice %92, %trip, %93, %93, %93, %93, sizes = [1, 2, 16, 2, 8] : (tensor<2x2x16x2x8xf32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x2x16x2x8xf32>
      %95 = stablehlo.reshape %94 : (tensor<1x2x16x2x8xf32>) -> tensor<2x16x2x8xf32>
      %96 = stablehlo.reshape %65 : (tensor<2x1x2x8xf32>) -> tensor<1x2x1x2x8xf32>
      %97 = stablehlo.dynamic_update_slice %state4, %96, %trip, %90, %held0, %90, %90 : (tensor<2x2x16x2x8xf32>, tensor<1x2x1x2x8xf32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<2x2x16x2x8xf32>
      %98 = stablehlo.constant dense<0> : tensor<i32>
      %99 = stablehlo.dynamic_slice %97, %trip, %98, %98, %98, %98, sizes = [1, 2, 16, 2, 8] : (tensor<2x2x16x2x8xf32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x2x16x2x8xf32>
      %100 = stablehlo.reshape %99 : (tensor<1x2x16x2x8xf32>) -> tensor<2x16x2x8xf32>
      %101 = stablehlo.reshape %77 : (tensor<2x1x4x8xf32>) -> tensor<2x1x2x2x8xf32>
      %102 = stablehlo.iota dim = 0 : tensor<8x8xi32>
      %103 = stablehlo.iota dim = 1 : tensor<8x8xi32>
      %104 = stablehlo.compare EQ, %102, %103, SIGNED : (tensor<8x8xi32>, tensor<8x8xi32>) -> tensor<8x8xi1>
      %105 = stablehlo.convert %104 : (tensor<8x8xi1>) -> tensor<8x8xf32>
      %106 = stablehlo.constant dense<0.35355338> : tensor<f32>
      %107 = stablehlo.broadcast_in_dim %106, dims = [] : (tensor<f32>) -> tensor<8x8xf32>
      %108 = stablehlo.multiply %105, %107 : tensor<8x8xf32>
      %109 = stablehlo.dot_general %101, %108, contracting_dims = [4] x [0], precision = [HIGHEST, HIGHEST] : (tensor<2x1x2x2x8xf32>, tensor<8x8xf32>) -> tensor<2x1x2x2x8xf32>
      %110 = stablehlo.reshape %95 : (tensor<2x16x2x8xf32>) -> tensor<2x16x2x1x8xf32>
      %111 = stablehlo.broadcast_in_dim %109, dims = [0, 1, 2, 3, 4] : (tensor<2x1x2x2x8xf32>) -> tensor<2x16x2x2x8xf32>
      %112 = stablehlo.broadcast_in_dim %110, dims = [0, 1, 2, 3, 4] : (tensor<2x16x2x1x8xf32>) -> tensor<2x16x2x2x8xf32>
      %113 = stablehlo.multiply %111, %112 : tensor<2x16x2x2x8xf32>
      %114 = stablehlo.constant dense<0.0> : tensor<f32>
      %115 = "stablehlo.reduce"(%113, %114) <{dimensions = array<i64: 4>}> ({
        ^bb0(%a: tensor<f32>, %b: tensor<f32>):
          %c = stablehlo.add %a, %b : tensor<f32>
          stablehlo.return %c : tensor<f32>
      }) : (tensor<2x16x2x2x8xf32>, tensor<f32>) -> tensor<2x16x2x2xf32>
      %116 = stablehlo.transpose %115, dims = [0, 2, 3, 1] : (tensor<2x16x2x2xf32>) -> tensor<2x2x2x16xf32>
      %117 = stablehlo.reshape %116 : (tensor<2x2x2x16xf32>) -> tensor<2x2x2x1x16xf32>
      %118 = stablehlo.broadcast_in_dim %held3, dims = [0, 1, 2, 3, 4] : (tensor<1x1x1x1x16xi1>) -> tensor<2x2x2x1x16xi1>
      %119 = stablehlo.constant dense<0xFF800000> : tensor<f32>
      %120 = stablehlo.broadcast_in_dim %119, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x16xf32>
      %121 = stablehlo.select %118, %117, %120 : tensor<2x2x2x1x16xi1>, tensor<2x2x2x1x16xf32>
      %122 = stablehlo.constant dense<0xFF800000> : tensor<f32>
      %123 = "stablehlo.reduce"(%121, %122) <{dimensions = array<i64: 4>}> ({
        ^bb0(%a: tensor<f32>, %b: tensor<f32>):
          %c = stablehlo.maximum %a, %b : tensor<f32>
          stablehlo.return %c : tensor<f32>
      }) : (tensor<2x2x2x1x16xf32>, tensor<f32>) -> tensor<2x2x2x1xf32>
      %124 = stablehlo.reshape %123 : (tensor<2x2x2x1xf32>) -> tensor<2x2x2x1x1xf32>
      %125 = stablehlo.broadcast_in_dim %119, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x1xf32>
      %126 = stablehlo.compare EQ, %124, %125, FLOAT : (tensor<2x2x2x1x1xf32>, tensor<2x2x2x1x1xf32>) -> tensor<2x2x2x1x1xi1>
      %127 = stablehlo.broadcast_in_dim %44, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x1xf32>
      %128 = stablehlo.select %126, %127, %124 : tensor<2x2x2x1x1xi1>, tensor<2x2x2x1x1xf32>
      %129 = stablehlo.broadcast_in_dim %128, dims = [0, 1, 2, 3, 4] : (tensor<2x2x2x1x1xf32>) -> tensor<2x2x2x1x16xf32>
      %130 = stablehlo.subtract %121, %129 : tensor<2x2x2x1x16xf32>
      %131 = stablehlo.exponential %130 : tensor<2x2x2x1x16xf32>
      %132 = stablehlo.constant dense<0.0> : tensor<f32>
      %133 = "stablehlo.reduce"(%131, %132) <{dimensions = array<i64: 4>}> ({
        ^bb0(%a: tensor<f32>, %b: tensor<f32>):
          %c = stablehlo.add %a, %b : tensor<f32>
          stablehlo.return %c : tensor<f32>
      }) : (tensor<2x2x2x1x16xf32>, tensor<f32>) -> tensor<2x2x2x1xf32>
      %134 = stablehlo.reshape %133 : (tensor<2x2x2x1xf32>) -> tensor<2x2x2x1x1xf32>
      %135 = stablehlo.constant dense<1.0> : tensor<f32>
      %136 = stablehlo.broadcast_in_dim %135, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x1xf32>
      %137 = stablehlo.select %126, %136, %134 : tensor<2x2x2x1x1xi1>, tensor<2x2x2x1x1xf32>
      %138 = stablehlo.broadcast_in_dim %137, dims = [0, 1, 2, 3, 4] : (tensor<2x2x2x1x1xf32>) -> tensor<2x2x2x1x16xf32>
      %139 = stablehlo.divide %131, %138 : tensor<2x2x2x1x16xf32>
      %140 = stablehlo.reshape %139 : (tensor<2x2x2x1x16xf32>) -> tensor<2x2x2x16xf32>
      %141 = stablehlo.transpose %140, dims = [0, 3, 1, 2] : (tensor<2x2x2x16xf32>) -> tensor<2x16x2x2xf32>
      %142 = stablehlo.reshape %100 : (tensor<2x16x2x8xf32>) -> tensor<2x16x2x1x8xf32>
      %143 = stablehlo.reshape %141 : (tensor<2x16x2x2xf32>) -> tensor<2x16x2x2x1xf32>
      %144 = stablehlo.broadcast_in_dim %143, dims = [0, 1, 2, 3, 4] : (tensor<2x16x2x2x1xf32>) -> tensor<2x16x2x2x8xf32>
      %145 = stablehlo.broadcast_in_dim %142, dims = [0, 1, 2, 3, 4] : (tensor<2x16x2x1x8xf32>) -> tensor<2x16x2x2x8xf32>
      %146 = stablehlo.multiply %144, %145 : tensor<2x16x2x2x8xf32>
      %147 = stablehlo.constant dense<0.0> : tensor<f32>
      %148 = "stablehlo.reduce"(%146, %147) <{dimensions = array<i64: 1>}> ({
        ^bb0(%a: tensor<f32>, %b: tensor<f32>):
          %c = stablehlo.add %a, %b : tensor<f32>
          stablehlo.return %c : tensor<f32>
      }) : (tensor<2x16x2x2x8xf32>, tensor<f32>) -> tensor<2x2x2x8xf32>
      %149 = stablehlo.reshape %148 : (tensor<2x2x2x8xf32>) -> tensor<2x1x2x2x8xf32>
      %150 = stablehlo.reshape %149 : (tensor<2x1x2x2x8xf32>) -> tensor<2x1x4x8xf32>
      %151 = stablehlo.reshape %150 : (tensor<2x1x4x8xf32>) -> tensor<2x1x32xf32>
      %152 = stablehlo.constant dense<0> : tensor<i32>
      %153 = stablehlo.dynamic_slice %stack10, %trip, %152, %152, sizes = [1, 32, 32] : (tensor<2x32x32xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x32x32xf32>
      %154 = stablehlo.reshape %153 : (tensor<1x32x32xf32>) -> tensor<32x32xf32>
      %155 = stablehlo.dot_general %151, %154, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<32x32xf32>) -> tensor<2x1x32xf32>
      %156 = stablehlo.add %carry0, %155 : tensor<2x1x32xf32>
      %157 = stablehlo.multiply %156, %156 : tensor<2x1x32xf32>
      %158 = stablehlo.constant dense<0.0> : tensor<f32>
      %159 = "stablehlo.reduce"(%157, %158) <{dimensions = array<i64: 2>}> ({
        ^bb0(%a: tensor<f32>, %b: tensor<f32>):
          %c = stablehlo.add %a, %b : tensor<f32>
          stablehlo.return %c : tensor<f32>
      }) : (tensor<2x1x32xf32>, tensor<f32>) -> tensor<2x1xf32>
      %160 = stablehlo.reshape %159 : (tensor<2x1xf32>) -> tensor<2x1x1xf32>
      %161 = stablehlo.divide %160, %35 : tensor<2x1x1xf32>
      %162 = stablehlo.add %161, %38 : tensor<2x1x1xf32>
      %163 = stablehlo.rsqrt %162 : tensor<2x1x1xf32>
      %164 = stablehlo.constant dense<0> : tensor<i32>
      %165 = stablehlo.dynamic_slice %stack11, %trip, %164, sizes = [1, 32] : (tensor<2x32xf32>, tensor<i32>, tensor<i32>) -> tensor<1x32xf32>
      %166 = stablehlo.reshape %165 : (tensor<1x32xf32>) -> tensor<32xf32>
      %167 = stablehlo.add %166, %45 : tensor<32xf32>
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
      stablehlo.return %29, %187, %92, %97, %stack6, %stack7, %stack8, %stack9, %stack10, %stack11, %stack12, %stack13, %stack14, %held0, %held1, %held2, %held3 : tensor<i32>, tensor<2x1x32xf32>, tensor<2x2x16x2x8xf32>, tensor<2x2x16x2x8xf32>, tensor<2x32xf32>, tensor<2x32x32xf32>, tensor<2x16x32xf32>, tensor<2x16x32xf32>, tensor<2x32x32xf32>, tensor<2x32xf32>, tensor<2x48x32xf32>, tensor<2x48x32xf32>, tensor<2x32x48xf32>, tensor<i32>, tensor<2x1x1x4xf32>, tensor<2x1x1x4xf32>, tensor<1x1x1x1x16xi1>
    }
    %188 = stablehlo.multiply %25#1, %25#1 : tensor<2x1x32xf32>
    %189 = stablehlo.constant dense<0.0> : tensor<f32>
    %190 = "stablehlo.reduce"(%188, %189) <{dimensions = array<i64: 2>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.add %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x1x32xf32>, tensor<f32>) -> tensor<2x1xf32>
    %191 = stablehlo.reshape %190 : (tensor<2x1xf32>) -> tensor<2x1x1xf32>
    %192 = stablehlo.divide %191, %2 : tensor<2x1x1xf32>
    %193 = stablehlo.add %192, %4 : tensor<2x1x1xf32>
    %194 = stablehlo.rsqrt %193 : tensor<2x1x1xf32>
    %195 = stablehlo.add %arg15, %6 : tensor<32xf32>
    %196 = stablehlo.broadcast_in_dim %194, dims = [0, 1, 2] : (tensor<2x1x1xf32>) -> tensor<2x1x32xf32>
    %197 = stablehlo.multiply %25#1, %196 : tensor<2x1x32xf32>
    %198 = stablehlo.broadcast_in_dim %195, dims = [2] : (tensor<32xf32>) -> tensor<2x1x32xf32>
    %199 = stablehlo.multiply %197, %198 : tensor<2x1x32xf32>
    %200 = stablehlo.dot_general %199, %arg5, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<96x32xf32>) -> tensor<2x1x96xf32>
    func.return %200, %25#2, %25#3 : tensor<2x1x96xf32>, tensor<2x2x16x2x8xf32>, tensor<2x2x16x2x8xf32>
  }
}

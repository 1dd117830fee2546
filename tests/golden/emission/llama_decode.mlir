module @easydel {
  func.func public @main(
      %arg0: tensor<2x1xi32>,  // input_ids
      %arg1: tensor<2x1xi32>,  // position_ids
      %arg2: tensor<i32>,  // cache_offset
      %arg3: tensor<2x16x2x8xf32> {tf.aliasing_output = 1 : i32},  // cache.0.key
      %arg4: tensor<2x16x2x8xf32> {tf.aliasing_output = 2 : i32},  // cache.0.value
      %arg5: tensor<2x16x2x8xf32> {tf.aliasing_output = 3 : i32},  // cache.1.key
      %arg6: tensor<2x16x2x8xf32> {tf.aliasing_output = 4 : i32},  // cache.1.value
      %arg7: tensor<96x32xf32>,  // model.embed_tokens.weight
      %arg8: tensor<32xf32>,  // model.layers.0.input_layernorm.weight
      %arg9: tensor<32x32xf32>,  // model.layers.0.self_attn.q_proj.weight
      %arg10: tensor<16x32xf32>,  // model.layers.0.self_attn.k_proj.weight
      %arg11: tensor<16x32xf32>,  // model.layers.0.self_attn.v_proj.weight
      %arg12: tensor<32x32xf32>,  // model.layers.0.self_attn.o_proj.weight
      %arg13: tensor<32xf32>,  // model.layers.0.post_attention_layernorm.weight
      %arg14: tensor<48x32xf32>,  // model.layers.0.mlp.up_proj.weight
      %arg15: tensor<48x32xf32>,  // model.layers.0.mlp.gate_proj.weight
      %arg16: tensor<32x48xf32>,  // model.layers.0.mlp.down_proj.weight
      %arg17: tensor<32xf32>,  // model.layers.1.input_layernorm.weight
      %arg18: tensor<32x32xf32>,  // model.layers.1.self_attn.q_proj.weight
      %arg19: tensor<16x32xf32>,  // model.layers.1.self_attn.k_proj.weight
      %arg20: tensor<16x32xf32>,  // model.layers.1.self_attn.v_proj.weight
      %arg21: tensor<32x32xf32>,  // model.layers.1.self_attn.o_proj.weight
      %arg22: tensor<32xf32>,  // model.layers.1.post_attention_layernorm.weight
      %arg23: tensor<48x32xf32>,  // model.layers.1.mlp.up_proj.weight
      %arg24: tensor<48x32xf32>,  // model.layers.1.mlp.gate_proj.weight
      %arg25: tensor<32x48xf32>,  // model.layers.1.mlp.down_proj.weight
      %arg26: tensor<32xf32>  // model.norm.weight
  ) -> (
      tensor<2x1x96xf32>,  // logits
      tensor<2x16x2x8xf32>,  // cache.0.key
      tensor<2x16x2x8xf32>,  // cache.0.value
      tensor<2x16x2x8xf32>,  // cache.1.key
      tensor<2x16x2x8xf32>  // cache.1.value
  ) {
    %0 = "stablehlo.gather"(%arg7, %arg0) <{dimension_numbers = #stablehlo.gather<offset_dims = [2], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 2>, indices_are_sorted = false, slice_sizes = array<i64: 1, 32>}> : (tensor<96x32xf32>, tensor<2x1xi32>) -> tensor<2x1x32xf32>
    %1 = stablehlo.multiply %0, %0 : tensor<2x1x32xf32>
    %2 = stablehlo.constant dense<0.0> : tensor<f32>
    %3 = "stablehlo.reduce"(%1, %2) <{dimensions = array<i64: 2>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.add %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x1x32xf32>, tensor<f32>) -> tensor<2x1xf32>
    %4 = stablehlo.reshape %3 : (tensor<2x1xf32>) -> tensor<2x1x1xf32>
    %5 = stablehlo.constant dense<32.0> : tensor<f32>
    %6 = stablehlo.broadcast_in_dim %5, dims = [] : (tensor<f32>) -> tensor<2x1x1xf32>
    %7 = stablehlo.divide %4, %6 : tensor<2x1x1xf32>
    %8 = stablehlo.constant dense<1.0e-05> : tensor<f32>
    %9 = stablehlo.broadcast_in_dim %8, dims = [] : (tensor<f32>) -> tensor<2x1x1xf32>
    %10 = stablehlo.add %7, %9 : tensor<2x1x1xf32>
    %11 = stablehlo.rsqrt %10 : tensor<2x1x1xf32>
    %12 = stablehlo.constant dense<0.0> : tensor<f32>
    %13 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<f32>) -> tensor<32xf32>
    %14 = stablehlo.add %arg8, %13 : tensor<32xf32>
    %15 = stablehlo.broadcast_in_dim %11, dims = [0, 1, 2] : (tensor<2x1x1xf32>) -> tensor<2x1x32xf32>
    %16 = stablehlo.multiply %0, %15 : tensor<2x1x32xf32>
    %17 = stablehlo.broadcast_in_dim %14, dims = [2] : (tensor<32xf32>) -> tensor<2x1x32xf32>
    %18 = stablehlo.multiply %16, %17 : tensor<2x1x32xf32>
    %19 = stablehlo.dot_general %18, %arg9, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<32x32xf32>) -> tensor<2x1x32xf32>
    %20 = stablehlo.reshape %19 : (tensor<2x1x32xf32>) -> tensor<2x1x4x8xf32>
    %21 = stablehlo.dot_general %18, %arg10, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<16x32xf32>) -> tensor<2x1x16xf32>
    %22 = stablehlo.reshape %21 : (tensor<2x1x16xf32>) -> tensor<2x1x2x8xf32>
    %23 = stablehlo.dot_general %18, %arg11, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<16x32xf32>) -> tensor<2x1x16xf32>
    %24 = stablehlo.reshape %23 : (tensor<2x1x16xf32>) -> tensor<2x1x2x8xf32>
    %25 = stablehlo.convert %arg1 : (tensor<2x1xi32>) -> tensor<2x1xf32>
    %26 = stablehlo.reshape %25 : (tensor<2x1xf32>) -> tensor<2x1x1xf32>
    %27 = stablehlo.constant dense<"0x0000803FCDCCCC3D0AD7233C6F12833A"> : tensor<1x1x4xf32>
    %28 = stablehlo.broadcast_in_dim %26, dims = [0, 1, 2] : (tensor<2x1x1xf32>) -> tensor<2x1x4xf32>
    %29 = stablehlo.broadcast_in_dim %27, dims = [0, 1, 2] : (tensor<1x1x4xf32>) -> tensor<2x1x4xf32>
    %30 = stablehlo.multiply %28, %29 : tensor<2x1x4xf32>
    %31 = stablehlo.cosine %30 : tensor<2x1x4xf32>
    %32 = stablehlo.sine %30 : tensor<2x1x4xf32>
    %33 = stablehlo.reshape %31 : (tensor<2x1x4xf32>) -> tensor<2x1x1x4xf32>
    %34 = stablehlo.reshape %32 : (tensor<2x1x4xf32>) -> tensor<2x1x1x4xf32>
    %35 = stablehlo.slice %20 [0:2:1, 0:1:1, 0:4:1, 0:8:1] : (tensor<2x1x4x8xf32>) -> tensor<2x1x4x8xf32>
    %36 = stablehlo.slice %35 [0:2:1, 0:1:1, 0:4:1, 0:4:1] : (tensor<2x1x4x8xf32>) -> tensor<2x1x4x4xf32>
    %37 = stablehlo.slice %35 [0:2:1, 0:1:1, 0:4:1, 4:8:1] : (tensor<2x1x4x8xf32>) -> tensor<2x1x4x4xf32>
    %38 = stablehlo.broadcast_in_dim %34, dims = [0, 1, 2, 3] : (tensor<2x1x1x4xf32>) -> tensor<2x1x4x4xf32>
    %39 = stablehlo.multiply %36, %38 : tensor<2x1x4x4xf32>
    %40 = stablehlo.broadcast_in_dim %33, dims = [0, 1, 2, 3] : (tensor<2x1x1x4xf32>) -> tensor<2x1x4x4xf32>
    %41 = stablehlo.multiply %37, %40 : tensor<2x1x4x4xf32>
    %42 = stablehlo.add %41, %39 : tensor<2x1x4x4xf32>
    %43 = stablehlo.multiply %37, %38 : tensor<2x1x4x4xf32>
    %44 = stablehlo.multiply %36, %40 : tensor<2x1x4x4xf32>
    %45 = stablehlo.subtract %44, %43 : tensor<2x1x4x4xf32>
    %46 = stablehlo.concatenate %45, %42, dim = 3 : (tensor<2x1x4x4xf32>, tensor<2x1x4x4xf32>) -> tensor<2x1x4x8xf32>
    %47 = stablehlo.slice %22 [0:2:1, 0:1:1, 0:2:1, 0:8:1] : (tensor<2x1x2x8xf32>) -> tensor<2x1x2x8xf32>
    %48 = stablehlo.slice %47 [0:2:1, 0:1:1, 0:2:1, 0:4:1] : (tensor<2x1x2x8xf32>) -> tensor<2x1x2x4xf32>
    %49 = stablehlo.slice %47 [0:2:1, 0:1:1, 0:2:1, 4:8:1] : (tensor<2x1x2x8xf32>) -> tensor<2x1x2x4xf32>
    %50 = stablehlo.broadcast_in_dim %34, dims = [0, 1, 2, 3] : (tensor<2x1x1x4xf32>) -> tensor<2x1x2x4xf32>
    %51 = stablehlo.multiply %48, %50 : tensor<2x1x2x4xf32>
    %52 = stablehlo.broadcast_in_dim %33, dims = [0, 1, 2, 3] : (tensor<2x1x1x4xf32>) -> tensor<2x1x2x4xf32>
    %53 = stablehlo.multiply %49, %52 : tensor<2x1x2x4xf32>
    %54 = stablehlo.add %53, %51 : tensor<2x1x2x4xf32>
    %55 = stablehlo.multiply %49, %50 : tensor<2x1x2x4xf32>
    %56 = stablehlo.multiply %48, %52 : tensor<2x1x2x4xf32>
    %57 = stablehlo.subtract %56, %55 : tensor<2x1x2x4xf32>
    %58 = stablehlo.concatenate %57, %54, dim = 3 : (tensor<2x1x2x4xf32>, tensor<2x1x2x4xf32>) -> tensor<2x1x2x8xf32>
    %59 = stablehlo.constant dense<0> : tensor<i32>
    %60 = stablehlo.dynamic_update_slice %arg3, %58, %59, %arg2, %59, %59 : (tensor<2x16x2x8xf32>, tensor<2x1x2x8xf32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<2x16x2x8xf32>
    %61 = stablehlo.dynamic_update_slice %arg4, %24, %59, %arg2, %59, %59 : (tensor<2x16x2x8xf32>, tensor<2x1x2x8xf32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<2x16x2x8xf32>
    %62 = stablehlo.reshape %46 : (tensor<2x1x4x8xf32>) -> tensor<2x1x2x2x8xf32>
    %63 = stablehlo.dot_general %62, %60, batching_dims = [0, 2] x [0, 2], contracting_dims = [4] x [3], precision = [HIGHEST, HIGHEST] : (tensor<2x1x2x2x8xf32>, tensor<2x16x2x8xf32>) -> tensor<2x2x1x2x16xf32>
    %64 = stablehlo.transpose %63, dims = [0, 1, 3, 2, 4] : (tensor<2x2x1x2x16xf32>) -> tensor<2x2x2x1x16xf32>
    %65 = stablehlo.constant dense<0.35355338> : tensor<f32>
    %66 = stablehlo.broadcast_in_dim %65, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x16xf32>
    %67 = stablehlo.multiply %64, %66 : tensor<2x2x2x1x16xf32>
    %68 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %69 = stablehlo.broadcast_in_dim %68, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x16xf32>
    %70 = stablehlo.iota dim = 4 : tensor<1x1x1x1x16xi32>
    %71 = stablehlo.iota dim = 3 : tensor<1x1x1x1x16xi32>
    %72 = stablehlo.broadcast_in_dim %arg2, dims = [] : (tensor<i32>) -> tensor<1x1x1x1x16xi32>
    %73 = stablehlo.add %71, %72 : tensor<1x1x1x1x16xi32>
    %74 = stablehlo.compare EQ, %70, %70, SIGNED : (tensor<1x1x1x1x16xi32>, tensor<1x1x1x1x16xi32>) -> tensor<1x1x1x1x16xi1>
    %75 = stablehlo.compare LE, %70, %73, SIGNED : (tensor<1x1x1x1x16xi32>, tensor<1x1x1x1x16xi32>) -> tensor<1x1x1x1x16xi1>
    %76 = stablehlo.and %74, %75 : tensor<1x1x1x1x16xi1>
    %77 = stablehlo.broadcast_in_dim %76, dims = [0, 1, 2, 3, 4] : (tensor<1x1x1x1x16xi1>) -> tensor<2x2x2x1x16xi1>
    %78 = stablehlo.select %77, %67, %69 : tensor<2x2x2x1x16xi1>, tensor<2x2x2x1x16xf32>
    %79 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %80 = "stablehlo.reduce"(%78, %79) <{dimensions = array<i64: 4>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.maximum %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x2x2x1x16xf32>, tensor<f32>) -> tensor<2x2x2x1xf32>
    %81 = stablehlo.reshape %80 : (tensor<2x2x2x1xf32>) -> tensor<2x2x2x1x1xf32>
    %82 = stablehlo.broadcast_in_dim %68, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x1xf32>
    %83 = stablehlo.compare EQ, %81, %82, FLOAT : (tensor<2x2x2x1x1xf32>, tensor<2x2x2x1x1xf32>) -> tensor<2x2x2x1x1xi1>
    %84 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x1xf32>
    %85 = stablehlo.select %83, %84, %81 : tensor<2x2x2x1x1xi1>, tensor<2x2x2x1x1xf32>
    %86 = stablehlo.broadcast_in_dim %85, dims = [0, 1, 2, 3, 4] : (tensor<2x2x2x1x1xf32>) -> tensor<2x2x2x1x16xf32>
    %87 = stablehlo.subtract %78, %86 : tensor<2x2x2x1x16xf32>
    %88 = stablehlo.exponential %87 : tensor<2x2x2x1x16xf32>
    %89 = stablehlo.constant dense<0.0> : tensor<f32>
    %90 = "stablehlo.reduce"(%88, %89) <{dimensions = array<i64: 4>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.add %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x2x2x1x16xf32>, tensor<f32>) -> tensor<2x2x2x1xf32>
    %91 = stablehlo.reshape %90 : (tensor<2x2x2x1xf32>) -> tensor<2x2x2x1x1xf32>
    %92 = stablehlo.constant dense<1.0> : tensor<f32>
    %93 = stablehlo.broadcast_in_dim %92, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x1xf32>
    %94 = stablehlo.select %83, %93, %91 : tensor<2x2x2x1x1xi1>, tensor<2x2x2x1x1xf32>
    %95 = stablehlo.broadcast_in_dim %94, dims = [0, 1, 2, 3, 4] : (tensor<2x2x2x1x1xf32>) -> tensor<2x2x2x1x16xf32>
    %96 = stablehlo.divide %88, %95 : tensor<2x2x2x1x16xf32>
    %97 = stablehlo.dot_general %96, %61, batching_dims = [0, 1] x [0, 2], contracting_dims = [4] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x2x2x1x16xf32>, tensor<2x16x2x8xf32>) -> tensor<2x2x2x1x8xf32>
    %98 = stablehlo.transpose %97, dims = [0, 3, 1, 2, 4] : (tensor<2x2x2x1x8xf32>) -> tensor<2x1x2x2x8xf32>
    %99 = stablehlo.reshape %98 : (tensor<2x1x2x2x8xf32>) -> tensor<2x1x4x8xf32>
    %100 = stablehlo.reshape %99 : (tensor<2x1x4x8xf32>) -> tensor<2x1x32xf32>
    %101 = stablehlo.dot_general %100, %arg12, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<32x32xf32>) -> tensor<2x1x32xf32>
    %102 = stablehlo.add %0, %101 : tensor<2x1x32xf32>
    %103 = stablehlo.multiply %102, %102 : tensor<2x1x32xf32>
    %104 = stablehlo.constant dense<0.0> : tensor<f32>
    %105 = "stablehlo.reduce"(%103, %104) <{dimensions = array<i64: 2>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.add %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x1x32xf32>, tensor<f32>) -> tensor<2x1xf32>
    %106 = stablehlo.reshape %105 : (tensor<2x1xf32>) -> tensor<2x1x1xf32>
    %107 = stablehlo.divide %106, %6 : tensor<2x1x1xf32>
    %108 = stablehlo.add %107, %9 : tensor<2x1x1xf32>
    %109 = stablehlo.rsqrt %108 : tensor<2x1x1xf32>
    %110 = stablehlo.add %arg13, %13 : tensor<32xf32>
    %111 = stablehlo.broadcast_in_dim %109, dims = [0, 1, 2] : (tensor<2x1x1xf32>) -> tensor<2x1x32xf32>
    %112 = stablehlo.multiply %102, %111 : tensor<2x1x32xf32>
    %113 = stablehlo.broadcast_in_dim %110, dims = [2] : (tensor<32xf32>) -> tensor<2x1x32xf32>
    %114 = stablehlo.multiply %112, %113 : tensor<2x1x32xf32>
    %115 = stablehlo.dot_general %114, %arg14, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<48x32xf32>) -> tensor<2x1x48xf32>
    %116 = stablehlo.dot_general %114, %arg15, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<48x32xf32>) -> tensor<2x1x48xf32>
    %117 = stablehlo.logistic %116 : tensor<2x1x48xf32>
    %118 = stablehlo.multiply %116, %117 : tensor<2x1x48xf32>
    %119 = stablehlo.multiply %118, %115 : tensor<2x1x48xf32>
    %120 = stablehlo.dot_general %119, %arg16, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x48xf32>, tensor<32x48xf32>) -> tensor<2x1x32xf32>
    %121 = stablehlo.add %102, %120 : tensor<2x1x32xf32>
    %122 = stablehlo.multiply %121, %121 : tensor<2x1x32xf32>
    %123 = stablehlo.constant dense<0.0> : tensor<f32>
    %124 = "stablehlo.reduce"(%122, %123) <{dimensions = array<i64: 2>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.add %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x1x32xf32>, tensor<f32>) -> tensor<2x1xf32>
    %125 = stablehlo.reshape %124 : (tensor<2x1xf32>) -> tensor<2x1x1xf32>
    %126 = stablehlo.divide %125, %6 : tensor<2x1x1xf32>
    %127 = stablehlo.add %126, %9 : tensor<2x1x1xf32>
    %128 = stablehlo.rsqrt %127 : tensor<2x1x1xf32>
    %129 = stablehlo.add %arg17, %13 : tensor<32xf32>
    %130 = stablehlo.broadcast_in_dim %128, dims = [0, 1, 2] : (tensor<2x1x1xf32>) -> tensor<2x1x32xf32>
    %131 = stablehlo.multiply %121, %130 : tensor<2x1x32xf32>
    %132 = stablehlo.broadcast_in_dim %129, dims = [2] : (tensor<32xf32>) -> tensor<2x1x32xf32>
    %133 = stablehlo.multiply %131, %132 : tensor<2x1x32xf32>
    %134 = stablehlo.dot_general %133, %arg18, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<32x32xf32>) -> tensor<2x1x32xf32>
    %135 = stablehlo.reshape %134 : (tensor<2x1x32xf32>) -> tensor<2x1x4x8xf32>
    %136 = stablehlo.dot_general %133, %arg19, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<16x32xf32>) -> tensor<2x1x16xf32>
    %137 = stablehlo.reshape %136 : (tensor<2x1x16xf32>) -> tensor<2x1x2x8xf32>
    %138 = stablehlo.dot_general %133, %arg20, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<16x32xf32>) -> tensor<2x1x16xf32>
    %139 = stablehlo.reshape %138 : (tensor<2x1x16xf32>) -> tensor<2x1x2x8xf32>
    %140 = stablehlo.slice %135 [0:2:1, 0:1:1, 0:4:1, 0:8:1] : (tensor<2x1x4x8xf32>) -> tensor<2x1x4x8xf32>
    %141 = stablehlo.slice %140 [0:2:1, 0:1:1, 0:4:1, 0:4:1] : (tensor<2x1x4x8xf32>) -> tensor<2x1x4x4xf32>
    %142 = stablehlo.slice %140 [0:2:1, 0:1:1, 0:4:1, 4:8:1] : (tensor<2x1x4x8xf32>) -> tensor<2x1x4x4xf32>
    %143 = stablehlo.multiply %141, %38 : tensor<2x1x4x4xf32>
    %144 = stablehlo.multiply %142, %40 : tensor<2x1x4x4xf32>
    %145 = stablehlo.add %144, %143 : tensor<2x1x4x4xf32>
    %146 = stablehlo.multiply %142, %38 : tensor<2x1x4x4xf32>
    %147 = stablehlo.multiply %141, %40 : tensor<2x1x4x4xf32>
    %148 = stablehlo.subtract %147, %146 : tensor<2x1x4x4xf32>
    %149 = stablehlo.concatenate %148, %145, dim = 3 : (tensor<2x1x4x4xf32>, tensor<2x1x4x4xf32>) -> tensor<2x1x4x8xf32>
    %150 = stablehlo.slice %137 [0:2:1, 0:1:1, 0:2:1, 0:8:1] : (tensor<2x1x2x8xf32>) -> tensor<2x1x2x8xf32>
    %151 = stablehlo.slice %150 [0:2:1, 0:1:1, 0:2:1, 0:4:1] : (tensor<2x1x2x8xf32>) -> tensor<2x1x2x4xf32>
    %152 = stablehlo.slice %150 [0:2:1, 0:1:1, 0:2:1, 4:8:1] : (tensor<2x1x2x8xf32>) -> tensor<2x1x2x4xf32>
    %153 = stablehlo.multiply %151, %50 : tensor<2x1x2x4xf32>
    %154 = stablehlo.multiply %152, %52 : tensor<2x1x2x4xf32>
    %155 = stablehlo.add %154, %153 : tensor<2x1x2x4xf32>
    %156 = stablehlo.multiply %152, %50 : tensor<2x1x2x4xf32>
    %157 = stablehlo.multiply %151, %52 : tensor<2x1x2x4xf32>
    %158 = stablehlo.subtract %157, %156 : tensor<2x1x2x4xf32>
    %159 = stablehlo.concatenate %158, %155, dim = 3 : (tensor<2x1x2x4xf32>, tensor<2x1x2x4xf32>) -> tensor<2x1x2x8xf32>
    %160 = stablehlo.dynamic_update_slice %arg5, %159, %59, %arg2, %59, %59 : (tensor<2x16x2x8xf32>, tensor<2x1x2x8xf32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<2x16x2x8xf32>
    %161 = stablehlo.dynamic_update_slice %arg6, %139, %59, %arg2, %59, %59 : (tensor<2x16x2x8xf32>, tensor<2x1x2x8xf32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<2x16x2x8xf32>
    %162 = stablehlo.reshape %149 : (tensor<2x1x4x8xf32>) -> tensor<2x1x2x2x8xf32>
    %163 = stablehlo.dot_general %162, %160, batching_dims = [0, 2] x [0, 2], contracting_dims = [4] x [3], precision = [HIGHEST, HIGHEST] : (tensor<2x1x2x2x8xf32>, tensor<2x16x2x8xf32>) -> tensor<2x2x1x2x16xf32>
    %164 = stablehlo.transpose %163, dims = [0, 1, 3, 2, 4] : (tensor<2x2x1x2x16xf32>) -> tensor<2x2x2x1x16xf32>
    %165 = stablehlo.multiply %164, %66 : tensor<2x2x2x1x16xf32>
    %166 = stablehlo.select %77, %165, %69 : tensor<2x2x2x1x16xi1>, tensor<2x2x2x1x16xf32>
    %167 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %168 = "stablehlo.reduce"(%166, %167) <{dimensions = array<i64: 4>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.maximum %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x2x2x1x16xf32>, tensor<f32>) -> tensor<2x2x2x1xf32>
    %169 = stablehlo.reshape %168 : (tensor<2x2x2x1xf32>) -> tensor<2x2x2x1x1xf32>
    %170 = stablehlo.compare EQ, %169, %82, FLOAT : (tensor<2x2x2x1x1xf32>, tensor<2x2x2x1x1xf32>) -> tensor<2x2x2x1x1xi1>
    %171 = stablehlo.select %170, %84, %169 : tensor<2x2x2x1x1xi1>, tensor<2x2x2x1x1xf32>
    %172 = stablehlo.broadcast_in_dim %171, dims = [0, 1, 2, 3, 4] : (tensor<2x2x2x1x1xf32>) -> tensor<2x2x2x1x16xf32>
    %173 = stablehlo.subtract %166, %172 : tensor<2x2x2x1x16xf32>
    %174 = stablehlo.exponential %173 : tensor<2x2x2x1x16xf32>
    %175 = stablehlo.constant dense<0.0> : tensor<f32>
    %176 = "stablehlo.reduce"(%174, %175) <{dimensions = array<i64: 4>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.add %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x2x2x1x16xf32>, tensor<f32>) -> tensor<2x2x2x1xf32>
    %177 = stablehlo.reshape %176 : (tensor<2x2x2x1xf32>) -> tensor<2x2x2x1x1xf32>
    %178 = stablehlo.select %170, %93, %177 : tensor<2x2x2x1x1xi1>, tensor<2x2x2x1x1xf32>
    %179 = stablehlo.broadcast_in_dim %178, dims = [0, 1, 2, 3, 4] : (tensor<2x2x2x1x1xf32>) -> tensor<2x2x2x1x16xf32>
    %180 = stablehlo.divide %174, %179 : tensor<2x2x2x1x16xf32>
    %181 = stablehlo.dot_general %180, %161, batching_dims = [0, 1] x [0, 2], contracting_dims = [4] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x2x2x1x16xf32>, tensor<2x16x2x8xf32>) -> tensor<2x2x2x1x8xf32>
    %182 = stablehlo.transpose %181, dims = [0, 3, 1, 2, 4] : (tensor<2x2x2x1x8xf32>) -> tensor<2x1x2x2x8xf32>
    %183 = stablehlo.reshape %182 : (tensor<2x1x2x2x8xf32>) -> tensor<2x1x4x8xf32>
    %184 = stablehlo.reshape %183 : (tensor<2x1x4x8xf32>) -> tensor<2x1x32xf32>
    %185 = stablehlo.dot_general %184, %arg21, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<32x32xf32>) -> tensor<2x1x32xf32>
    %186 = stablehlo.add %121, %185 : tensor<2x1x32xf32>
    %187 = stablehlo.multiply %186, %186 : tensor<2x1x32xf32>
    %188 = stablehlo.constant dense<0.0> : tensor<f32>
    %189 = "stablehlo.reduce"(%187, %188) <{dimensions = array<i64: 2>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.add %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x1x32xf32>, tensor<f32>) -> tensor<2x1xf32>
    %190 = stablehlo.reshape %189 : (tensor<2x1xf32>) -> tensor<2x1x1xf32>
    %191 = stablehlo.divide %190, %6 : tensor<2x1x1xf32>
    %192 = stablehlo.add %191, %9 : tensor<2x1x1xf32>
    %193 = stablehlo.rsqrt %192 : tensor<2x1x1xf32>
    %194 = stablehlo.add %arg22, %13 : tensor<32xf32>
    %195 = stablehlo.broadcast_in_dim %193, dims = [0, 1, 2] : (tensor<2x1x1xf32>) -> tensor<2x1x32xf32>
    %196 = stablehlo.multiply %186, %195 : tensor<2x1x32xf32>
    %197 = stablehlo.broadcast_in_dim %194, dims = [2] : (tensor<32xf32>) -> tensor<2x1x32xf32>
    %198 = stablehlo.multiply %196, %197 : tensor<2x1x32xf32>
    %199 = stablehlo.dot_general %198, %arg23, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<48x32xf32>) -> tensor<2x1x48xf32>
    %200 = stablehlo.dot_general %198, %arg24, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<48x32xf32>) -> tensor<2x1x48xf32>
    %201 = stablehlo.logistic %200 : tensor<2x1x48xf32>
    %202 = stablehlo.multiply %200, %201 : tensor<2x1x48xf32>
    %203 = stablehlo.multiply %202, %199 : tensor<2x1x48xf32>
    %204 = stablehlo.dot_general %203, %arg25, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x48xf32>, tensor<32x48xf32>) -> tensor<2x1x32xf32>
    %205 = stablehlo.add %186, %204 : tensor<2x1x32xf32>
    %206 = stablehlo.multiply %205, %205 : tensor<2x1x32xf32>
    %207 = stablehlo.constant dense<0.0> : tensor<f32>
    %208 = "stablehlo.reduce"(%206, %207) <{dimensions = array<i64: 2>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.add %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x1x32xf32>, tensor<f32>) -> tensor<2x1xf32>
    %209 = stablehlo.reshape %208 : (tensor<2x1xf32>) -> tensor<2x1x1xf32>
    %210 = stablehlo.divide %209, %6 : tensor<2x1x1xf32>
    %211 = stablehlo.add %210, %9 : tensor<2x1x1xf32>
    %212 = stablehlo.rsqrt %211 : tensor<2x1x1xf32>
    %213 = stablehlo.add %arg26, %13 : tensor<32xf32>
    %214 = stablehlo.broadcast_in_dim %212, dims = [0, 1, 2] : (tensor<2x1x1xf32>) -> tensor<2x1x32xf32>
    %215 = stablehlo.multiply %205, %214 : tensor<2x1x32xf32>
    %216 = stablehlo.broadcast_in_dim %213, dims = [2] : (tensor<32xf32>) -> tensor<2x1x32xf32>
    %217 = stablehlo.multiply %215, %216 : tensor<2x1x32xf32>
    %218 = stablehlo.dot_general %217, %arg7, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<96x32xf32>) -> tensor<2x1x96xf32>
    func.return %218, %60, %61, %160, %161 : tensor<2x1x96xf32>, tensor<2x16x2x8xf32>, tensor<2x16x2x8xf32>, tensor<2x16x2x8xf32>, tensor<2x16x2x8xf32>
  }
}

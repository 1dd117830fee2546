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
    %63 = stablehlo.iota dim = 1 : tensor<8x8xi32>
    %64 = stablehlo.iota dim = 0 : tensor<8x8xi32>
    %65 = stablehlo.compare EQ, %64, %63, SIGNED : (tensor<8x8xi32>, tensor<8x8xi32>) -> tensor<8x8xi1>
    %66 = stablehlo.convert %65 : (tensor<8x8xi1>) -> tensor<8x8xf32>
    %67 = stablehlo.constant dense<0.35355338> : tensor<f32>
    %68 = stablehlo.broadcast_in_dim %67, dims = [] : (tensor<f32>) -> tensor<8x8xf32>
    %69 = stablehlo.multiply %66, %68 : tensor<8x8xf32>
    %70 = stablehlo.dot_general %62, %69, contracting_dims = [4] x [0], precision = [HIGHEST, HIGHEST] : (tensor<2x1x2x2x8xf32>, tensor<8x8xf32>) -> tensor<2x1x2x2x8xf32>
    %71 = stablehlo.reshape %60 : (tensor<2x16x2x8xf32>) -> tensor<2x16x2x1x8xf32>
    %72 = stablehlo.broadcast_in_dim %70, dims = [0, 1, 2, 3, 4] : (tensor<2x1x2x2x8xf32>) -> tensor<2x16x2x2x8xf32>
    %73 = stablehlo.broadcast_in_dim %71, dims = [0, 1, 2, 3, 4] : (tensor<2x16x2x1x8xf32>) -> tensor<2x16x2x2x8xf32>
    %74 = stablehlo.multiply %72, %73 : tensor<2x16x2x2x8xf32>
    %75 = stablehlo.constant dense<0.0> : tensor<f32>
    %76 = "stablehlo.reduce"(%74, %75) <{dimensions = array<i64: 4>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.add %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x16x2x2x8xf32>, tensor<f32>) -> tensor<2x16x2x2xf32>
    %77 = stablehlo.transpose %76, dims = [0, 2, 3, 1] : (tensor<2x16x2x2xf32>) -> tensor<2x2x2x16xf32>
    %78 = stablehlo.reshape %77 : (tensor<2x2x2x16xf32>) -> tensor<2x2x2x1x16xf32>
    %79 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %80 = stablehlo.broadcast_in_dim %79, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x16xf32>
    %81 = stablehlo.iota dim = 4 : tensor<1x1x1x1x16xi32>
    %82 = stablehlo.iota dim = 3 : tensor<1x1x1x1x16xi32>
    %83 = stablehlo.broadcast_in_dim %arg2, dims = [] : (tensor<i32>) -> tensor<1x1x1x1x16xi32>
    %84 = stablehlo.add %82, %83 : tensor<1x1x1x1x16xi32>
    %85 = stablehlo.compare EQ, %81, %81, SIGNED : (tensor<1x1x1x1x16xi32>, tensor<1x1x1x1x16xi32>) -> tensor<1x1x1x1x16xi1>
    %86 = stablehlo.compare LE, %81, %84, SIGNED : (tensor<1x1x1x1x16xi32>, tensor<1x1x1x1x16xi32>) -> tensor<1x1x1x1x16xi1>
    %87 = stablehlo.and %85, %86 : tensor<1x1x1x1x16xi1>
    %88 = stablehlo.broadcast_in_dim %87, dims = [0, 1, 2, 3, 4] : (tensor<1x1x1x1x16xi1>) -> tensor<2x2x2x1x16xi1>
    %89 = stablehlo.select %88, %78, %80 : tensor<2x2x2x1x16xi1>, tensor<2x2x2x1x16xf32>
    %90 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %91 = "stablehlo.reduce"(%89, %90) <{dimensions = array<i64: 4>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.maximum %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x2x2x1x16xf32>, tensor<f32>) -> tensor<2x2x2x1xf32>
    %92 = stablehlo.reshape %91 : (tensor<2x2x2x1xf32>) -> tensor<2x2x2x1x1xf32>
    %93 = stablehlo.broadcast_in_dim %79, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x1xf32>
    %94 = stablehlo.compare EQ, %92, %93, FLOAT : (tensor<2x2x2x1x1xf32>, tensor<2x2x2x1x1xf32>) -> tensor<2x2x2x1x1xi1>
    %95 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x1xf32>
    %96 = stablehlo.select %94, %95, %92 : tensor<2x2x2x1x1xi1>, tensor<2x2x2x1x1xf32>
    %97 = stablehlo.broadcast_in_dim %96, dims = [0, 1, 2, 3, 4] : (tensor<2x2x2x1x1xf32>) -> tensor<2x2x2x1x16xf32>
    %98 = stablehlo.subtract %89, %97 : tensor<2x2x2x1x16xf32>
    %99 = stablehlo.exponential %98 : tensor<2x2x2x1x16xf32>
    %100 = stablehlo.constant dense<0.0> : tensor<f32>
    %101 = "stablehlo.reduce"(%99, %100) <{dimensions = array<i64: 4>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.add %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x2x2x1x16xf32>, tensor<f32>) -> tensor<2x2x2x1xf32>
    %102 = stablehlo.reshape %101 : (tensor<2x2x2x1xf32>) -> tensor<2x2x2x1x1xf32>
    %103 = stablehlo.constant dense<1.0> : tensor<f32>
    %104 = stablehlo.broadcast_in_dim %103, dims = [] : (tensor<f32>) -> tensor<2x2x2x1x1xf32>
    %105 = stablehlo.select %94, %104, %102 : tensor<2x2x2x1x1xi1>, tensor<2x2x2x1x1xf32>
    %106 = stablehlo.broadcast_in_dim %105, dims = [0, 1, 2, 3, 4] : (tensor<2x2x2x1x1xf32>) -> tensor<2x2x2x1x16xf32>
    %107 = stablehlo.divide %99, %106 : tensor<2x2x2x1x16xf32>
    %108 = stablehlo.reshape %107 : (tensor<2x2x2x1x16xf32>) -> tensor<2x2x2x16xf32>
    %109 = stablehlo.transpose %108, dims = [0, 3, 1, 2] : (tensor<2x2x2x16xf32>) -> tensor<2x16x2x2xf32>
    %110 = stablehlo.reshape %61 : (tensor<2x16x2x8xf32>) -> tensor<2x16x2x1x8xf32>
    %111 = stablehlo.reshape %109 : (tensor<2x16x2x2xf32>) -> tensor<2x16x2x2x1xf32>
    %112 = stablehlo.broadcast_in_dim %111, dims = [0, 1, 2, 3, 4] : (tensor<2x16x2x2x1xf32>) -> tensor<2x16x2x2x8xf32>
    %113 = stablehlo.broadcast_in_dim %110, dims = [0, 1, 2, 3, 4] : (tensor<2x16x2x1x8xf32>) -> tensor<2x16x2x2x8xf32>
    %114 = stablehlo.multiply %112, %113 : tensor<2x16x2x2x8xf32>
    %115 = stablehlo.constant dense<0.0> : tensor<f32>
    %116 = "stablehlo.reduce"(%114, %115) <{dimensions = array<i64: 1>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.add %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x16x2x2x8xf32>, tensor<f32>) -> tensor<2x2x2x8xf32>
    %117 = stablehlo.reshape %116 : (tensor<2x2x2x8xf32>) -> tensor<2x1x2x2x8xf32>
    %118 = stablehlo.reshape %117 : (tensor<2x1x2x2x8xf32>) -> tensor<2x1x4x8xf32>
    %119 = stablehlo.reshape %118 : (tensor<2x1x4x8xf32>) -> tensor<2x1x32xf32>
    %120 = stablehlo.dot_general %119, %arg12, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<32x32xf32>) -> tensor<2x1x32xf32>
    %121 = stablehlo.add %0, %120 : tensor<2x1x32xf32>
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
    %129 = stablehlo.add %arg13, %13 : tensor<32xf32>
    %130 = stablehlo.broadcast_in_dim %128, dims = [0, 1, 2] : (tensor<2x1x1xf32>) -> tensor<2x1x32xf32>
    %131 = stablehlo.multiply %121, %130 : tensor<2x1x32xf32>
    %132 = stablehlo.broadcast_in_dim %129, dims = [2] : (tensor<32xf32>) -> tensor<2x1x32xf32>
    %133 = stablehlo.multiply %131, %132 : tensor<2x1x32xf32>
    %134 = stablehlo.dot_general %133, %arg14, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<48x32xf32>) -> tensor<2x1x48xf32>
    %135 = stablehlo.dot_general %133, %arg15, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<48x32xf32>) -> tensor<2x1x48xf32>
    %136 = stablehlo.logistic %135 : tensor<2x1x48xf32>
    %137 = stablehlo.multiply %135, %136 : tensor<2x1x48xf32>
    %138 = stablehlo.multiply %137, %134 : tensor<2x1x48xf32>
    %139 = stablehlo.dot_general %138, %arg16, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x48xf32>, tensor<32x48xf32>) -> tensor<2x1x32xf32>
    %140 = stablehlo.add %121, %139 : tensor<2x1x32xf32>
    %141 = stablehlo.multiply %140, %140 : tensor<2x1x32xf32>
    %142 = stablehlo.constant dense<0.0> : tensor<f32>
    %143 = "stablehlo.reduce"(%141, %142) <{dimensions = array<i64: 2>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.add %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x1x32xf32>, tensor<f32>) -> tensor<2x1xf32>
    %144 = stablehlo.reshape %143 : (tensor<2x1xf32>) -> tensor<2x1x1xf32>
    %145 = stablehlo.divide %144, %6 : tensor<2x1x1xf32>
    %146 = stablehlo.add %145, %9 : tensor<2x1x1xf32>
    %147 = stablehlo.rsqrt %146 : tensor<2x1x1xf32>
    %148 = stablehlo.add %arg17, %13 : tensor<32xf32>
    %149 = stablehlo.broadcast_in_dim %147, dims = [0, 1, 2] : (tensor<2x1x1xf32>) -> tensor<2x1x32xf32>
    %150 = stablehlo.multiply %140, %149 : tensor<2x1x32xf32>
    %151 = stablehlo.broadcast_in_dim %148, dims = [2] : (tensor<32xf32>) -> tensor<2x1x32xf32>
    %152 = stablehlo.multiply %150, %151 : tensor<2x1x32xf32>
    %153 = stablehlo.dot_general %152, %arg18, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<32x32xf32>) -> tensor<2x1x32xf32>
    %154 = stablehlo.reshape %153 : (tensor<2x1x32xf32>) -> tensor<2x1x4x8xf32>
    %155 = stablehlo.dot_general %152, %arg19, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<16x32xf32>) -> tensor<2x1x16xf32>
    %156 = stablehlo.reshape %155 : (tensor<2x1x16xf32>) -> tensor<2x1x2x8xf32>
    %157 = stablehlo.dot_general %152, %arg20, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<16x32xf32>) -> tensor<2x1x16xf32>
    %158 = stablehlo.reshape %157 : (tensor<2x1x16xf32>) -> tensor<2x1x2x8xf32>
    %159 = stablehlo.slice %154 [0:2:1, 0:1:1, 0:4:1, 0:8:1] : (tensor<2x1x4x8xf32>) -> tensor<2x1x4x8xf32>
    %160 = stablehlo.slice %159 [0:2:1, 0:1:1, 0:4:1, 0:4:1] : (tensor<2x1x4x8xf32>) -> tensor<2x1x4x4xf32>
    %161 = stablehlo.slice %159 [0:2:1, 0:1:1, 0:4:1, 4:8:1] : (tensor<2x1x4x8xf32>) -> tensor<2x1x4x4xf32>
    %162 = stablehlo.multiply %160, %38 : tensor<2x1x4x4xf32>
    %163 = stablehlo.multiply %161, %40 : tensor<2x1x4x4xf32>
    %164 = stablehlo.add %163, %162 : tensor<2x1x4x4xf32>
    %165 = stablehlo.multiply %161, %38 : tensor<2x1x4x4xf32>
    %166 = stablehlo.multiply %160, %40 : tensor<2x1x4x4xf32>
    %167 = stablehlo.subtract %166, %165 : tensor<2x1x4x4xf32>
    %168 = stablehlo.concatenate %167, %164, dim = 3 : (tensor<2x1x4x4xf32>, tensor<2x1x4x4xf32>) -> tensor<2x1x4x8xf32>
    %169 = stablehlo.slice %156 [0:2:1, 0:1:1, 0:2:1, 0:8:1] : (tensor<2x1x2x8xf32>) -> tensor<2x1x2x8xf32>
    %170 = stablehlo.slice %169 [0:2:1, 0:1:1, 0:2:1, 0:4:1] : (tensor<2x1x2x8xf32>) -> tensor<2x1x2x4xf32>
    %171 = stablehlo.slice %169 [0:2:1, 0:1:1, 0:2:1, 4:8:1] : (tensor<2x1x2x8xf32>) -> tensor<2x1x2x4xf32>
    %172 = stablehlo.multiply %170, %50 : tensor<2x1x2x4xf32>
    %173 = stablehlo.multiply %171, %52 : tensor<2x1x2x4xf32>
    %174 = stablehlo.add %173, %172 : tensor<2x1x2x4xf32>
    %175 = stablehlo.multiply %171, %50 : tensor<2x1x2x4xf32>
    %176 = stablehlo.multiply %170, %52 : tensor<2x1x2x4xf32>
    %177 = stablehlo.subtract %176, %175 : tensor<2x1x2x4xf32>
    %178 = stablehlo.concatenate %177, %174, dim = 3 : (tensor<2x1x2x4xf32>, tensor<2x1x2x4xf32>) -> tensor<2x1x2x8xf32>
    %179 = stablehlo.dynamic_update_slice %arg5, %178, %59, %arg2, %59, %59 : (tensor<2x16x2x8xf32>, tensor<2x1x2x8xf32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<2x16x2x8xf32>
    %180 = stablehlo.dynamic_update_slice %arg6, %158, %59, %arg2, %59, %59 : (tensor<2x16x2x8xf32>, tensor<2x1x2x8xf32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<2x16x2x8xf32>
    %181 = stablehlo.reshape %168 : (tensor<2x1x4x8xf32>) -> tensor<2x1x2x2x8xf32>
    %182 = stablehlo.dot_general %181, %69, contracting_dims = [4] x [0], precision = [HIGHEST, HIGHEST] : (tensor<2x1x2x2x8xf32>, tensor<8x8xf32>) -> tensor<2x1x2x2x8xf32>
    %183 = stablehlo.reshape %179 : (tensor<2x16x2x8xf32>) -> tensor<2x16x2x1x8xf32>
    %184 = stablehlo.broadcast_in_dim %182, dims = [0, 1, 2, 3, 4] : (tensor<2x1x2x2x8xf32>) -> tensor<2x16x2x2x8xf32>
    %185 = stablehlo.broadcast_in_dim %183, dims = [0, 1, 2, 3, 4] : (tensor<2x16x2x1x8xf32>) -> tensor<2x16x2x2x8xf32>
    %186 = stablehlo.multiply %184, %185 : tensor<2x16x2x2x8xf32>
    %187 = stablehlo.constant dense<0.0> : tensor<f32>
    %188 = "stablehlo.reduce"(%186, %187) <{dimensions = array<i64: 4>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.add %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x16x2x2x8xf32>, tensor<f32>) -> tensor<2x16x2x2xf32>
    %189 = stablehlo.transpose %188, dims = [0, 2, 3, 1] : (tensor<2x16x2x2xf32>) -> tensor<2x2x2x16xf32>
    %190 = stablehlo.reshape %189 : (tensor<2x2x2x16xf32>) -> tensor<2x2x2x1x16xf32>
    %191 = stablehlo.select %88, %190, %80 : tensor<2x2x2x1x16xi1>, tensor<2x2x2x1x16xf32>
    %192 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %193 = "stablehlo.reduce"(%191, %192) <{dimensions = array<i64: 4>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.maximum %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x2x2x1x16xf32>, tensor<f32>) -> tensor<2x2x2x1xf32>
    %194 = stablehlo.reshape %193 : (tensor<2x2x2x1xf32>) -> tensor<2x2x2x1x1xf32>
    %195 = stablehlo.compare EQ, %194, %93, FLOAT : (tensor<2x2x2x1x1xf32>, tensor<2x2x2x1x1xf32>) -> tensor<2x2x2x1x1xi1>
    %196 = stablehlo.select %195, %95, %194 : tensor<2x2x2x1x1xi1>, tensor<2x2x2x1x1xf32>
    %197 = stablehlo.broadcast_in_dim %196, dims = [0, 1, 2, 3, 4] : (tensor<2x2x2x1x1xf32>) -> tensor<2x2x2x1x16xf32>
    %198 = stablehlo.subtract %191, %197 : tensor<2x2x2x1x16xf32>
    %199 = stablehlo.exponential %198 : tensor<2x2x2x1x16xf32>
    %200 = stablehlo.constant dense<0.0> : tensor<f32>
    %201 = "stablehlo.reduce"(%199, %200) <{dimensions = array<i64: 4>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.add %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x2x2x1x16xf32>, tensor<f32>) -> tensor<2x2x2x1xf32>
    %202 = stablehlo.reshape %201 : (tensor<2x2x2x1xf32>) -> tensor<2x2x2x1x1xf32>
    %203 = stablehlo.select %195, %104, %202 : tensor<2x2x2x1x1xi1>, tensor<2x2x2x1x1xf32>
    %204 = stablehlo.broadcast_in_dim %203, dims = [0, 1, 2, 3, 4] : (tensor<2x2x2x1x1xf32>) -> tensor<2x2x2x1x16xf32>
    %205 = stablehlo.divide %199, %204 : tensor<2x2x2x1x16xf32>
    %206 = stablehlo.reshape %205 : (tensor<2x2x2x1x16xf32>) -> tensor<2x2x2x16xf32>
    %207 = stablehlo.transpose %206, dims = [0, 3, 1, 2] : (tensor<2x2x2x16xf32>) -> tensor<2x16x2x2xf32>
    %208 = stablehlo.reshape %180 : (tensor<2x16x2x8xf32>) -> tensor<2x16x2x1x8xf32>
    %209 = stablehlo.reshape %207 : (tensor<2x16x2x2xf32>) -> tensor<2x16x2x2x1xf32>
    %210 = stablehlo.broadcast_in_dim %209, dims = [0, 1, 2, 3, 4] : (tensor<2x16x2x2x1xf32>) -> tensor<2x16x2x2x8xf32>
    %211 = stablehlo.broadcast_in_dim %208, dims = [0, 1, 2, 3, 4] : (tensor<2x16x2x1x8xf32>) -> tensor<2x16x2x2x8xf32>
    %212 = stablehlo.multiply %210, %211 : tensor<2x16x2x2x8xf32>
    %213 = stablehlo.constant dense<0.0> : tensor<f32>
    %214 = "stablehlo.reduce"(%212, %213) <{dimensions = array<i64: 1>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.add %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x16x2x2x8xf32>, tensor<f32>) -> tensor<2x2x2x8xf32>
    %215 = stablehlo.reshape %214 : (tensor<2x2x2x8xf32>) -> tensor<2x1x2x2x8xf32>
    %216 = stablehlo.reshape %215 : (tensor<2x1x2x2x8xf32>) -> tensor<2x1x4x8xf32>
    %217 = stablehlo.reshape %216 : (tensor<2x1x4x8xf32>) -> tensor<2x1x32xf32>
    %218 = stablehlo.dot_general %217, %arg21, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<32x32xf32>) -> tensor<2x1x32xf32>
    %219 = stablehlo.add %140, %218 : tensor<2x1x32xf32>
    %220 = stablehlo.multiply %219, %219 : tensor<2x1x32xf32>
    %221 = stablehlo.constant dense<0.0> : tensor<f32>
    %222 = "stablehlo.reduce"(%220, %221) <{dimensions = array<i64: 2>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.add %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x1x32xf32>, tensor<f32>) -> tensor<2x1xf32>
    %223 = stablehlo.reshape %222 : (tensor<2x1xf32>) -> tensor<2x1x1xf32>
    %224 = stablehlo.divide %223, %6 : tensor<2x1x1xf32>
    %225 = stablehlo.add %224, %9 : tensor<2x1x1xf32>
    %226 = stablehlo.rsqrt %225 : tensor<2x1x1xf32>
    %227 = stablehlo.add %arg22, %13 : tensor<32xf32>
    %228 = stablehlo.broadcast_in_dim %226, dims = [0, 1, 2] : (tensor<2x1x1xf32>) -> tensor<2x1x32xf32>
    %229 = stablehlo.multiply %219, %228 : tensor<2x1x32xf32>
    %230 = stablehlo.broadcast_in_dim %227, dims = [2] : (tensor<32xf32>) -> tensor<2x1x32xf32>
    %231 = stablehlo.multiply %229, %230 : tensor<2x1x32xf32>
    %232 = stablehlo.dot_general %231, %arg23, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<48x32xf32>) -> tensor<2x1x48xf32>
    %233 = stablehlo.dot_general %231, %arg24, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<48x32xf32>) -> tensor<2x1x48xf32>
    %234 = stablehlo.logistic %233 : tensor<2x1x48xf32>
    %235 = stablehlo.multiply %233, %234 : tensor<2x1x48xf32>
    %236 = stablehlo.multiply %235, %232 : tensor<2x1x48xf32>
    %237 = stablehlo.dot_general %236, %arg25, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x48xf32>, tensor<32x48xf32>) -> tensor<2x1x32xf32>
    %238 = stablehlo.add %219, %237 : tensor<2x1x32xf32>
    %239 = stablehlo.multiply %238, %238 : tensor<2x1x32xf32>
    %240 = stablehlo.constant dense<0.0> : tensor<f32>
    %241 = "stablehlo.reduce"(%239, %240) <{dimensions = array<i64: 2>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.add %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) : (tensor<2x1x32xf32>, tensor<f32>) -> tensor<2x1xf32>
    %242 = stablehlo.reshape %241 : (tensor<2x1xf32>) -> tensor<2x1x1xf32>
    %243 = stablehlo.divide %242, %6 : tensor<2x1x1xf32>
    %244 = stablehlo.add %243, %9 : tensor<2x1x1xf32>
    %245 = stablehlo.rsqrt %244 : tensor<2x1x1xf32>
    %246 = stablehlo.add %arg26, %13 : tensor<32xf32>
    %247 = stablehlo.broadcast_in_dim %245, dims = [0, 1, 2] : (tensor<2x1x1xf32>) -> tensor<2x1x32xf32>
    %248 = stablehlo.multiply %238, %247 : tensor<2x1x32xf32>
    %249 = stablehlo.broadcast_in_dim %246, dims = [2] : (tensor<32xf32>) -> tensor<2x1x32xf32>
    %250 = stablehlo.multiply %248, %249 : tensor<2x1x32xf32>
    %251 = stablehlo.dot_general %250, %arg7, contracting_dims = [2] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x1x32xf32>, tensor<96x32xf32>) -> tensor<2x1x96xf32>
    func.return %251, %60, %61, %179, %180 : tensor<2x1x96xf32>, tensor<2x16x2x8xf32>, tensor<2x16x2x8xf32>, tensor<2x16x2x8xf32>, tensor<2x16x2x8xf32>
  }
}

#include "nn/rotary.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/json_file.h"
#include "easydel/error.h"
#include "engine/engine.h"
#include "graph/ops.h"

namespace easydel::nn {
namespace {

EDPretrainedConfig config_with(const nlohmann::json& rope_parameters) {
  return EDPretrainedConfig::from_json(nlohmann::json{{"rope_parameters", rope_parameters}}.dump());
}

struct Tables {
  HostTensor cos, sin;
};

/// The tables that a traced step makes for these positions, [batch, seq].
Tables run_tables(const RotaryOptions& options, int64_t batch, const std::vector<int32_t>& positions) {
  const auto seq = static_cast<int64_t>(positions.size()) / batch;
  Graph graph;
  Step step{.graph = graph, .position_ids = graph.parameter("position_ids", {DType::kI32, {batch, seq}})};
  const auto [cos, sin] = Rotary(options).tables(step);
  graph.set_output("cos", cos);
  graph.set_output("sin", sin);
  const auto engine = make_native_engine({.threads = 1});
  const auto program = engine->compile(std::move(graph), {});
  const Buffer ids = engine->upload(HostTensor::from<int32_t>({batch, seq}, positions));
  const std::vector<Buffer> results = program->run(std::span(&ids, 1));
  return {engine->download(results[0]), engine->download(results[1])};
}

TEST(Rotary, FrequenciesAreThoseOfTransformers) {
  const auto rows = read_json_file(EASYDEL_SOURCE_DIR "/tests/golden/models/inverse_frequencies.json");
  ASSERT_GE(rows.size(), 13u);
  for (const auto& row : rows) {
    SCOPED_TRACE(row.at("rope_parameters").dump());
    const auto options =
        RotaryOptions::from(config_with(row.at("rope_parameters")), row.at("head_dim").get<int64_t>(),
                            row.at("max_position_embeddings").get<int64_t>());
    const auto expected = row.at("inverse_frequencies").get<std::vector<double>>();
    const std::vector<float> actual = inverse_frequencies(options, row.at("length").get<int64_t>());
    ASSERT_EQ(actual.size(), expected.size());
    for (size_t i = 0; i < actual.size(); ++i)
      EXPECT_NEAR(actual[i], expected[i], 4e-7 * expected[i]) << "pair " << i;
    EXPECT_NEAR(options.attention_factor, row.at("attention_factor").get<double>(), 1e-12);
  }
}

TEST(Rotary, TracedTablesAreTheAnglesOfEachKind) {
  const auto rows = read_json_file(EASYDEL_SOURCE_DIR "/tests/golden/models/inverse_frequencies.json");
  for (const auto& row : rows) {
    SCOPED_TRACE(row.at("rope_parameters").dump());
    const auto options =
        RotaryOptions::from(config_with(row.at("rope_parameters")), row.at("head_dim").get<int64_t>(),
                            row.at("max_position_embeddings").get<int64_t>());
    const auto frequencies = row.at("inverse_frequencies").get<std::vector<double>>();
    const auto length = std::max<int32_t>(8, row.at("length").get<int32_t>());
    const std::vector<int32_t> positions = {0, 1, 7, length - 1};
    const Tables tables = run_tables(options, 1, positions);
    const auto cos = tables.cos.data<float>(), sin = tables.sin.data<float>();
    for (size_t p = 0; p < positions.size(); ++p) {
      for (size_t i = 0; i < frequencies.size(); ++i) {
        // f32 angles carry an error of their own size times 2^-24; both sides round them.
        const double angle = positions[p] * frequencies[i], tolerance = 1e-6 + 4e-7 * angle;
        const double factor = options.attention_factor;
        EXPECT_NEAR(cos[p * frequencies.size() + i], factor * std::cos(angle), factor * tolerance);
        EXPECT_NEAR(sin[p * frequencies.size() + i], factor * std::sin(angle), factor * tolerance);
      }
    }
  }
}

TEST(Rotary, KindsThatDependOnLengthTakeEachRowsOwn) {
  const auto options = RotaryOptions::from(config_with({{"rope_type", "dynamic"}, {"factor", 2.0}}),
                                           /*head_dim=*/8, /*max=*/4);
  const Tables both = run_tables(options, 2, {0, 1, 2, 9, -1, 0, 1, 2});
  const Tables short_row = run_tables(options, 1, {-1, 0, 1, 2});
  const auto all = both.cos.data<float>(), alone = short_row.cos.data<float>();
  for (size_t i = 0; i < alone.size(); ++i) EXPECT_EQ(all[alone.size() + i], alone[i]);
}

TEST(Rotary, NegativePositionsGiveFiniteTables) {
  for (const char* kind : {"default", "dynamic"}) {
    const auto options = RotaryOptions::from(config_with({{"rope_type", kind}, {"factor", 2.0}}), 8, 4);
    const Tables tables = run_tables(options, 1, {-1, -1, -1});
    for (const float value : tables.cos.data<float>()) EXPECT_TRUE(std::isfinite(value));
  }
}

TEST(Rotary, LayersShareTablesOfEqualOptions) {
  Graph graph;
  Step step{.graph = graph, .position_ids = graph.parameter("position_ids", {DType::kI32, {1, 3}})};
  const auto options = RotaryOptions::from(config_with({{"rope_type", "default"}}), 8, 4);
  RotaryOptions other = options;
  other.theta = 500.0;
  const Value first = Rotary(options).tables(step).first;
  EXPECT_EQ(Rotary(options).tables(step).first.id, first.id);
  EXPECT_NE(Rotary(other).tables(step).first.id, first.id);
}

TEST(RotaryOptions, ReadsBothSpellings) {
  const auto four = EDPretrainedConfig::from_json(
      R"({"rope_theta": 500000, "rope_scaling": {"type": "linear", "factor": 2.0}})");
  const auto five = EDPretrainedConfig::from_json(
      R"({"rope_parameters": {"rope_type": "linear", "rope_theta": 500000.0, "factor": 2}})");
  EXPECT_EQ(RotaryOptions::from(four, 64, 128).to_string(), RotaryOptions::from(five, 64, 128).to_string());
  const auto plain = EDPretrainedConfig::from_json(R"({"rope_scaling": null})");
  EXPECT_EQ(RotaryOptions::from(plain, 64, 128).theta, 10000.0);
}

TEST(RotaryOptions, PartialRotationLeavesTheRestOfAHead) {
  const auto options =
      RotaryOptions::from(config_with({{"rope_type", "default"}, {"partial_rotary_factor", 0.25}}), 64, 128);
  EXPECT_EQ(options.rotary_dim, 16);
  EXPECT_EQ(options.head_dim, 64);
}

TEST(RotaryOptions, RefusesWhatItCannotDoByName) {
  const auto message = [](const char* json) -> std::string {
    try {
      RotaryOptions::from(EDPretrainedConfig::from_json(json), 64, 128);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_NE(message(R"({"rope_scaling": {"type": "spiral"}})").find("\"spiral\""), std::string::npos);
  EXPECT_NE(message(R"({"rope_scaling": {"type": "linear"}})").find("\"factor\" is missing"),
            std::string::npos);
  EXPECT_NE(
      message(R"({"rope_parameters": {"full_attention": {"rope_type": "default"}}})").find("full_attention"),
      std::string::npos);
  EXPECT_NE(message(R"({"rope_theta": -1})").find("rope_theta is -1"), std::string::npos);
  EXPECT_NE(
      message(R"({"rope_parameters": {"rope_type": "longrope", "short_factor": [1], "long_factor": [1]}})")
          .find("short_factor holds 1 factors"),
      std::string::npos);
}

}  // namespace
}  // namespace easydel::nn

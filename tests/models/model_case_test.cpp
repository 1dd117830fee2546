// The table of model cases is complete: every golden folder, every model type.
#include "models/model_case.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

namespace easydel::model_test {
namespace {

TEST(ModelCases, AreTheGoldenFolders) {
  std::set<std::string> folders, rows;
  for (const auto& entry : std::filesystem::directory_iterator(golden_folder("")))
    if (std::filesystem::exists(entry.path() / "config.json"))
      folders.insert(entry.path().filename().string());
  for (const ModelCase& row : all_cases()) rows.insert(row.name);
  EXPECT_EQ(rows, folders) << "add a row to model_case.cpp and an entry to tests/golden/models/cases.py";
  EXPECT_EQ(rows.size(), all_cases().size()) << "a row is there twice";
  EXPECT_TRUE(std::ranges::is_sorted(all_cases(), {},
                                     [](const ModelCase& row) { return std::string_view(row.name); }));
}

TEST(ModelCases, CoverEveryModelType) {
  std::set<std::string> covered;
  for (const ModelCase& row : all_cases()) {
    covered.insert(row.model_type);
    EXPECT_EQ(EDPretrainedConfig::from_pretrained(golden_folder(row.name)).model_type(), row.model_type)
        << row.name;
  }
  EXPECT_THAT(known_model_types(), ::testing::ElementsAreArray(covered))
      << "a model of src/models needs a row in model_case.cpp";
}

}  // namespace
}  // namespace easydel::model_test

// Configuration: which source wins, and what unknown keys and wrong values are told.
#include "server/configuration.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>

namespace millstream::server {
namespace {

class ConfigurationTest : public testing::Test {
 protected:
  std::string write(const std::string& text) {
    path_ = testing::TempDir() + "configuration_test_" + testing::UnitTest::GetInstance()->current_test_info()->name() +
            ".yaml";
    std::ofstream(path_) << text;
    return path_;
  }
  ~ConfigurationTest() override {
    if (!path_.empty()) std::remove(path_.c_str());
  }
  std::string path_;
};

TEST_F(ConfigurationTest, DefaultsNeedNoFile) {
  const auto configuration = Configuration::load({});
  ASSERT_TRUE(configuration) << configuration.error().to_string();
  EXPECT_EQ(configuration->text("kafka.listen"), "127.0.0.1:9092");
  EXPECT_EQ(configuration->duration("engine.checkpoint-interval"), Millis(1000));
  EXPECT_EQ(configuration->origin("kafka.listen"), "default");
}

TEST_F(ConfigurationTest, FlagsWinOverEnvironmentOverFile) {
  ConfigurationInput input;
  input.file = write(
      "kafka:\n  listen: 127.0.0.1:1\n  default-partitions: 2\nhttp.listen: 127.0.0.1:3\nhost-aliases:\n  broker: "
      "self\n");
  input.environment["MILLSTREAM_KAFKA_DEFAULT_PARTITIONS"] = "5";
  input.environment["MILLSTREAM_HTTP_LISTEN"] = "127.0.0.1:4";
  input.assignments = {{"http.listen", "127.0.0.1:7"}};
  input.host_aliases = {{"postgres", "127.0.0.1:5433"}};
  const auto configuration = Configuration::load(input);
  ASSERT_TRUE(configuration) << configuration.error().to_string();
  EXPECT_EQ(configuration->text("kafka.listen"), "127.0.0.1:1");
  EXPECT_EQ(configuration->integer("kafka.default-partitions"), 5);
  EXPECT_EQ(configuration->text("http.listen"), "127.0.0.1:7");
  EXPECT_EQ(configuration->host_aliases().at("broker"), "self");
  EXPECT_EQ(configuration->host_aliases().at("postgres"), "127.0.0.1:5433");
}

TEST_F(ConfigurationTest, NumbersHaveBounds) {
  for (const auto& [key, value, hint] : std::vector<std::array<std::string, 3>>{
           {"kafka.default-partitions", "0", "1 to 10000"},
           {"kafka.default-partitions", "10001", "1 to 10000"},
           {"kafka.max-connections", "-5", "1 to 2147483647"},
           {"engine.workers", "-1", "0 to 256"},
           {"engine.workers", "100000", "0 to 256"},
           {"kafka.max-request-size", "0", "1.0 KB to 1.0 GB"},
           {"kafka.flush", "never", "one of: wait, background"},
           {"kafka.listen", "here", "write HOST:PORT"},
       }) {
    ConfigurationInput input;
    input.assignments = {{key, value}};
    const auto configuration = Configuration::load(input);
    ASSERT_FALSE(configuration) << key << "=" << value;
    EXPECT_EQ(configuration.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(configuration.error().message, key + " cannot be '" + value + "'");
    EXPECT_EQ(configuration.error().hint, hint) << key;
  }
  ConfigurationInput input;
  input.assignments = {{"kafka.default-partitions", "10000"}, {"engine.workers", "0"}};
  EXPECT_TRUE(Configuration::load(input));
}

TEST_F(ConfigurationTest, AFileThatIsNoneSaysWhy) {
  ConfigurationInput input;
  input.file = testing::TempDir();
  const auto folder = Configuration::load(input);
  ASSERT_FALSE(folder);
  EXPECT_NE(folder.error().message.find("cannot be read: Is a directory"), std::string::npos);
  input.file = write("just text\n");
  const auto text = Configuration::load(input);
  ASSERT_FALSE(text);
  EXPECT_NE(text.error().message.find("is no YAML map"), std::string::npos);
  EXPECT_NE(text.error().hint.find("kafka.listen: "), std::string::npos);
  input.file = write("");
  EXPECT_TRUE(Configuration::load(input));
}

TEST_F(ConfigurationTest, UnknownKeyNamesTheNearest) {
  ConfigurationInput input;
  input.file = write("kafka.lisen: 127.0.0.1:1\n");
  const auto configuration = Configuration::load(input);
  ASSERT_FALSE(configuration);
  EXPECT_NE(configuration.error().message.find("kafka.lisen"), std::string::npos);
  EXPECT_NE(configuration.error().hint.find("kafka.listen"), std::string::npos);
}

TEST_F(ConfigurationTest, WrongValuesSayWhatIsTaken) {
  ConfigurationInput input;
  input.assignments = {{"kafka.flush", "sometimes"}};
  auto configuration = Configuration::load(input);
  ASSERT_FALSE(configuration);
  EXPECT_NE(configuration.error().hint.find("background"), std::string::npos);
  input.assignments = {{"kafka.max-request-size", "lots"}};
  EXPECT_FALSE(Configuration::load(input));
  input.assignments = {{"kafka.listen", "9092"}};
  EXPECT_FALSE(Configuration::load(input));
}

TEST_F(ConfigurationTest, VariablesAndBrokenYaml) {
  ConfigurationInput input;
  input.file = write("data.dir: ${HOME_OF_DATA}/x\n");
  input.environment["HOME_OF_DATA"] = "/data";
  auto configuration = Configuration::load(input);
  ASSERT_TRUE(configuration) << configuration.error().to_string();
  EXPECT_EQ(configuration->text("data.dir"), "/data/x");
  input.environment.clear();
  EXPECT_FALSE(Configuration::load(input));
  input.file = write("kafka: [unclosed\n");
  configuration = Configuration::load(input);
  ASSERT_FALSE(configuration);
  EXPECT_EQ(configuration.error().code, ErrorCode::kParse);
}

}  // namespace
}  // namespace millstream::server

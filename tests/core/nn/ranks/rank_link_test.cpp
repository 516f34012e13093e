#include "core/nn/ranks/rank_link.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <future>

#include "core/base/version.h"

namespace orthocover::nn {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

constexpr RankPatience kQuick{milliseconds(3'000), milliseconds(20), 20};

bool never() {
  return false;
}

int free_port() {
  return RankSocket::listen("127.0.0.1", 0).own_port();
}

RankPlace place(int rank, int size, int port) {
  return {rank, size, rank, size, "127.0.0.1", port};
}

std::future<std::unique_ptr<RankLink>> come(const RankPlace& as, const RankPatience& patience = kQuick) {
  return std::async(std::launch::async, [=] { return std::make_unique<RankLink>(as, never, patience); });
}

/// All ranks of a run, each with its link.
std::vector<std::unique_ptr<RankLink>> linked(int size, const RankPatience& patience = kQuick) {
  const int port = free_port();
  std::vector<std::future<std::unique_ptr<RankLink>>> coming;
  for (int rank = 0; rank < size; ++rank) coming.push_back(come(place(rank, size, port), patience));
  std::vector<std::unique_ptr<RankLink>> links;
  for (auto& link : coming) links.push_back(link.get());
  return links;
}

/// What the call throws, and of which kind.
template <class Call>
std::pair<ErrorKind, std::string> thrown_by(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return {error.kind(), error.what()};
  }
  return {ErrorKind::Internal, "nothing"};
}

std::pair<ErrorKind, std::string> news(const RankLink& link) {
  return thrown_by([&] { link.expect_failure(); });
}

TEST(RankLink, KeepsTextsAndCountsForAllRanks) {
  const auto links = linked(3);
  const std::string bytes("a\0b", 3);
  links[1]->set("key", bytes);
  EXPECT_EQ(links[2]->get("key"), bytes);
  EXPECT_EQ(links[0]->get("key"), bytes);
  EXPECT_EQ(links[0]->get("other"), std::nullopt);
  EXPECT_EQ(links[2]->get("other"), std::nullopt);
  EXPECT_EQ(links[0]->add("count", 2), 2);
  EXPECT_EQ(links[1]->add("count", 3), 5);
  EXPECT_TRUE(links[2]->erase("key"));
  EXPECT_FALSE(links[1]->erase("key"));
  EXPECT_EQ(links[2]->own_address(), "127.0.0.1");
}

TEST(RankLink, TellsAllOthersWhyARankFails) {
  const auto links = linked(3);
  const auto failing = std::async(std::launch::async, [&] { links[2]->fail(ErrorKind::Data, "no labels"); });
  for (const int rank : {0, 1}) {
    const auto [kind, text] = news(*links[static_cast<std::size_t>(rank)]);
    EXPECT_EQ(kind, ErrorKind::Data);
    EXPECT_EQ(text, "rank 2 of 3: no labels");
  }
  EXPECT_THROW(links[1]->get("key"), RankError) << "nothing is asked of a broken run";
}

TEST(RankLink, TellsAllOthersThatARankIsGone) {
  auto links = linked(3);
  links[1].reset();
  for (const int rank : {0, 2}) {
    const auto [kind, text] = news(*links[static_cast<std::size_t>(rank)]);
    EXPECT_EQ(kind, ErrorKind::Resource);
    EXPECT_EQ(text, "rank 1 of 3 is gone: its connection was closed");
  }
}

TEST(RankLink, TellsThatRankZeroIsGone) {
  auto links = linked(2);
  links[0].reset();
  EXPECT_EQ(news(*links[1]).second, "rank 0 of 2 is gone: its connection was closed");
}

TEST(RankLink, LetsARankLeaveThatIsThrough) {
  auto links = linked(3);
  links[1]->finish();
  links[1].reset();
  EXPECT_EQ(links[2]->add("count", 1), 1);
  std::this_thread::sleep_for(milliseconds(200));
  EXPECT_NO_THROW(links[0]->check());
  EXPECT_NO_THROW(links[2]->check());
}

TEST(RankLink, TakesARankThatSaysNothingAnyMoreToBeGone) {
  const int port = free_port();
  auto first = come(place(0, 2, port));
  RankSocket mute;
  while (!mute.is_open()) mute = RankSocket::connect("127.0.0.1", port);
  mute.send({RankWord::Hello, {std::string(version()), "1", "2"}});
  const auto [kind, text] = news(*first.get());
  EXPECT_EQ(kind, ErrorKind::Resource);
  EXPECT_THAT(text, HasSubstr("rank 1 of 2 is gone: nothing was heard of it for 0.4 s"));
}

TEST(RankLink, RefusesRanksThatContradictEachOther) {
  const int port = free_port();
  auto first = come(place(0, 2, port));
  auto second = come(place(1, 3, port));
  for (auto* link : {&first, &second}) {
    const auto [kind, text] = thrown_by([&] { link->get(); });
    EXPECT_EQ(kind, ErrorKind::Usage);
    EXPECT_EQ(text, "WORLD_SIZE: rank 1 was told 3, rank 0 2; give all ranks the same");
  }
}

TEST(RankLink, RefusesTwoProcessesOfOneRank) {
  const int port = free_port();
  auto first = come(place(0, 3, port));
  auto one = come(place(1, 3, port));
  auto two = come(place(1, 3, port));
  EXPECT_EQ(thrown_by([&] { first.get(); }).second,
            "RANK: two processes have 1; give each its own from 0 to 2");
  EXPECT_EQ(thrown_by([&] { one.get(); }).first, ErrorKind::Usage);
  EXPECT_EQ(thrown_by([&] { two.get(); }).first, ErrorKind::Usage);
}

TEST(RankLink, NamesTheRankThatDoesNotCome) {
  const int port = free_port();
  const RankPatience short_one{milliseconds(500), milliseconds(20), 20};
  auto first = come(place(0, 3, port), short_one);
  auto second = come(place(1, 3, port));
  EXPECT_THAT(thrown_by([&] { first.get(); }).second, HasSubstr("rank 2 of 3 did not come to 127.0.0.1:"));
  EXPECT_THAT(thrown_by([&] { second.get(); }).second, HasSubstr("rank 0 at 127.0.0.1:"));
  EXPECT_THAT(thrown_by([&] { come(place(1, 2, free_port()), short_one).get(); }).second,
              HasSubstr("waited 0 s for rank 0"));
}

TEST(RankLink, SendsStrangersAway) {
  const int port = free_port();
  auto first = come(place(0, 2, port));
  RankSocket stranger;
  while (!stranger.is_open()) stranger = RankSocket::connect("127.0.0.1", port);
  stranger.send({RankWord::Set, {"key", "value"}});
  auto second = come(place(1, 2, port));
  const auto links = {first.get(), second.get()};
  EXPECT_EQ((*links.begin())->get("key"), std::nullopt);
  std::string answer;
  EXPECT_FALSE(stranger.receive(answer)) << "closed";
  EXPECT_EQ(answer, "");
}

TEST(RankLink, ListensAtTheGivenAddressAlone) {
  const RankSocket listener = RankSocket::listen("127.0.0.1", 0);
  EXPECT_TRUE(RankSocket::connect("127.0.0.1", listener.own_port()).is_open());
  EXPECT_FALSE(RankSocket::connect("127.0.0.2", listener.own_port()).is_open());
  const auto [kind, text] = thrown_by([&] { RankSocket::listen("127.0.0.1", listener.own_port()); });
  EXPECT_EQ(kind, ErrorKind::Resource);
  EXPECT_THAT(text, HasSubstr("MASTER_PORT"));
}

TEST(RankLink, StopsWaitingWhenTheUserWantsToStop) {
  const auto [kind, text] = thrown_by([&] {
    RankLink(
        place(0, 2, free_port()), [] { return true; }, kQuick);
  });
  EXPECT_EQ(kind, ErrorKind::Cancelled);
}

TEST(RankLink, StopsWaitingWhereNoCallIsAnswered) {
  const RankSocket listener = RankSocket::listen("127.0.0.1", 0);
  const int port = listener.own_port();
  ASSERT_EQ(::listen(listener.descriptor(), 0), 0);  // one may wait, further calls are swallowed
  const RankSocket waiting = RankSocket::connect("127.0.0.1", port);
  ASSERT_TRUE(waiting.is_open());
  const auto start = std::chrono::steady_clock::now();
  const RankPatience short_one{milliseconds(500), milliseconds(20), 20};
  const auto [late, text] = thrown_by([&] { RankLink(place(1, 2, port), never, short_one); });
  EXPECT_EQ(late, ErrorKind::Resource);
  EXPECT_THAT(text, HasSubstr("waited 0 s for rank 0"));
  int asked = 0;
  const auto [stopped, why] = thrown_by([&] {
    RankLink(
        place(1, 2, port), [&] { return ++asked > 3; }, RankPatience{});
  });
  EXPECT_EQ(stopped, ErrorKind::Cancelled) << why;
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST(RankMessage, ComesOutOfPiecesAsItWentIn) {
  const std::string bytes = encode({RankWord::Set, {"key", "", std::string(300, 'x')}});
  std::string arrived;
  for (const char byte : bytes.substr(0, bytes.size() - 1)) {
    arrived += byte;
    EXPECT_FALSE(take_message(arrived));
  }
  arrived += bytes.back();
  arrived += 'y';
  const auto message = take_message(arrived);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->word, RankWord::Set);
  EXPECT_EQ(message->fields, (std::vector<std::string>{"key", "", std::string(300, 'x')}));
  EXPECT_EQ(arrived, "y") << "the next message stays";
}

TEST(RankMessage, RefusesWhatNoRankSends) {
  std::string huge("\x7f\xff\xff\xff", 4);
  EXPECT_THROW(take_message(huge), Error);
  std::string empty("\0\0\0\0", 4);
  EXPECT_THROW(take_message(empty), Error);
  std::string beyond("\0\0\0\6s\0\0\0\x9x", 10);
  EXPECT_THROW(take_message(beyond), Error) << "a field longer than its message";
  std::string cut("\0\0\0\3s\0\0", 7);
  EXPECT_THROW(take_message(cut), Error);
}

}  // namespace
}  // namespace orthocover::nn

#include "fathom/text/language.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

namespace fathom::text {
namespace {

TEST(Language, OneSentenceEach) {
  const std::map<std::string, std::string> sentences = {
      {"en", "The children were playing in the garden when it started to rain."},
      {"de", "Die Kinder spielten gerade im Garten, als es zu regnen begann."},
      {"fr", "Les enfants jouaient dans le jardin quand il a commencé à pleuvoir."},
      {"es", "Los niños estaban jugando en el jardín cuando empezó a llover."},
      {"it", "I bambini stavano giocando nel giardino quando ha iniziato a piovere."},
      {"pt", "As crianças estavam brincando no jardim quando começou a chover."},
      {"nl", "De kinderen waren in de tuin aan het spelen toen het begon te regenen."},
      {"sv", "Barnen lekte i trädgården när det började regna och alla sprang in."},
      {"pl", "Dzieci bawiły się w ogrodzie, kiedy zaczęło padać."},
      {"fi", "Lapset leikkivät puutarhassa, kun alkoi sataa, mutta he eivät olleet huolissaan."},
      {"tr", "Çocuklar bahçede oynarken yağmur yağmaya başladı ve herkes için bir sürpriz oldu."},
      {"vi", "Những đứa trẻ đang chơi trong vườn khi trời bắt đầu mưa."},
      {"ru", "Дети играли в саду, когда начался дождь."},
      {"uk", "Діти гралися в саду, коли почався дощ, але вони не пішли додому."},
      {"ar", "كان الأطفال يلعبون في الحديقة عندما بدأ المطر."},
      {"fa", "بچه‌ها در باغ بازی می‌کردند که باران شروع شد."},
      {"zh", "孩子们正在花园里玩，突然下起雨来。"},
      {"ja", "子供たちが庭で遊んでいると、雨が降り始めた。"},
      {"ko", "아이들이 정원에서 놀고 있을 때 비가 오기 시작했다."},
      {"el", "Τα παιδιά έπαιζαν στον κήπο όταν άρχισε να βρέχει."},
      {"he", "הילדים שיחקו בגינה כשהתחיל לרדת גשם."},
      {"th", "เด็กๆ กำลังเล่นอยู่ในสวนเมื่อฝนเริ่มตก"},
      {"hi", "बच्चे बगीचे में खेल रहे थे जब बारिश शुरू हुई।"},
  };
  for (const auto& [code, sentence] : sentences) {
    const LanguageGuess guess = identify_language(sentence);
    EXPECT_EQ(guess.code, code) << sentence;
    EXPECT_GT(guess.confidence, 0.1) << sentence;
    EXPECT_LE(guess.confidence, 1.0);
    EXPECT_THAT(known_languages(), testing::Contains(code));
  }
}

TEST(Language, NothingToGoBy) {
  for (const std::string text : {"", "1234 5678 !!", "\xFF\xFE", "Xqzt"}) {
    EXPECT_EQ(identify_language(text).code, "und") << text;
    EXPECT_EQ(identify_language(text).confidence, 0.0);
  }
}

TEST(Language, MoreTextIsSurer) {
  const std::string sentence = "The children were playing in the garden when it started to rain. ";
  std::string page;
  for (int i = 0; i < 3000; ++i) page += sentence;
  EXPECT_GT(identify_language(page).confidence, identify_language(sentence).confidence);
  EXPECT_GT(identify_language(page).confidence, 0.7);
}

TEST(Language, TheLargerPartCounts) {
  EXPECT_EQ(identify_language("孩子们正在花园里玩 Windows 10 突然下起雨来").code, "zh");
  EXPECT_EQ(identify_language("The word 你好 means hello in the language of the people who live there.").code, "en");
  // The beginning may be foreign, if the document is long.
  std::string page = "Der Titel ist nicht von hier und sagt auch nichts über den Text. ";
  for (int i = 0; i < 2000; ++i) page += "The children were playing in the garden when it started to rain. ";
  EXPECT_EQ(identify_language(page).code, "en");
}

}  // namespace
}  // namespace fathom::text

#include "fathom/text/language_profiles.h"

#include <array>

namespace fathom::text {
namespace {

constexpr std::array<LanguageProfile, 25> profiles = {{
    {"en", USCRIPT_LATIN,
     "the of and to a in is that it was for on with as his he be at by this had not are but from or have an they which one you were all "
     "her "
     "she there would their we him been has when who will no more if out so up said what its about than into them can only other do my "
     "your",
     "_th the ing ed_ _wh ght _sh tio ion oul ly_ ich y_a ould_ ery _wi"},
    {"de", USCRIPT_LATIN,
     "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass daß sie nach wird "
     "bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor zur bis mehr durch man sein wurde wenn ich kann "
     "gegen vom können schon ihre diese dieser unter wir kein keine ihr",
     "sch ich cht ung ein ier gen _ge eit _be zu_ _st tte ß_ ach ück ver_ _ver keit _wer"},
    {"fr", USCRIPT_LATIN,
     "de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce il sont la avec son ou aux cette mais été être "
     "comme ont nous leur on sa ses y fait tout même elle ces sans peut deux entre si je vous où lui aussi dont était très avait votre",
     "ent les _qu eau ais ait eux _le_ _de ous our men que _l' d'un _c' é_ ée_ eme ère_ _pou aux"},
    {"es", USCRIPT_LATIN,
     "de la que el en y a los del se las por un para con no una su al lo como más es o pero sus le ha me si sin sobre este ya entre cuando "
     "todo esta ser son dos también fue había era muy años hasta desde está mi porque qué sólo han yo hay vez puede todos así nos ni parte",
     "ión _el _los ado _que ció ien ía_ dad ndo _es _con ero nte ñ_ año _ll ez_ _su ido ajo"},
    {"it", USCRIPT_LATIN,
     "di e il la che a in un per è del non una della con si i da sono le al dei come più gli lo alla nel delle ha ma anche se o nella su "
     "dal ci questo questa dalla degli alle essere tra stato quando tutto io mi era ai loro suo sua ed cui hanno quella fatto prima poi",
     "_di _che zio ell lla one tto gli _il ità ggi cch ato are sse azi _un_ oni iam _pe _qu ello_"},
    {"pt", USCRIPT_LATIN,
     "de a o que e do da em um para com não uma os no se na por mais as dos como mas ao ele das à seu sua ou quando muito nos já eu também "
     "só pelo pela até isso ela entre depois sem mesmo aos seus quem nas me esse eles você essa num nem suas meu às minha foi são está ser",
     "ção ões ão_ nh_ nha lho _qu ado _do_ _da_ ent mos _em _nã _com dad eir ára _po _não ê_"},
    {"nl", USCRIPT_LATIN,
     "de van het een en in is dat op te zijn met voor die niet aan er om ook als dan maar bij of uit nog door naar heeft hij ze wordt tot "
     "je was over hebben deze wel kan al worden geen meer zou dit werd hun zich we moet haar veel zo had ik u wat onder tegen wij na",
     "een ijk _het _van _ge aar _vo sch oor ij_ ijn ver den oek _wo zij _ij ooi eer uur _zi ikk _te_"},
    {"sv", USCRIPT_LATIN,
     "och i att det som en på är av för med den till inte om ett han men var jag sig från vi så kan man när år säger hon under också efter "
     "eller nu sin där vid mot ska skulle kommer ut får finns vara hade alla andra mycket än här då bara in blir upp även vad denna",
     "och att _är ter för ett ing _på ör_ ade arn _sk ät_ är_ _hä _nä lig itt cke _oc tta"},
    {"da", USCRIPT_LATIN,
     "og i at det er en til på af for den de som med der ikke har et om han var jeg men sig fra vi så kan hun nu efter eller vil ud hvad "
     "over når også blev man være hvor skal kun bliver op mod meget være blevet deres dette her nogle bare ved end siger være havde kunne",
     "ede _af _af_ øre hed lig _og_ ige _ik ikke_ eg_ _je ver _hv æn æt _bl nde _ud lse ev_ _ef"},
    {"no", USCRIPT_LATIN,
     "og i det er på som en til av for at med å den har ikke de et om var jeg men seg fra han vi så kan hun nå etter eller vil ut hva over "
     "når også ble man være hvor skal bare blir opp mot mye blitt deres dette her noen ved enn sier hadde kunne bli der gjøre mellom",
     "_av _av_ ikk eg_ _ei _hv jon øre het lig _og_ _å_ _nå _nå_ ett ene sjo ele _bl tte _no"},
    {"fi", USCRIPT_LATIN,
     "ja on ei että se oli hän mutta ovat kun joka niin myös kuin sen tai jos ole mukaan voi vain nyt sitä mitä tämä hänen jo olisi jotka "
     "vielä ollut kanssa sekä ne hyvin koska eikä mikä siitä tämän ennen sitten vuoden joita minä kaikki eivät jälkeen",
     "en_ ssa sta lla een ise ttä uks iin ään _jo kse _va taa yy_ ää_ ien_ oid mme ksi"},
    {"pl", USCRIPT_LATIN,
     "w i na się z do nie że jest to o jak po za od przez ale dla oraz który co tym tego być są czy jego już tylko tak roku może był ma "
     "która które przed jej bardzo było ich lub przy także nawet pod gdy sobie jako tej by kiedy więc",
     "nie _prz rze ie_ ych _się czy owa _po ego wie ść_ sz_ szy ł_ ów_ ią_ ęd_ dzi ski ą_"},
    {"cs", USCRIPT_LATIN,
     "a se v na je že s z do o i to k ve pro za by ale si po jako od jsem tak která které který jeho jen být nebo už při však také co byl "
     "až pak podle jak bylo před nebo mezi tento této není mu jeho více jsou má kde",
     "_př pří ost ova ní_ ho_ ch_ _je ou_ ého ích ěl_ ři_ ské ých ůž ě_ ů_ ž_ sti"},
    {"ro", USCRIPT_LATIN,
     "și de în a la cu pe să care nu o din un este pentru mai ce că au sa prin sau fost lui al dar după am fi sunt ca acest această între "
     "fără când fie ale cele nici despre avea fiind unei unui cum doar decât toate",
     "ul_ lui ate _și _în are ea_ ile ilor tă_ ă_ ție țio esc ului ii_ ară _cu rea"},
    {"hu", USCRIPT_LATIN,
     "a az és hogy nem is egy meg ez volt csak de már még ha mint el vagy azt ki be van ezt kell én nagy ami le mert majd amely minden "
     "lehet "
     "után között pedig akkor itt ő illetve szerint olyan nincs fel igen",
     "_az ogy _sz gy_ ek_ ban ben nak nek ság ség ott _me ett zer ő_ ű_ ás_ és_ lt_"},
    {"tr", USCRIPT_LATIN,
     "ve bir bu da de için ile olarak çok daha ne gibi olan en o kadar sonra var her ama ya ki olduğu mi kendi iki değil ise göre şey ben "
     "şu hiç önce oldu üzerinde diye büyük tarafından veya onun yok bile",
     "lar ler _bi ını ini ın_ dır ara yor ece uğu ği_ ı_ ş_ rin nda eri ağı mak"},
    {"id", USCRIPT_LATIN,
     "yang dan di dengan untuk dari pada dalam tidak ini itu adalah ke akan oleh juga sebagai ada bisa telah saya atau karena mereka kata "
     "lebih dia sudah tersebut dapat anda menjadi kami bahwa lain masih seperti hanya para orang tahun",
     "ang an_ _me _ber kan _di ng_ nya _pe ngg men _se ran ya_ _ke aka dal"},
    {"vi", USCRIPT_LATIN,
     "của và có là được trong cho không các với một những người này đã khi ở từ đến cũng về ra nhiều vào như tôi sẽ để lại năm đó việc "
     "trên "
     "hơn phải anh sau theo tại rằng nhưng thì bị do nếu làm",
     "ng_ nh_ _đ ười ông ình _ng ườ _th _tr ược _nh ện_ ộng ại_ ế_ ủa_"},
    {"ru", USCRIPT_CYRILLIC,
     "и в не на я что с он как это а по но из у к за от то все она так его же для мы ты бы который был были было быть только или если ещё "
     "еще уже при их также есть чтобы до вы ее о года этого после где когда",
     "ого ени ост ый_ ть_ ств _пр ыва ие_ ых_ ыл_ эт_ _эт ься"},
    {"uk", USCRIPT_CYRILLIC,
     "і в не на що з у та як це до за він є а по про від для його її але бути був які який які також або так якщо вона вони було ще цей "
     "між "
     "були після все вже під щоб є року можна із яка",
     "ння ого ій_ ськ ти_ ів_ _ві ії_ ої_ ють _пі є_ ї_ іст"},
    {"bg", USCRIPT_CYRILLIC,
     "на и в за да се от е с по не че са това като ще до през има си към при след но със във или която който които той тя те му той бе "
     "беше още само между така г може много",
     "ите ата ето ът_ ия_ ния ван _пр то_ ъл _съ ява ъ_ ова"},
    {"sr", USCRIPT_CYRILLIC,
     "је у и да се на су од за са као који а из не која што ће био које до или је би је али о по године након само још код када није бити "
     "више после између то овај",
     "ија ски _пр ње_ ју_ ом_ _је ј_ ње љу_ ђе_ ћи_ ова"},
    {"ar", USCRIPT_ARABIC,
     "في من على إلى أن عن مع التي هذا كان هذه الذي ما لا بين بعد قد أو كل ذلك كما لم ثم غير هو هي عند إن حيث قبل أي منذ خلال حتى كانت",
     "_ال ات_ ية_ ين_ ون_ ها_ ة_ي لى_ ال_ تي_"},
    {"fa", USCRIPT_ARABIC,
     "و در به از که این را با است برای آن یک خود تا کرد بر هم نیز می شده شد ها او ما اما یا بود باید های وی کند دارد آنها اگر هر گفت پس بی",
     "است های _می ران شود گی_ _کر _پ چه_ ند_ ی_د"},
    {"ur", USCRIPT_ARABIC,
     "کے میں کی ہے سے کا اور کو نے پر یہ ہیں کہ کر تھا اس وہ بھی جو گیا ہو ان ایک نہیں کیا تھے رہے لئے لیے تھی ہوئے جا ساتھ دیا گئے تو "
     "اپنے",
     "یں_ ہے_ ےے_ وں_ یا_ ہو_ ھی_ ئے_ ٹ_ ڑ_"},
}};

constexpr std::array<ScriptLanguage, 20> alone = {{
    {USCRIPT_GREEK, "el"},    {USCRIPT_HEBREW, "he"},   {USCRIPT_THAI, "th"},     {USCRIPT_HANGUL, "ko"},   {USCRIPT_DEVANAGARI, "hi"},
    {USCRIPT_BENGALI, "bn"},  {USCRIPT_TAMIL, "ta"},    {USCRIPT_TELUGU, "te"},   {USCRIPT_KANNADA, "kn"},  {USCRIPT_MALAYALAM, "ml"},
    {USCRIPT_GUJARATI, "gu"}, {USCRIPT_GURMUKHI, "pa"}, {USCRIPT_SINHALA, "si"},  {USCRIPT_KHMER, "km"},    {USCRIPT_LAO, "lo"},
    {USCRIPT_MYANMAR, "my"},  {USCRIPT_GEORGIAN, "ka"}, {USCRIPT_ARMENIAN, "hy"}, {USCRIPT_ETHIOPIC, "am"}, {USCRIPT_TIBETAN, "bo"},
}};

}  // namespace

std::span<const LanguageProfile> language_profiles() { return profiles; }
std::span<const ScriptLanguage> script_languages() { return alone; }

}  // namespace fathom::text

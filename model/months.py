"""The names of the months, in the languages of the news."""

from __future__ import annotations

# One string a month: full names, genitives and abbreviations, lower-cased, without a full stop.
# en de nl sv da no is, fr es pt it ca ro, pl cs sk hr sl, ru uk bg sr, lt lv et fi hu, el tr id vi, ar fa hi
_NAMES = (
    "january jan januar jänner januari janúar jän janvier janv enero ene janeiro gennaio gen gener ianuarie ian"
    " stycznia styczeń sty ledna leden januára január siječnja januarja января янв январь січня січень януари јануар"
    " sausio sausis janvāris janvārī jaanuar tammikuu tammikuuta január jan ιανουαρίου ιανουάριος ιαν ocak oca januari"
    " يناير كانون ژانویه जनवरी",
    "february feb februar febr februari febrúar février févr fév fevrier febrero fevereiro fev febbraio febrer"
    " februarie lutego luty lut února únor februára február veljače februarja февраля фев февраль лютого лютий"
    " февруари фебруар vasario vasaris februāris februārī veebruar helmikuu helmikuuta február φεβρουαρίου φεβ şubat"
    " şub pebruari فبراير شباط فوریه फरवरी फ़रवरी",
    "march mar märz maerz mär mrz maart mars marzo março marco mars març martie marca marzec března březen března"
    " ožujka марта мар март березня березень kovo kovas marts märts maaliskuu maaliskuuta március márc μαρτίου μαρ"
    " mart maret مارس آذار मार्च",
    "april apr apríl avril avr abril abr aprile aprilie kwietnia kwiecień kwi dubna duben apríla travnja aprila"
    " апреля апр апрель квітня квітень април balandžio balandis aprīlis aprīlī aprill huhtikuu huhtikuuta április ápr"
    " απριλίου απρ nisan nis أبريل نيسان آوریل अप्रैल",
    "may mai mei maj maí mayo maio maggio mag maig mai maja května květen mája máj svibnja мая май травня травень мај"
    " gegužės gegužė maijs maijā toukokuu toukokuuta május μαΐου μάιος μαϊ mayıs may مايو أيار مه मई",
    "june jun juni júní juin junio junho giugno giu juny iunie iun czerwca czerwiec cze června červen júna jún lipnja"
    " junija июня июн июнь червня червень юни јун birželio birželis jūnijs jūnijā juuni kesäkuu kesäkuuta június"
    " ιουνίου ιούνιος ιουν haziran haz يونيو حزيران ژوئن जून",
    "july jul juli júlí juillet juil julio julho luglio lug juliol iulie iul lipca lipiec lip července červenec júla"
    " júl srpnja julija июля июл июль липня липень юли јул liepos liepa jūlijs jūlijā juuli heinäkuu heinäkuuta július"
    " ιουλίου ιούλιος ιουλ temmuz tem يوليو تموز ژوئیه जुलाई",
    "august aug augustus augusti ágúst août aout agosto ago agost sierpnia sierpień sie srpna srpen augusta kolovoza"
    " avgusta августа авг август серпня серпень rugpjūčio rugpjūtis augusts augustā elokuu elokuuta augusztus"
    " αυγούστου αυγ ağustos ağu agustus agu أغسطس آب اوت अगस्त",
    "september sep sept septembre septiembre setiembre setembro set settembre setembre septembrie września wrzesień"
    " wrz září septembra rujna сентября сен сент сентябрь вересня вересень септември септембар rugsėjo rugsėjis"
    " septembris septembrī syyskuu syyskuuta szeptember szept σεπτεμβρίου σεπ eylül eyl سبتمبر أيلول سپتامبر सितंबर",
    "october oct oktober okt október octobre octubre outubro out ottobre ott octombrie października październik paź"
    " října říjen októbra listopada oktobra октября окт октябрь жовтня жовтень октомври октобар spalio spalis"
    " oktobris oktobrī oktoober lokakuu lokakuuta október οκτωβρίου οκτ ekim eki أكتوبر تشرين اکتبر अक्टूबर",
    "november nov nóvember novembre noviembre noviembre novembro novembre noiembrie listopad lis listopadu studenoga"
    " studenog novembra ноября ноя ноябрь листопада листопад ноември новембар lapkričio lapkritis novembris novembrī"
    " marraskuu marraskuuta november νοεμβρίου νοε kasım kas نوفمبر نوامبر नवंबर",
    "december dec dezember dez desember des desember décembre déc diciembre dic dezembro dicembre desembre decembrie"
    " grudnia grudzień gru prosince prosinec decembra prosinca декабря дек декабрь грудня грудень декември децембар"
    " gruodžio gruodis decembris decembrī detsember joulukuu joulukuuta december δεκεμβρίου δεκ aralık ara desember"
    " ديسمبر دسامبر दिसंबर",
)

MONTHS: dict[str, int] = {
    name: month for month, names in reversed(list(enumerate(_NAMES, 1))) for name in names.split()
}
"""The number of the month that a lower-cased name means."""

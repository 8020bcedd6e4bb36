//! Words that carry feeling, insult or advertisement: stems of our own choosing, Russian and English.
//!
//! Each is a Snowball stem as [`crate::nlp::text::stem`] makes it, sorted by code point; a test keeps both true.

/// Stems of words that praise or please.
#[rustfmt::skip]
pub(super) static GOOD: &[&str] = &[
    "amaz", "appreci", "awesom", "beauti", "best", "better", "clean", "comfort", "cosi", "delight", "enjoy", "excel", "friend", "glad",
    "good", "grate", "great", "happi", "help", "improv", "kind", "like", "love", "nice", "perfect", "pleas", "polit", "prais", "quick",
    "safe", "super", "thank", "tidi", "wonder",
    "безопасн", "благодар", "благодарн", "быстр", "великолепн", "вежлив", "внимательн", "впечатля", "восхитительн", "замечательн",
    "здоров", "качествен", "классн", "комфортн", "красив", "крут", "лучш", "любим", "молодц", "молодец", "нрав", "нравят", "нравя",
    "оперативн", "отзывчив", "отличн", "поблагодар", "понрав", "поправ", "порадова", "прекрасн", "приветлив", "признательн", "приятн", "рад",
    "радост", "радует", "спасиб", "уютн", "хорош", "чист", "чудесн", "ярк",
];

/// Stems of words that blame or complain.
#[rustfmt::skip]
pub(super) static BAD: &[&str] = &[
    "abandon", "annoy", "angri", "awful", "bad", "broken", "complain", "complaint", "danger", "dark", "dirti", "disappoint", "disgrac", "disgust",
    "fail", "filthi", "garbag", "horribl", "ignor", "illeg", "impossibl", "late", "leak", "mess", "neglect", "never", "nightmar", "nobodi",
    "nois", "noisi", "outrag", "overflow", "poor", "problem", "refus", "rubbish", "rude", "ruin", "shame", "smell", "stink", "suffer",
    "terribl", "ugli", "unaccept", "unbear", "unsaf", "useless", "worst",
    "аварийн", "безобраз", "безобразн", "бездейств", "беспредел", "бесполезн", "ветх", "возмуща", "возмущ", "возмутительн", "вон", "воня",
    "грубост", "груб", "грязн", "гряз", "доколе", "достал", "жалоб", "жал", "жалова", "жаль", "запущен", "игнорир", "издевательств", "кошмар", "крик", "мерзк", "мусор",
    "мучен", "мучительн", "мучают", "нагл", "наруша", "нарушен", "невозможн", "невыносим", "недоступн", "недопустим", "незакон",
    "некачествен", "ненавиж", "неприятн", "неудобн", "обидн", "обман", "обманыва", "опасн", "отвратительн", "отказа", "отсутств", "плох",
    "позор", "поруган", "проблем", "провал", "протека", "равнодуш", "разбит", "развал", "разруша", "разруш", "слома", "сломан", "смрад", "страда",
    "страшн", "стыдн", "темн", "ужас", "ужасн", "унижен", "униз", "устал", "хам", "хамств", "хлам", "худш",
];

/// Stems that strengthen the word after them.
#[rustfmt::skip]
pub(super) static STRONG: &[&str] = &[
    "absolut", "extrem", "realli", "so", "too", "total", "veri", "абсолютн", "настольк", "невероятн", "очен", "полн", "сам", "слишк", "сплошн", "так",
    "ужасн", "убийствен", "чертовск", "чрезвычайн",
];

/// Words that turn what follows into its contrary, in the spelling of [`crate::nlp::text::normalise`].
#[rustfmt::skip]
pub(super) static NEGATIONS: &[&str] = &[
    "aren't", "cannot", "can't", "didn't", "doesn't", "don't", "hardly", "isn't", "never", "no", "nobody", "not", "nothing", "wasn't", "without",
    "без", "не", "нет", "нету", "ни", "никакой", "никогда", "никто", "ничего",
];

/// Stems of insults and obscenities; heavy ones are matched by their beginnings.
#[rustfmt::skip]
pub(super) static INSULTS: &[&str] = &[
    "asshol", "bastard", "bitch", "cretin", "dumb", "idiot", "imbecil", "loser", "moron", "scum", "stupid", "thief", "thiev",
    "баран", "быдл", "бездар", "ворюг", "ворь", "гад", "гнид", "дебил", "дегенерат", "дерьм", "дур", "дурак", "жулик", "жулик", "идиот", "кретин",
    "козл", "лох", "мерзавц", "мраз", "негод", "ничтожеств", "олух", "отморозк", "падл", "паразит", "подонк", "придурк", "свин", "свол", "сволоч", "скот", "скотин",
    "твар", "тупиц", "туп", "урод", "ублюдк", "хапуг", "шваль",
];

/// Beginnings of obscene words, whatever prefix or ending people give them.
pub(super) static OBSCENE: &[&str] = &["fuck", "motherf", "shit", "бляд", "блят", "еба", "ебл", "ебуч", "заеб", "наху", "охуе", "пизд", "хуе", "хуй", "хуи", "хуя"];

/// Beginnings of threats.
pub(super) static THREATS: &[&str] = &["убью", "убьем", "прибью", "зарежу", "взорву", "подожгу", "сожгу", "придушу", "пристрелю"];

/// Stems of advertisement.
#[rustfmt::skip]
pub(super) static ADVERTISING: &[&str] = &[
    "bitcoin", "bonus", "bui", "buy", "casino", "cheap", "click", "credit", "crypto", "discount", "earn", "free", "invest", "jackpot", "loan", "offer", "profit",
    "promo", "sale", "subscrib", "viagra", "winner",
    "акц", "бесплатн", "бонус", "биткоин", "букмекер", "выигра", "выигрыш", "выгодн", "гарант", "доставк", "доход", "жм", "заказыва", "заработа", "заработок", "заработк", "зарабатыва",
    "займ", "инвестиц", "казин", "клика", "кредит", "крипт", "криптовалют", "куп", "купл", "недорог", "подписыва", "подпишис", "похуден", "предлага",
    "прибыл", "приз", "продаж", "прода", "промокод", "распродаж", "реклам", "скидк", "ставк", "телеграм", "ценам", "ценат",
];

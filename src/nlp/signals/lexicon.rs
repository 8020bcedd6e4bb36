//! Words that carry feeling, insult or advertisement: stems of our own choosing, Russian and English.
//!
//! Each is a Snowball stem as [`crate::nlp::text::stem`] makes it, sorted by code point; a test keeps both true.

/// Stems of words that praise or please.
#[rustfmt::skip]
pub(super) static GOOD: &[&str] = &[
    "amaz", "appreci", "awesom", "beauti", "best", "better", "clean", "comfort", "cosi", "delight", "enjoy", "excel", "friend",
    "glad", "good", "grate", "great", "happi", "help", "improv", "kind", "like", "love", "nice", "perfect", "pleas", "polit",
    "prais", "quick", "safe", "super", "thank", "tidi", "wonder", "безопасн", "благодар", "благодарн", "быстр", "вежлив",
    "великолепн", "внимательн", "восхитительн", "впечатля", "замечательн", "здоров", "качествен", "классн", "комфортн", "красив",
    "крут", "лучш", "любим", "молодец", "молодц", "нрав", "нравя", "нравят", "оперативн", "отзывчив", "отличн", "поблагодар",
    "понрав", "поправ", "порадова", "прекрасн", "приветлив", "признательн", "приятн", "рад", "радост", "радует", "спасиб", "уютн",
    "хорош", "чист", "чудесн", "ярк",
];

/// Stems of words that blame or complain.
#[rustfmt::skip]
pub(super) static BAD: &[&str] = &[
    "abandon", "angri", "annoy", "awful", "bad", "broken", "complain", "complaint", "danger", "dark", "dirti", "disappoint",
    "disgrac", "disgust", "fail", "filthi", "garbag", "horribl", "ignor", "illeg", "impossibl", "late", "leak", "mess", "neglect",
    "never", "nightmar", "nobodi", "nois", "noisi", "outrag", "overflow", "poor", "problem", "refus", "rubbish", "rude", "ruin",
    "shame", "smell", "stink", "suffer", "terribl", "ugli", "unaccept", "unbear", "unsaf", "useless", "worst", "аварийн",
    "бездейств", "безобраз", "безобразн", "бесполезн", "беспредел", "ветх", "возмутительн", "возмущ", "возмуща", "вон", "воня",
    "груб", "грубост", "гряз", "грязн", "доколе", "достал", "жал", "жалоб", "жалова", "запущен", "игнорир",
    "издевательств", "кошмар", "крик", "мерзк", "мусор", "мучают", "мучен", "мучительн", "нагл", "наруша", "нарушен", "невозможн",
    "невыносим", "недопустим", "недоступн", "незакон", "некачествен", "ненавиж", "неприятн", "неудобн", "обидн", "обман",
    "обманыва", "опасн", "отвратительн", "отказа", "отсутств", "плох", "позор", "поруган", "проблем", "провал", "протека",
    "равнодуш", "разбит", "развал", "разруш", "разруша", "слома", "сломан", "смрад", "страда", "страшн", "стыдн", "темн", "ужас",
    "ужасн", "унижен", "униз", "устал", "хам", "хамств", "хлам", "худш",
];

/// Stems that strengthen the word after them.
#[rustfmt::skip]
pub(super) static STRONG: &[&str] = &[
    "absolut", "extrem", "realli", "so", "too", "total", "veri", "абсолютн", "настольк", "невероятн", "очен", "полн", "сам",
    "слишк", "сплошн", "так", "убийствен", "ужасн", "чертовск", "чрезвычайн",
];

/// Words that turn what follows into its contrary, in the spelling of [`crate::nlp::text::normalise`].
#[rustfmt::skip]
pub(super) static NEGATIONS: &[&str] = &[
    "aren't", "can't", "cannot", "didn't", "doesn't", "don't", "hardly", "isn't", "never", "no", "nobody", "not", "nothing",
    "wasn't", "without", "без", "не", "нет", "нету", "ни", "никакой", "никогда", "никто", "ничего",
];

/// Stems of insults and obscenities; heavy ones are matched by their beginnings.
#[rustfmt::skip]
pub(super) static INSULTS: &[&str] = &[
    "asshol", "bastard", "bitch", "cretin", "dumb", "idiot", "imbecil", "loser", "moron", "scum", "stupid", "thief", "thiev",
    "баран", "бездар", "быдл", "ворюг", "гад", "гнид", "дебил", "дегенерат", "дерьм", "дур", "дурак", "жулик", "идиот",
    "козл", "кретин", "лох", "мерзавц", "мраз", "негод", "ничтожеств", "олух", "отморозк", "падл", "паразит", "подонк", "придурк",
    "свин", "свол", "сволоч", "скот", "скотин", "твар", "туп", "тупиц", "ублюдк", "урод", "хапуг",
];

/// Beginnings of obscene words, whatever prefix or ending people give them.
#[rustfmt::skip]
pub(super) static OBSCENE: &[&str] = &[
    "fuck", "motherf", "shit", "бляд", "блят", "еба", "ебл", "ебуч", "заеб", "наху", "охуе", "пизд", "хуе", "хуи", "хуй", "хуя",
];

/// Beginnings of threats.
#[rustfmt::skip]
pub(super) static THREATS: &[&str] = &[
    "взорву", "зарежу", "подожгу", "прибью", "придушу", "пристрелю", "сожгу", "убьем", "убью",
];

/// Stems of advertisement.
#[rustfmt::skip]
pub(super) static ADVERTISING: &[&str] = &[
    "bitcoin", "bonus", "bui", "buy", "casino", "cheap", "click", "credit", "crypto", "discount", "earn", "free", "invest",
    "jackpot", "loan", "offer", "profit", "promo", "sale", "subscrib", "viagra", "winner", "акц", "бесплатн", "биткоин", "бонус",
    "букмекер", "выгодн", "выигра", "выигрыш", "гарант", "доставк", "доход", "жм", "займ", "заказыва", "зарабатыва", "заработа",
    "заработк", "заработок", "инвестиц", "казин", "клика", "кредит", "крипт", "криптовалют", "куп", "купл", "недорог",
    "подписыва", "подпишис", "похуден", "предлага", "прибыл", "приз", "прода", "продаж", "промокод", "распродаж", "реклам",
    "скидк", "ставк", "телеграм", "ценам", "ценат",
];

//! How common words are in letters to a city, for as long as too few have come to tell: of our own making.

use std::{collections::HashMap, sync::LazyLock};

use super::{features::word_slot, text};

/// Texts that the prior stands for. After some hundreds of real ones it is hardly felt.
pub const TEXTS: f32 = 100.0;

/// In how many of [`TEXTS`] texts words stand, each with words in one form; forms fall together by their stems.
const SHARES: [(f32, &str); 3] = [
    (
        30.0,
        "дом двор улица город район жители год месяц неделя работа проблема вопрос администрация управляющий компания \
         street house city resident problem work week month year",
    ),
    (
        15.0,
        "дорога подъезд ребенок дети люди человек соседи место сторона время меры ответ обращение заявка ремонт состояние помощь \
         подскажите помогите сделайте примите прошло стоит находится невозможно необходимо нужно хочу живу ходить знать решить \
         road people child neighbour place time answer repair help need want live",
    ),
    (
        8.0,
        "вода машина школа остановка автобус мусор снег свет фонарь площадка территория участок номер адрес телефон служба жкх ук \
         организация ситуация жалоба просьба информация номера фото ночь зима весна лето осень друг новый большой старый \
         постоянно снова срочно быстро вчера завтра раньше обратите внимание разобраться проверить устранить \
         организовать установить убрать починить отремонтировать water car school stop bus rubbish snow light lamp playground \
         number address phone service complaint request photo morning evening night today yesterday urgent check fix remove install",
    ),
];

/// In how many of [`TEXTS`] texts the word of a slot stands; 0 for all that are not common.
pub fn frequency(slot: u32) -> f32 {
    static FREQUENCIES: LazyLock<HashMap<u32, f32>> = LazyLock::new(|| {
        let words = SHARES.iter().rev().flat_map(|(texts, words)| words.split_whitespace().map(|word| (word, *texts)));
        words.map(|(word, texts)| (word_slot(&text::stem(&text::normalise(word))), texts)).collect()
    });
    FREQUENCIES.get(&slot).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_words_are_known_in_any_form() {
        let of = |word: &str| frequency(word_slot(&text::stem(&text::normalise(word))));
        assert_eq!(of("улице"), of("улица"));
        assert!(of("дом") > of("дорога") && of("дорога") > of("снег") && of("снег") > 0.0);
        assert_eq!(of("лифт"), 0.0);
        assert!(SHARES.iter().all(|(texts, words)| *texts < TEXTS && words.split_whitespace().all(|word| !text::is_stop_word(word))));
    }
}
